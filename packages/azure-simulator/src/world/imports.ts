/** Known or suspected variants in the behaviour of the import service. */
export interface ImportBehaviour {
  /** Body of the first answer: the literal `null` in 2021 and 2022, empty in 2026 (recorded). */
  firstAnswer: 'null' | 'empty'
  /** When an existing tag is refused. */
  conflictAt: 'post' | 'poll'
  /** Polls that return 200 with `{"status":"Failed"}` or, for a while, with `{"status":"InProgress"}`. */
  pollQuirk: 'failed-as-200' | 'in-progress-as-200' | undefined
}

/** As documented and mostly recorded. */
export const defaultImports: Readonly<ImportBehaviour> = {
  firstAnswer: 'null',
  conflictAt: 'post',
  pollQuirk: undefined,
}
