import { describeUnreached } from 'repository-conditions'
import {
  isAssignmentOf,
  lastSegment,
  listRepositoryActions,
  reachOf,
  roleAssignmentName,
  type RoleAssignment,
} from 'azure'
import type { Operation } from 'run-model'
import type { PairContext } from './context.js'
import { conditionInstead, conditionOf, type Reason } from './conditions.js'

type CreateRoleAssignment = Extract<Operation, { scope: string }>

/**
 * Plans a new assignment, or widens the condition of an existing one: Azure allows only one per role, principal and scope.
 * @throws ActionError if changing the existing condition could remove access that it allows
 */
export function assign(
  context: PairContext,
  principal: Pick<CreateRoleAssignment, 'principalId' | 'principalType'>,
  held: readonly RoleAssignment[],
  { reason, limit }: Reason,
): CreateRoleAssignment {
  const { target, registry, grant } = context
  const { role, repositories } = grant
  const { principalId, principalType } = principal
  const key = { scope: registry.id, principalId, roleId: role.id }
  const narrower = held.find(assignment => isAssignmentOf(assignment, key))
  const holder = principalType === 'Group' ? `group ${principalId}` : target.name
  const condition = narrower ? conditionInstead(context, holder, narrower) : conditionOf(context, holder)
  const within = limit ?? (narrower && reachOf(narrower, registry).patterns)
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
    wants: { repositories, actions: listRepositoryActions(role) },
    ...(within && { unreached: describeUnreached(within, repositories) }),
    reason,
  }
}
