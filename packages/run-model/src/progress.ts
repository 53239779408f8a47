import type { RoleAssignment } from 'azure'
import type { ActionError } from 'kernel'
import type { Outcome, Verification } from './outcome.js'
import type { Assignment, PlannedPair } from './plan.js'

/** Progress events of `apply()`. */
export interface ApplyProgress {
  /** Before the first write. */
  onStart(): void
  onDone(outcome: Outcome): void
  onWait(operation: Assignment, refusal: ActionError, pauseMs: number): void
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
