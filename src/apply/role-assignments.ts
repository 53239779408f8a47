import {
  isAssignmentOf,
  otherRoleAssignmentName,
  roleAssignmentId,
  sameId,
  showAssignmentCommand,
  subscriptionOf,
  unknowable,
} from 'azure'
import {
  createRoleAssignment,
  deleteRoleAssignment,
  findTenant,
  getRoleAssignment,
  isCode,
  isHashConflict,
  isOtherTenant,
  listRoleAssignments,
  readExistingName,
  type AzureContext,
} from 'azure-clients'
import { ActionError, attempt, fix, toActionError } from 'kernel'
import { wordsOf, type Operation, type Outcome } from 'run-model'
import { isRepeated, mayBeDone } from './lost-answers.js'

type CreateRoleAssignment = Extract<Operation, { scope: string }>

/**
 * Creates or updates the assignment. Success if it already exists, under any name.
 * @throws ActionError; it recovers while Azure says that the assignment exists but does not list it yet
 */
export async function assignRole(
  azure: AzureContext,
  operation: CreateRoleAssignment,
): Promise<Pick<Outcome, 'changed' | 'roleAssignmentId'>> {
  const { scope, principalId, role, registry } = operation
  const isUpdate = operation.operation === 'update-role-assignment'
  const failure = wordsOf(operation).failure
  const create = (name: string) => createRoleAssignment(azure, { ...operation, scope: registry.id, name }, failure)
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
    const answer = toActionError(error).azure
    const isThere = isCode(answer, 'RoleAssignmentExists')
    // Azure may have created it although the answer is an error (Azure/AKS issue 3566).
    const mayBeThere = mayBeDone(error)
    if (!isThere && !mayBeThere) throw await explainRefusal(azure, operation, error)
    const existing = isThere ? readExistingName(answer?.message ?? '') : undefined
    if (existing) return { roleAssignmentId: roleAssignmentId(scope, existing), changed: isRepeated(error) }
    // Older services don't name it, and it may be too new to be listed.
    const listed = await listRoleAssignments(azure, registry.id, { principalId }).catch((reason: unknown) => {
      throw mayBeThere ? error : reason
    })
    const found = listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
    // Before the update, the assignment had another condition.
    const isDone = isThere || (found && (found.condition ?? '') === (operation.condition ?? ''))
    if (!found || !isDone) throw error
    return { roleAssignmentId: found.id, changed: mayBeThere || isRepeated(error) }
  }
}

/**
 * Explains a refusal at a registry of another tenant, where Azure Lighthouse lets the step assign roles to identities of that tenant alone
 * (learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles): the right that Azure names can't be had, and waiting changes nothing.
 */
async function explainRefusal(azure: AzureContext, operation: CreateRoleAssignment, error: unknown): Promise<unknown> {
  const { target, registry } = operation
  if (!(error instanceof ActionError) || !ofPrincipals.includes(error.code)) return error
  // A cluster in the registry's own subscription is of its tenant.
  if (sameId(subscriptionOf(target.id), registry.subscriptionId)) return error
  const { value: tenant } = await findTenant(azure, registry.id)
  if (!isOtherTenant(tenant, azure)) return error
  const reason = `${registry.name} belongs to another tenant, and Azure Lighthouse allows roles there only for identities of that tenant (Azure: ${error.azure?.code ?? error.code})`
  return unknowable(wordsOf(operation).failure, registry, { reason, azure: error.azure }, target.identity)
}

const ofPrincipals: readonly ActionError['code'][] = ['AUTHORIZATION_FAILED', 'PRINCIPAL_NOT_FOUND']

/** Whether something else has changed the assignment since the plan: an update must not remove access that it gives now. */
async function isOvertaken({ replaces, registry }: CreateRoleAssignment, azure: AzureContext): Promise<boolean> {
  if (!replaces) return false
  const now = await getRoleAssignment(azure, registry.id, replaces.id)
  return now.condition !== replaces.condition
}

/** Access is not taken out of a condition that was planned for another text; what adds access is planned again instead. */
function refuseOvertaken({ registry, replaces }: CreateRoleAssignment, failure: string): ActionError {
  const message = `${failure}: something else has changed its condition meanwhile, and it was left as it is.`
  const commands = replaces ? [showAssignmentCommand(replaces.id)] : []
  const advice = fix('Run the step again. The current assignment:', ...commands)
  return new ActionError('PROPAGATION_TIMEOUT', message, { subject: registry.name, fix: advice })
}

/** Whether another assignment has the name, or Azure says so by mistake (azure-cli issue 13368). */
function isNameTaken(error: unknown): boolean {
  const answer = toActionError(error).azure
  return isCode(answer, 'RoleAssignmentUpdateNotPermitted') || (answer !== undefined && isHashConflict(answer))
}

/** Success if the assignment is already gone, also if Azure deleted it and every answer was lost. */
export async function deleteAssignment(
  azure: AzureContext,
  operation: Extract<Operation, { operation: 'delete-role-assignment' }>,
): Promise<Pick<Outcome, 'changed' | 'roleAssignmentId'>> {
  const { assignment, registry, role } = operation
  const failure = wordsOf(operation).failure
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
