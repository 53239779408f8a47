import type { Access, GrantedBy } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { sameId } from '../model/resource-id.js'
import { coversAll, type RoleAssignment, type Roles, type Wanted } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull, type RoleDefinition } from '../model/roles.js'
import type { Target } from '../model/target.js'

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
