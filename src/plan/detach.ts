import type { Operation } from '../model/plan.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import type { RoleAssignment, Roles, DesiredGrant } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Context } from './context.js'
import { planLeave } from './group.js'
import { namesSharing } from './sharing.js'

/** Plans to delete the pull roles that the pull identity itself holds at the registry itself, and its membership in the group of the inputs. */
export function planDetach(context: Context): Operation[] {
  const { pair, target, registry, grant, observed, share } = context
  const deletions = pair.assignments.flatMap((assignment): Operation[] => {
    const isDirect = sameId(assignment.scope, registry.id) && sameId(assignment.principalId, target.identity.objectId)
    if (!isDirect || !isPullRole(assignment, grant, observed.roles)) return []
    const role = observed.roles.get(assignment.roleId)?.name ?? assignment.roleId
    const others = namesSharing(observed, target)
    const reason = `a pull role assigned at the registry itself${others && `; ${others} with the same identity and can no longer pull either`}`
    return [
      share(`delete ${normalizeId(assignment.id)}`, () => ({
        operation: 'delete-role-assignment',
        target,
        registry,
        assignment,
        role,
        reason,
      })),
    ]
  })
  return [...deletions, ...planLeave(context)]
}

/** Whether a role is meant for pulling: the desired one, or one that only allows pulling, in either mode of registries. */
function isPullRole({ roleId }: RoleAssignment, { role: wantedRole }: DesiredGrant, roles: Roles): boolean {
  const role = roles.get(roleId)
  if (!role) return false
  return role.id === wantedRole.id || (!mayMoreThanPull(role) && (canPull(role, 'RBAC') || canPull(role, 'ABAC')))
}
