/** Known or suspected variants in the behaviour of the import service. */
export interface ImportBehaviour {
  /** Body of the first answer: the literal `null` in 2021 and 2022, empty in 2026 (recorded). */
  firstAnswer: 'null' | 'empty'
  /** When an existing tag is refused. */
  conflictAt: 'post' | 'poll'
  /**
   * Polls that return 200 with `{"status":"Failed"}` or, for a while, with `{"status":"InProgress"}`; that have no body; whose status is free text; or that
   * carry an `error` while the operation is in progress and when it has succeeded, as 745 of 8,634 recorded polls of AKS do (azure-service-operator).
   */
  pollQuirk: 'failed-as-200' | 'in-progress-as-200' | 'empty' | 'free-text' | 'with-error' | undefined
  /** Whether the URLs of operations name the host of the region, such as `eastus2.management.azure.com` (recorded, July 2025). */
  isRegional: boolean
}

/** As documented and mostly recorded. */
export const defaultImports: Readonly<ImportBehaviour> = {
  firstAnswer: 'null',
  conflictAt: 'post',
  pollQuirk: undefined,
  isRegional: false,
}
