import { deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { CreateRoleAssignment } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import { readRepositoryCondition, repositoryCondition } from '../model/repository-condition.js'
import { lastSegment } from '../model/resource-id.js'
import { isAssignmentOf, roleAssignmentName, type RoleAssignment } from '../model/role-assignment.js'
import type { Context } from './context.js'

/** A new assignment or, where the same role is there with a narrower condition, that one with a wider condition: Azure allows one of each. */
export function assign(
  { target, registry, wanted: { role, repositories } }: Context,
  principal: Pick<CreateRoleAssignment, 'principalId' | 'principalType'>,
  held: RoleAssignment[],
  reason: string,
): CreateRoleAssignment & { reason: string } {
  const { principalId } = principal
  const key = { scope: registry.id, principalId, roleId: role.id }
  const narrower = held.find(assignment => isAssignmentOf(assignment, key))
  const allowed = narrower?.condition === undefined ? [] : readRepositoryCondition(narrower.condition)
  if (allowed === undefined && repositories.length > 0) throw unreadableCondition(registry, narrower)
  const reached = [...new Set([...(allowed ?? []), ...repositories])]
  const condition = repositories.length > 0 ? repositoryCondition(reached) : narrower && ''
  return {
    operation: narrower ? 'update-role-assignment' : 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    ...principal,
    role: { id: role.id, name: role.name },
    name: narrower ? lastSegment(narrower.id) : roleAssignmentName(registry.id, principalId, role.id, condition),
    ...(condition !== undefined && { condition }),
    ...(narrower && { replaces: narrower }),
    reason,
  }
}

function unreadableCondition({ name }: Registry, assignment: RoleAssignment | undefined): ActionError {
  const id = assignment?.id ?? ''
  return new ActionError(
    'INVALID_INPUT',
    `The input repositories can't be added to the role assignment on ${name}: its condition checks more than names and prefixes of repositories.`,
    {
      subject: name,
      fix: fix(
        'Change the condition by hand, or delete the assignment, which takes away all that it allows, and run the step again:',
        deleteRoleAssignmentCommand(id),
      ),
    },
  )
}
