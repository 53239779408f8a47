import { mayOverlap } from 'repository-conditions'
import { listGrants, normalizeId, reachOf, sameId, type Access, type RoleAssignment, type Roles } from 'azure'
import type { Outcome } from './outcome.js'
import { isGrant, type Operation, type PlannedPair } from './plan.js'

/** What is known about the effect of a `detach` after it ran. */
export interface Effect {
  /** Operations that changed nothing: an identity that isn't a direct member of the group stays in it through another group. */
  idle: ReadonlySet<Operation>
  /** Assignments of other groups that the target may have lost, because the group that it left may be a member of them. */
  lapses: ReadonlyMap<RoleAssignment, Lapse>
}

/** Whether a target lost an assignment of a group; `unknown` if Microsoft Graph could not be read. */
export type Lapse = 'gone' | 'unknown'

/** What a `detach` takes away. */
export interface Detached {
  /** The group that the targets leave; empty for none. */
  group: string
  /** The repositories; empty for all. */
  repositories: readonly string[]
}

/** The access that `detach` should have removed, and that a pair's target still has. */
export function findRemaining(
  pair: PlannedPair,
  roles: Roles,
  { group, repositories }: Detached,
  { idle, lapses }: Effect,
): Access[] {
  const gone = new Set(
    pair.operations.flatMap(operation => {
      if (operation.operation === 'delete-role-assignment') return normalizeId(operation.assignment.id)
      // An update removes everything that it should.
      return isGrant(operation) && operation.replaces ? normalizeId(operation.replaces.id) : []
    }),
  )
  const leaves = pair.operations.some(each => each.operation === 'remove-group-member' && !idle.has(each))
  const staying = pair.assignments.filter(
    assignment =>
      !gone.has(normalizeId(assignment.id)) &&
      !(leaves && sameId(assignment.principalId, group)) &&
      lapses.get(assignment) !== 'gone',
  )
  const isNamed = (pattern: string): boolean =>
    repositories.length === 0 || repositories.some(named => mayOverlap(pattern, named))
  return listGrants(pair.target, pair.registry, staying, { roles, role: pair.role }).filter(({ assignment }) => {
    const { patterns, isWhole } = reachOf(assignment, pair.registry)
    return !isWhole || patterns.some(isNamed)
  })
}

/** The operations that changed nothing. */
export function findIdle(outcomes: readonly Outcome[]): ReadonlySet<Operation> {
  return new Set(outcomes.flatMap(({ operation, changed, error }) => (changed || error ? [] : operation)))
}
