import type { ObservedImage, Selection, Target } from 'azure'
import type { ActionError } from 'kernel'
import type { WantedBy } from './checked-image.js'
import type { NodePull } from './pull.js'

/** Progress events of `applyImages()`. */
export interface ImageProgress {
  /** Before the first import. */
  onStart(): void
  onDone(result: WantedBy<'input'>): void
  /** Regularly, with the imports that have ended and the images that are still being imported. */
  onWait(ended: readonly WantedBy<'input'>[], waiting: readonly ObservedImage[]): void
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
