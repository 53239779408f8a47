import { canPull, mayMoreThanPull } from './azure/pull-rights.js'
import { coversRepositories, readRepositoryCondition } from './azure/repository-condition.js'
import { sameId } from './azure/resource-id.js'
import type { Access, GrantedBy, Registry, RoleAssignment, RoleDefinition, Target } from './state.js'

export type Roles = ReadonlyMap<string, RoleDefinition>

/** What is wanted at a registry. */
export interface Wanted {
  role: RoleDefinition
  /** Empty means all. */
  repositories: string[]
}

const ranks: GrantedBy[] = ['direct', 'inherited', 'group', 'broader-role']

/** The best of the assignments that let the target pull all that is wanted; null when there is none. */
export function findAccess(
  target: Target,
  registry: Registry,
  assignments: RoleAssignment[],
  { roles, wanted }: { roles: Roles; wanted: Wanted },
): Access | null {
  const found = assignments.flatMap((assignment): Access[] => {
    const role = roles.get(assignment.roleId)
    if (!role || !canPull(role, registry.roleAssignmentMode) || !coversAll(assignment, wanted)) return []
    const grantedBy = classify(target, registry, assignment, role.id === wanted.role.id ? null : role)
    return [{ grantedBy, assignment, role: role.name }]
  })
  return found.sort((a, b) => ranks.indexOf(a.grantedBy) - ranks.indexOf(b.grantedBy))[0] ?? null
}

/** Whether an assignment reaches every wanted repository: it has no condition, or one that is understood and allows them. */
export function coversAll({ condition }: RoleAssignment, { repositories }: Wanted): boolean {
  if (!condition) return true
  const allowed = readRepositoryCondition(condition)
  return allowed !== undefined && repositories.length > 0 && coversRepositories(allowed, repositories)
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
