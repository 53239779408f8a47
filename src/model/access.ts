import type { Access, GrantedBy } from './plan.js'
import type { Registry } from './registry.js'
import { everything, joinReaches, notUnderstood, readRepositoryCondition, type Reach } from './repository-condition.js'
import { coversRepositories, type RepositoryPattern } from './repository-pattern.js'
import { sameId } from './resource-id.js'
import type { RoleAssignment, Roles, Wanted } from './role-assignment.js'
import { canPull, mayMoreThanPull, type RoleDefinition } from './roles.js'
import type { Target } from './target.js'

/** The ways of having access, best first. */
const ranks: GrantedBy[] = ['direct', 'inherited', 'group', 'broader-role']

/**
 * How the assignments together let the target pull all that is wanted; null where they do not. What several of them allow adds up, and the
 * access is of the worst kind among the assignments that it needs.
 */
export function findAccess(
  target: Target,
  registry: Registry,
  assignments: readonly RoleAssignment[],
  { roles, wanted }: { roles: Roles; wanted: Wanted },
): Access | null {
  const grants = listGrants(target, registry, assignments, { roles, role: wanted.role })
  for (const rank of ranks) {
    const upToHere = grants.filter(({ grantedBy }) => ranks.indexOf(grantedBy) <= ranks.indexOf(rank))
    const held = upToHere.map(({ assignment }) => assignment)
    if (!coverTogether(held, wanted, registry)) continue
    const ofRank = upToHere.filter(({ grantedBy }) => grantedBy === rank)
    return ofRank.find(({ assignment }) => coverTogether([assignment], wanted, registry)) ?? ofRank[0] ?? null
  }
  return null
}

/** The assignments whose roles let the target pull, wholly or in part. @param how.role the wanted role */
export function listGrants(
  target: Target,
  registry: Registry,
  assignments: readonly RoleAssignment[],
  how: { roles: Roles; role: RoleDefinition },
): Access[] {
  return assignments.flatMap((assignment): Access[] => {
    const role = how.roles.get(assignment.roleId)
    if (!role || !canPull(role, registry.roleAssignmentMode)) return []
    const grantedBy = classify(target, registry, assignment, role.id === how.role.id ? null : role)
    return [{ grantedBy, assignment, role: role.name }]
  })
}

/** The mode of a registry decides how a condition is judged there. */
type Mode = Pick<Registry, 'roleAssignmentMode'>

/**
 * The repositories that an assignment of a role that pulls reaches. Conditions are documented for data actions, and a registry in RBAC mode asks
 * for none, so the effect of a condition there is not known.
 */
export function reachOf({ condition }: RoleAssignment, { roleAssignmentMode }: Mode): Reach {
  if (!condition) return everything
  return roleAssignmentMode === 'ABAC' ? readRepositoryCondition(condition) : notUnderstood
}

/** Whether assignments of roles that pull are known to reach every wanted repository together. */
export function coverTogether(
  assignments: readonly RoleAssignment[],
  { repositories }: Wanted,
  registry: Mode,
): boolean {
  const { patterns } = joinReaches(assignments.map(each => reachOf(each, registry)))
  return coversRepositories(patterns, repositories)
}

/** The first assignment that may reach more than is known, where what is known is not enough. */
export function findUnclear(
  assignments: readonly RoleAssignment[],
  wanted: Wanted,
  registry: Mode,
): RoleAssignment | undefined {
  if (coverTogether(assignments, wanted, registry)) return undefined
  return assignments.find(each => !reachOf(each, registry).isWhole)
}

/**
 * The repositories that assignments of roles that pull allow together, where that is less than all that is wanted. Undefined where they are not
 * known to allow any, or nothing is left to be wanted.
 */
export function findLimit(
  assignments: readonly RoleAssignment[],
  wanted: Wanted,
  registry: Mode,
): RepositoryPattern[] | undefined {
  const { patterns } = joinReaches(assignments.map(each => reachOf(each, registry)))
  return patterns.length === 0 || coversRepositories(patterns, wanted.repositories) ? undefined : [...patterns]
}

/** @param otherRole the assignment's role, when it is not the wanted one */
function classify(
  target: Target,
  registry: Registry,
  assignment: RoleAssignment,
  otherRole: RoleDefinition | null,
): GrantedBy {
  if (otherRole && mayMoreThanPull(otherRole)) return 'broader-role'
  if (!sameId(assignment.principalId, target.identity.objectId)) return 'group'
  return sameId(assignment.scope, registry.id) ? 'direct' : 'inherited'
}
