import type { ActionError } from './error.js'
import type { ImageResult, ObservedImage } from './image.js'
import type { Selection } from './node.js'
import type { NodePull, Outcome, Verification } from './outcome.js'
import type { Assignment, PlannedPair } from './plan.js'
import type { RoleAssignment } from './role-assignment.js'
import type { Target } from './target.js'
import type { Clock } from './time.js'

/** Progress events of `applyImages()`. */
export interface ImageProgress {
  /** Before the first import. */
  onStart(): void
  onDone(result: ImageResult): void
  /** Regularly, with the imports that have ended and the images that are still being imported. */
  onWait(ended: readonly ImageResult[], waiting: readonly ObservedImage[]): void
}

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
  /** Runs a phase and prints it folded, with its duration after the last line. Prints nothing on failure. */
  phase<T>(title: string, work: () => Promise<T>, describe: (value: T) => string[]): Promise<T>
}

/**
 * Why a registry may still refuse nodes that have access: this step wrote something for them, their access comes through a group, or the role was assigned
 * recently. `nothing`: a refusal is final.
 */
export type Pending = 'written' | 'group' | 'recent' | 'nothing'

/** Progress events of pulls on clusters. */
export interface PullsProgress {
  /** @param pending by registry ID */
  onStart(
    target: Target,
    way: 'kubectl' | 'run-command',
    selection: Selection,
    pending: ReadonlyMap<string, Pending>,
  ): void
  /** Kubectl could not reach the cluster, so Run Command is used. */
  onFallBack(target: Target, why: ActionError): void
  onRound(target: Target, pulls: NodePull[], nextMs: number | undefined): void
  /** The step no longer waits for this cluster. */
  onEnd(target: Target): void
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
