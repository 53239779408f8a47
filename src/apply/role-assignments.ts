import { showAssignmentCommand } from '../model/az-commands.js'
import {
  ActionError,
  azureCode,
  azureMessage,
  isNotFound,
  isRepeated,
  isUnauthenticated,
  isUncertain,
} from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Written } from '../model/outcome.js'
import { describeFailure, type CreateRoleAssignment, type Operation } from '../model/plan.js'
import { isAssignmentOf, otherRoleAssignmentName, placeOf, roleAssignmentId } from '../model/role-assignment.js'
import { attempt } from '../model/result.js'
import type { AzureContext } from '../services/context.js'
import { isHashConflict } from '../services/arm/errors.js'
import {
  createRoleAssignment,
  deleteRoleAssignment,
  getRoleAssignment,
  listOfPrincipal,
  readExistingName,
} from '../services/arm/role-assignments.js'

/**
 * Creates or updates the assignment. Success if it already exists, under any name.
 * @throws ActionError; it recovers while Azure says that the assignment exists but does not list it yet
 */
export async function assignRole(azure: AzureContext, operation: CreateRoleAssignment): Promise<Written> {
  const { scope, principalId, role, registry } = operation
  const place = placeOf(registry)
  const isUpdate = operation.operation === 'update-role-assignment'
  const failure = describeFailure(operation)
  const create = (name: string) => createRoleAssignment(azure, { ...operation, ...place, name }, failure)
  try {
    if (await isOvertaken(operation, azure)) {
      if (operation.without) throw refuseOvertaken(operation, failure)
      return { roleAssignmentId: operation.replaces?.id ?? '', changed: false }
    }
    const { id } = await create(operation.name).catch((error: unknown) => {
      if (isUpdate || !isNameTaken(error)) throw error
      return create(otherRoleAssignmentName(operation.name))
    })
    return { roleAssignmentId: id, changed: true }
  } catch (error) {
    const isThere = azureCode(error) === 'RoleAssignmentExists'
    // Azure may have created it although the answer is an error (Azure/AKS issue 3566).
    const mayBeThere = isUncertain(error)
    if (!isThere && !mayBeThere) throw error
    const existing = isThere ? readExistingName(azureMessage(error)) : undefined
    if (existing) return { roleAssignmentId: roleAssignmentId(scope, existing), changed: isRepeated(error) }
    // Older services don't name it, and it may be too new to be listed.
    const listed = await listOfPrincipal(azure, place, principalId).catch((reason: unknown) => {
      throw mayBeThere ? error : reason
    })
    const found = listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
    // Before the update, the assignment had another condition.
    const isDone = isThere || (found && (found.condition ?? '') === (operation.condition ?? ''))
    if (!found || !isDone) throw error
    return { roleAssignmentId: found.id, changed: mayBeThere || isRepeated(error) }
  }
}

/** Whether something else has changed the assignment since the plan: an update must not remove access that it gives now. */
async function isOvertaken({ replaces, registry }: CreateRoleAssignment, azure: AzureContext): Promise<boolean> {
  if (!replaces) return false
  const now = await getRoleAssignment(azure, placeOf(registry), replaces.id)
  return now.condition !== replaces.condition
}

/** Access is not taken out of a condition that was planned for another text; what adds access is planned again instead. */
function refuseOvertaken({ registry, replaces }: CreateRoleAssignment, failure: string): ActionError {
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${failure}: something else has changed its condition meanwhile, and it was left as it is.`,
    {
      subject: registry.name,
      fix: fix(
        'Run the step again. The current assignment:',
        ...(replaces ? [showAssignmentCommand(replaces.id)] : []),
      ),
    },
  )
}

/** Whether another assignment has the name, or Azure says so by mistake (azure-cli issue 13368). */
function isNameTaken(error: unknown): boolean {
  const code = azureCode(error) ?? ''
  return code === 'RoleAssignmentUpdateNotPermitted' || isHashConflict({ code, message: azureMessage(error) })
}

/** Success if the assignment is already gone, also if Azure deleted it and every answer was lost. */
export async function deleteAssignment(
  azure: AzureContext,
  operation: Extract<Operation, { operation: 'delete-role-assignment' }>,
): Promise<Written> {
  const { assignment, registry, role } = operation
  const failure = describeFailure(operation)
  try {
    const changed = await deleteRoleAssignment(azure, placeOf(registry), assignment, { failure, role })
    return { roleAssignmentId: assignment.id, changed }
  } catch (error) {
    if (isNotFound(error)) return { roleAssignmentId: assignment.id, changed: isRepeated(error) }
    // A repeat after a renewed token can be refused although the first try was carried out.
    if (!isUncertain(error) && !isUnauthenticated(error)) throw error
    const { error: gone } = await attempt(getRoleAssignment(azure, placeOf(registry), assignment.id))
    if (!isNotFound(gone)) throw error
    return { roleAssignmentId: assignment.id, changed: true }
  }
}
