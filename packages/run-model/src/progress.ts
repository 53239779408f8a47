import type { ObservedImage, RoleAssignment, Selection, Target, Registry, VerifyLevel } from 'azure'
import type { ActionError } from 'kernel'
import type { CheckedImage } from './checked-image.js'
import type { Operation, PlannedPair } from './plan.js'
import type { NodePull } from './pull.js'

export interface Outcome {
  operation: Operation
  /** Resource ID of the current assignment. */
  roleAssignmentId?: string
  /** The registry as Azure created it. */
  created?: Registry
  /** False if the write turned out to be unnecessary. */
  changed: boolean
  /** When Azure answered, in ms since the epoch. */
  finishedAt: number
  /** Duration of the successful request, in ms. */
  tookMs?: number
  /** Conditions that the assignment had besides the planned ones: this run has found and kept them, or has written them to add to what it found. */
  conditions?: readonly string[]
  error?: ActionError
}

/** Finds the outcome of an operation; undefined if it was not carried out. */
export function createOutcomeOf(outcomes: readonly Outcome[]): (operation: Operation) => Outcome | undefined {
  const byOperation = new Map(outcomes.map(each => [each.operation, each]))
  return operation => byOperation.get(operation)
}

/** The result of waiting until a pair has access, or in `detach` no longer has it. */
export interface Verification {
  verified: VerifyLevel
  /** Time from Azure's answer to the write until the check passed, in seconds. */
  propagationSeconds?: number
  /** The pulls of the nodes, with `verify: pull`. */
  pulls?: NodePull[]
  /** In a check, the names of the other nodes of the cluster that can pull, now or later. */
  unasked?: readonly string[]
  /** The assignment, if something else has changed its condition since: it is neither the one before the write nor the written one. */
  overtakenBy?: RoleAssignment
  error?: ActionError
  /** Set if the error says nothing about the access that Azure reports: it is about a pull, or about the way into the cluster. */
  isBeyondRights?: true
}

/** What the stages report while they work. */
export interface Progress {
  /** Of the writes. */
  apply: {
    /** Before the first write. */
    onStart(): void
    onDone(outcome: Outcome): void
    onWait(operation: Operation, refusal: ActionError): void
  }
  /** Of the imports. */
  images: {
    /** Before the first import. */
    onStart(): void
    onDone(result: CheckedImage<'input'>): void
    /** Regularly, with the imports that have ended and the images that are still being imported. */
    onWait(ended: readonly CheckedImage<'input'>[], waiting: readonly ObservedImage[]): void
  }
  /** Of the wait until Azure Resource Manager reports what was written. */
  assignments: {
    /** Before the first check. @param written the outcomes of each pair that is waited for */
    onStart(written: ReadonlyMap<PlannedPair, readonly Outcome[]>): void
    onDone(pair: PlannedPair, verification: Verification): void
    /** Azure does not report these changes yet, all at one registry. @param held the assignments that it reports for each */
    onWait(pairs: readonly PlannedPair[], held: ReadonlyMap<PlannedPair, RoleAssignment[]>): void
  }
  /** Of the pulls on clusters. */
  pulls: {
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
}

/**
 * Why a registry may still refuse nodes that have access: this step wrote something for them, their access comes through a group, or the role was assigned
 * recently. `nothing`: a refusal is final.
 */
export type Pending = 'written' | 'group' | 'recent' | 'nothing'
