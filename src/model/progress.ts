import type { ActionError } from './error.js'
import type { ImageResult } from './image.js'
import type { Selection } from './node.js'
import type { NodePull, Outcome, Verification } from './outcome.js'
import type { Assignment, PlannedPair } from './plan.js'
import type { RoleAssignment } from './role-assignment.js'
import type { Target } from './target.js'
import type { Clock } from './time.js'

/** Progress events of imports. */
export interface ImageProgress {
  /** Before the first import begins. */
  onStart(): void
  onDone(result: ImageResult): void
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

/** The step's log. Phases without news are folded into a group; what failed or is waited for is never inside one. */
export interface Logger {
  line(text: string): void
  debug(text: string): void
  /** An annotation beside the log. */
  warn(text: string): void
  /** A heading with its lines below it; `folded` makes it a log group. */
  section(title: string, lines: string[], options?: { folded: boolean }): void
  /** Runs a phase whose success is no news: prints it folded, with its duration behind the last line. A failure prints nothing here. */
  phase<T>(title: string, work: () => Promise<T>, describe: (value: T) => string[]): Promise<T>
}

/**
 * Why a registry may refuse nodes that it will let pull: this step wrote something for them, their access comes through a group, or the role was
 * assigned a short while ago. `nothing`: a refusal is final.
 */
export type Pending = 'written' | 'group' | 'recent' | 'nothing'

/** Progress events of the pulls on clusters. */
export interface PullsProgress {
  /** @param pending by the ID of the registry */
  onStart(
    target: Target,
    way: 'kubectl' | 'run-command',
    selection: Selection,
    pending: ReadonlyMap<string, Pending>,
  ): void
  /** Kubectl could not reach the cluster, and the other way is taken. */
  onFallBack(target: Target, why: ActionError): void
  onRound(target: Target, pulls: NodePull[], nextMs: number | undefined): void
  /** Nothing of this cluster is waited for any more. */
  onEnd(target: Target): void
}

/** Progress events of a wait. */
export interface VerifyProgress {
  /** Before the first look. */
  onStart(): void
  onDone(pair: WrittenPair, verification: Verification): void
  /** Azure does not report these yet, all at one registry; `held` is what it reports of each. */
  onWait(pairs: WrittenPair[], held: ReadonlyMap<WrittenPair, RoleAssignment[]>, pauseMs: number): void
}

/** A pair for which everything that was planned has been written. */
export interface WrittenPair {
  pair: PlannedPair
  outcomes: Outcome[]
}

/** What a run gets from its caller. */
export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}
