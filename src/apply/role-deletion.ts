import { placeOf } from 'azure'
import { deleteRoleAssignment, getRoleAssignment, type AzureContext } from 'azure-clients'
import { attempt, isNotFound, isRepeated, mayBeDone } from 'kernel'
import { describeFailure, type DeleteRoleAssignment, type Written } from 'run-model'

/** Success if the assignment is already gone, also if Azure deleted it and every answer was lost. */
export async function deleteAssignment(azure: AzureContext, operation: DeleteRoleAssignment): Promise<Written> {
  const { assignment, registry, role } = operation
  const failure = describeFailure(operation)
  try {
    const changed = await deleteRoleAssignment(azure, placeOf(registry), assignment, { failure, role })
    return { roleAssignmentId: assignment.id, changed }
  } catch (error) {
    if (isNotFound(error)) return { roleAssignmentId: assignment.id, changed: isRepeated(error) }
    if (!mayBeDone(error)) throw error
    const { error: gone } = await attempt(getRoleAssignment(azure, placeOf(registry), assignment.id))
    if (!isNotFound(gone)) throw error
    return { roleAssignmentId: assignment.id, changed: true }
  }
}
