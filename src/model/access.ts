import type { Access, GrantedBy } from './plan.js'
import type { Registry } from './registry.js'
import { coversRepositories, readRepositoryCondition, type RepositoryPattern } from './repository-condition.js'
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
    if (
      !coverTogether(
        upToHere.map(({ assignment }) => assignment),
        wanted,
      )
    )
      continue
    const ofRank = upToHere.filter(({ grantedBy }) => grantedBy === rank)
    return ofRank.find(({ assignment }) => coverTogether([assignment], wanted)) ?? ofRank[0] ?? null
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

/** Whether assignments of roles that pull reach every wanted repository together: one has no condition, or their conditions are understood and allow them. */
export function coverTogether(assignments: readonly RoleAssignment[], { repositories }: Wanted): boolean {
  if (assignments.some(({ condition }) => !condition)) return true
  const allowed = assignments.flatMap(({ condition = '' }) => readRepositoryCondition(condition) ?? [])
  return repositories.length > 0 && coversRepositories(allowed, repositories)
}

/**
 * The repositories that assignments of roles that pull allow together, where that is less than all that is wanted; empty where their conditions
 * are not understood. Undefined where there is no assignment, or nothing is left to be wanted.
 */
export function findLimit(assignments: readonly RoleAssignment[], wanted: Wanted): RepositoryPattern[] | undefined {
  if (assignments.length === 0 || coverTogether(assignments, wanted)) return undefined
  return [...new Set(assignments.flatMap(({ condition = '' }) => readRepositoryCondition(condition) ?? []))]
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
