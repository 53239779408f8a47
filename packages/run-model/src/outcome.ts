import type { Registry, RoleAssignment, VerifyLevel } from 'azure'
import type { ActionError } from 'kernel'
import type { Operation } from './plan.js'
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
  error?: ActionError
}

/** The result of waiting until a pair has access, or in `detach` no longer has it. */
export interface Verification {
  verified: VerifyLevel
  /** Time from Azure's answer to the write until the check passed, in seconds. */
  propagationSeconds?: number
  /** The pulls of the nodes, with `verify: pull`. */
  pulls?: NodePull[]
  /** The assignment, if something else has changed its condition since: it is neither the one before the write nor the written one. */
  overtakenBy?: RoleAssignment
  error?: ActionError
}
