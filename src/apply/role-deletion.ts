import { isNotFound, isRepeated, mayBeDone } from '../model/error.js'
import type { Written } from '../model/outcome.js'
import { describeFailure, type DeleteRoleAssignment } from '../model/plan.js'
import { placeOf } from '../model/role-assignment.js'
import { attempt } from '../model/result.js'
import type { AzureContext } from '../services/context.js'
import { getRoleAssignment } from '../services/arm/role-assignments.js'
import { deleteRoleAssignment } from '../services/arm/role-assignment-deletion.js'

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
