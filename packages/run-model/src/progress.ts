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
  /** Before the first check. @param written the outcomes of each pair that is waited for */
  onStart(written: ReadonlyMap<PlannedPair, readonly Outcome[]>): void
  onDone(pair: PlannedPair, verification: Verification): void
  /** Azure does not report these changes yet, all at one registry. @param held the assignments that it reports for each */
  onWait(pairs: readonly PlannedPair[], held: ReadonlyMap<PlannedPair, RoleAssignment[]>, pauseMs: number): void
}
