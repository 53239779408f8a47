import type { Place, RoleAssignment } from 'azure'
import { repeatedHeader } from '../http/answers.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import type { Asked } from './attempt.js'
import type { ArmContext } from './clients.js'
import { sdkScope } from './role-assignments.js'

/**
 * @param what.failure `AcrPull on contosoacr for aks-prod-1 could not be deleted`
 * @returns false if it did not exist
 */
export function deleteRoleAssignment(
  { clients, signal }: ArmContext,
  { scope, subscriptionId }: Place,
  { id, principalId, principalType, roleId }: RoleAssignment,
  { failure, role }: { failure: string; role: string },
): Promise<boolean> {
  const asked: Asked = {
    failure,
    scope,
    action: armActions.deleteRoleAssignment,
    assignment: { principalId, principalType, roleId, role },
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return ask(clients, asked, async () => {
    let isDeleted = false
    await roleAssignments.deleteById(sdkScope(id), {
      abortSignal: signal,
      onResponse: ({ status, headers }) => {
        // 204: it did not exist. After a try whose answer was lost, that try deleted it.
        isDeleted = status !== 204 || headers.get(repeatedHeader) !== undefined
      },
    })
    return isDeleted
  })
}
