import type { Clock } from './time.js'

export interface Limits {
  clock: Clock
  /** When to stop waiting, in ms since the epoch. */
  deadline: number
}

/** The step's log. Phases without news are folded into a group; failures and waits are never inside one. */
export interface Logger {
  line(text: string): void
  debug(text: string): void
  /** An annotation. */
  warn(text: string): void
  /** A heading with lines below it; `folded` makes it a log group. */
  section(title: string, lines: string[], options?: { folded: boolean }): void
  /**
   * Runs a phase and prints it folded, with its duration after the last line. Prints nothing on failure.
   * @param startedAt in ms since the epoch; now by default
   */
  phase<T>(title: string, work: () => Promise<T>, describe: (value: T) => string[], startedAt?: number): Promise<T>
}

export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}
