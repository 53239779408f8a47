import { listGrants, reachOf } from './access.js'
import type { Outcome } from './outcome.js'
import type { Access, Operation, PlannedPair } from './plan.js'
import type { Reach } from './repository-condition.js'
import { normalizeId, sameId } from './resource-id.js'
import type { RoleAssignment, Roles } from './role-assignment.js'

/** What a `detach` has shown about its effect. */
export interface Effect {
  /** Operations that turned out to change nothing: who leaves a group without being a direct member stays in it through another one. */
  idle: ReadonlySet<Operation>
  /** What has become of assignments of other groups, where the target was taken out of a group that may be in them. */
  lapses: ReadonlyMap<RoleAssignment, Lapse>
}

/** Whether a target no longer holds an assignment of a group; `unknown` where Microsoft Graph could not be asked. */
export type Lapse = 'gone' | 'unknown'

/**
 * What still lets a pair's target pull once its `detach` is done.
 * @param group the group that the target leaves; empty for none
 */
export function findRemaining(pair: PlannedPair, roles: Roles, group: string, { idle, lapses }: Effect): Access[] {
  const gone = new Set(
    pair.operations.flatMap(operation =>
      operation.operation === 'delete-role-assignment' ? normalizeId(operation.assignment.id) : [],
    ),
  )
  const leaves = pair.operations.some(each => each.operation === 'remove-group-member' && !idle.has(each))
  const staying = pair.assignments.filter(
    assignment =>
      !gone.has(normalizeId(assignment.id)) &&
      !(leaves && sameId(assignment.principalId, group)) &&
      lapses.get(assignment) !== 'gone',
  )
  const isIdle = ({ patterns, isWhole }: Reach): boolean => isWhole && patterns.length === 0
  return listGrants(pair.target, pair.registry, staying, { roles, role: pair.role }).filter(
    ({ assignment }) => !isIdle(reachOf(assignment, pair.registry)),
  )
}

/** The operations that turned out to change nothing. */
export function findIdle(outcomes: readonly Outcome[]): ReadonlySet<Operation> {
  return new Set(outcomes.flatMap(({ operation, changed, error }) => (changed || error ? [] : operation)))
}
