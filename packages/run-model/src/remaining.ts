import { mayOverlap } from 'repository-conditions'
import { canPullInSomeMode, holdOf, listGrants, mayMoreThanPull, normalizeId, reachOf, sameId } from 'azure'
import type { Access, Registry, RoleAssignment, Roles } from 'azure'
import type { Inputs } from './inputs.js'
import type { PlannedPair } from './plan.js'

/** The access that `detach` should have removed, and that a pair's target still has. */
export function findRemaining(
  { target, registry, role, assignments, operations }: PlannedPair,
  roles: Roles,
  repositories: Inputs['repositories'],
): Access[] {
  const deleted = operations.flatMap(each => (each.operation === 'delete-role-assignment' ? each.assignment.id : []))
  const gone = new Set(deleted.map(normalizeId))
  const staying = assignments.filter(({ id }) => !gone.has(normalizeId(id)))
  const grants = listGrants(target, registry, staying, { roles, role })
  return grants.filter(({ assignment }) => reachesNamed(assignment, registry, repositories))
}

/** Whether an assignment may allow some of the named repositories; without any, all are meant. */
function reachesNamed(assignment: RoleAssignment, registry: Registry, repositories: Inputs['repositories']): boolean {
  const { patterns, isWhole } = reachOf(assignment, registry)
  const isNamed = (pattern: string): boolean =>
    repositories.length === 0 || repositories.some(named => mayOverlap(pattern, named))
  return !isWhole || patterns.some(isNamed)
}

/**
 * Whether an assignment is what `detach` is about: the pull identity itself holds, at the registry itself, a role that is meant for pulling: the desired
 * one, or one that only allows pulling, in either mode of registries.
 */
export function isOwnPullRole(
  assignment: RoleAssignment,
  { target, registry, role: desired }: Pick<PlannedPair, 'target' | 'registry' | 'role'>,
  roles: Roles,
): boolean {
  const role = roles.get(assignment.roleId)
  if (!role || holdOf(assignment, { target, registry }) !== 'direct') return false
  return role.id === desired.id || (!mayMoreThanPull(role) && canPullInSomeMode(role))
}

/**
 * The assignments that `detach` would have had to delete, and that were made or changed after the step had read the pair's: by another job that
 * attaches meanwhile, or before an answer that was not complete.
 * @param now the assignments at the registry, read after the deletions
 */
export function listNewOwn(
  pair: PlannedPair,
  now: readonly RoleAssignment[],
  roles: Roles,
  repositories: Inputs['repositories'],
): RoleAssignment[] {
  const isKnown = ({ id, updatedAt = 0 }: RoleAssignment): boolean =>
    pair.assignments.some(known => sameId(known.id, id) && (known.updatedAt ?? 0) >= updatedAt)
  return now.filter(
    each => isOwnPullRole(each, pair, roles) && !isKnown(each) && reachesNamed(each, pair.registry, repositories),
  )
}
