import type { ActionError } from './error.js'
import type { Outcome, Verification } from './outcome.js'
import type { Assignment, PlannedPair } from './plan.js'
import type { RoleAssignment } from './role-assignment.js'
import type { Clock } from './time.js'

/** Progress events of `apply()`. */
export interface ApplyProgress {
  /** Before the first write. */
  onStart(): void
  onDone(outcome: Outcome): void
  onWait(operation: Assignment, refusal: ActionError, pauseMs: number): void
}

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

/** Progress events of a wait. */
export interface VerifyProgress {
  /** Before the first check. */
  onStart(): void
  onDone(pair: WrittenPair, verification: Verification): void
  /** Azure does not report these changes yet, all at one registry. @param held the assignments that it reports for each */
  onWait(pairs: WrittenPair[], held: ReadonlyMap<WrittenPair, RoleAssignment[]>, pauseMs: number): void
}

/** A pair whose planned operations have all been written. */
export interface WrittenPair {
  pair: PlannedPair
  outcomes: Outcome[]
}

export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}
