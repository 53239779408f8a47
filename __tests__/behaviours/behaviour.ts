/** One sentence of the contract, and the one test that fails when the product no longer keeps it. */
export interface Behaviour {
  /** The sentence in a few words; unique, because it decides in which part the row is. */
  bullet: string
  /** The file of the product that makes it true. */
  file: string
  /** Where it does: occurs exactly once in the file. */
  text: string
  /** What breaks it. The file must still parse. */
  replacement: string
  /** The title is the whole one, as Vitest prints it: that of each `describe`, then the test's own, with ` > ` between. */
  test: { file: string; title: string }
}
