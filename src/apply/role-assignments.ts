import { isAssignmentOf, otherRoleAssignmentName, roleAssignmentId, sameId, subscriptionOf, unknowable } from 'azure'
import {
  deleteRoleAssignment,
  findTenant,
  getRoleAssignment,
  isCode,
  isOtherTenant,
  listRoleAssignments,
  readExistingName,
  type AzureContext,
} from 'azure-clients'
import { ActionError, attempt, toActionError } from 'kernel'
import { wordsOfOperation, type Operation, type Outcome } from 'run-model'
import {
  createGrant,
  isNameTaken,
  writeCondition,
  type CreateRoleAssignment,
  type Writing,
  type Written,
} from './conditions.js'
import { isRepeated, mayBeDone } from './lost-answers.js'

/**
 * Creates the assignment. Success if it already exists, under any name. One with a condition, and any update, is left to `writeCondition`.
 * @throws ActionError; it recovers while Azure says that the assignment exists but does not list it yet
 */
export async function assignRole(
  azure: AzureContext,
  operation: CreateRoleAssignment,
  writing: Writing,
): Promise<Written> {
  try {
    if (operation.condition !== undefined) return await writeCondition(azure, operation, writing)
    return await createPlain(azure, operation)
  } catch (error) {
    throw await explainRefusedGrant(azure, operation, error)
  }
}

async function createPlain(azure: AzureContext, operation: CreateRoleAssignment): Promise<Written> {
  const { scope, principalId, role, registry } = operation
  try {
    const { id } = await createGrant(azure, operation).catch((error: unknown) => {
      if (!isNameTaken(toActionError(error))) throw error
      return createGrant(azure, { ...operation, name: otherRoleAssignmentName(operation.name) })
    })
    return { roleAssignmentId: id, changed: true }
  } catch (error) {
    const answer = toActionError(error).azure
    const isThere = isCode(answer, 'RoleAssignmentExists')
    // Azure may have created it although the answer is an error (Azure/AKS issue 3566).
    const mayBeThere = mayBeDone(error)
    if (!isThere && !mayBeThere) throw error
    const existing = isThere ? readExistingName(answer?.message ?? '') : undefined
    if (existing) return { roleAssignmentId: roleAssignmentId(scope, existing), changed: isRepeated(error) }
    // Older services don't name it, and it may be too new to be listed.
    const listed = await listRoleAssignments(azure, registry.id, { principalId }).catch((reason: unknown) => {
      throw mayBeThere ? error : reason
    })
    const found = listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
    if (!found || (!isThere && found.condition)) throw error
    return { roleAssignmentId: found.id, changed: mayBeThere || isRepeated(error) }
  }
}

/**
 * Explains a refusal at a registry of another tenant, where Azure Lighthouse lets the step assign roles to identities of that tenant alone
 * (learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles): the right that Azure names can't be had, and waiting changes nothing.
 */
async function explainRefusedGrant(
  azure: AzureContext,
  operation: CreateRoleAssignment,
  error: unknown,
): Promise<unknown> {
  const { target, registry } = operation
  if (!(error instanceof ActionError) || !ofPrincipals.includes(error.code)) return error
  // A cluster in the registry's own subscription is of its tenant.
  if (sameId(subscriptionOf(target.id), registry.subscriptionId)) return error
  const { value: tenant } = await findTenant(azure, registry.id)
  if (!isOtherTenant(tenant, azure)) return error
  const reason = `${registry.name} belongs to another tenant, and Azure Lighthouse allows roles there only for identities of that tenant (Azure: ${error.azure?.code ?? error.code})`
  return unknowable(wordsOfOperation(operation).failure, registry, { reason, azure: error.azure }, target.identity)
}

const ofPrincipals: readonly ActionError['code'][] = ['AUTHORIZATION_FAILED', 'PRINCIPAL_NOT_FOUND']

/** Success if the assignment is already gone, also if Azure deleted it and every answer was lost. */
export async function deleteAssignment(
  azure: AzureContext,
  operation: Extract<Operation, { operation: 'delete-role-assignment' }>,
): Promise<Pick<Outcome, 'changed' | 'roleAssignmentId'>> {
  const { assignment, registry, role } = operation
  const failure = wordsOfOperation(operation).failure
  try {
    const changed = await deleteRoleAssignment(azure, registry.id, assignment, { failure, role })
    return { roleAssignmentId: assignment.id, changed }
  } catch (error) {
    if (toActionError(error).kind === 'missing') return { roleAssignmentId: assignment.id, changed: isRepeated(error) }
    if (!mayBeDone(error)) throw error
    const { error: gone } = await attempt(getRoleAssignment(azure, registry.id, assignment.id))
    if (gone?.kind !== 'missing') throw error
    return { roleAssignmentId: assignment.id, changed: true }
  }
}
