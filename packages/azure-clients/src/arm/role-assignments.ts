import type { RoleAssignment as SdkRoleAssignment } from '@azure/arm-authorization'
import { lastSegment, roleAssignmentId, subscriptionOf, type PrincipalType, type RoleAssignment } from 'azure'
import { repeatedHeader } from '../http/answers.js'
import { collect } from '../http/rest.js'
import { askArm } from './errors.js'
import { armActions, sdkScope, toRead } from './requests.js'
import type { ArmContext } from './resources.js'

// Every function throws ActionError.

/** The only version of conditions that Azure accepts (learn.microsoft.com/azure/role-based-access-control/conditions-format). */
const conditionVersion = '2.0'

/**
 * Lists the role assignments at and above a scope (learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest).
 * @param which by default all, without the members of groups: 170 to 250 kB on real subscriptions (recorded).
 * - `assignedTo`: those of a principal, including those through groups (nested, too); a few hundred bytes each. Not for groups: Azure returns an empty list
 *   for their IDs.
 * - `principalId`: those of a principal or group itself, also below the scope.
 * - `isBelow`: all, also below the scope.
 */
export function listRoleAssignments(
  { clients, signal }: ArmContext,
  scope: string,
  which: { assignedTo: string } | { principalId: string } | { isBelow: boolean } = { isBelow: false },
): Promise<RoleAssignment[]> {
  const filter = filterOf(which)
  const options = { ...(filter && { filter }), abortSignal: signal }
  return askArm(clients, toRead('The role assignments', scope, 'readRoleAssignment'), async () => {
    const all = await collect(clients.authorization.roleAssignments.listForScope(sdkScope(scope), options))
    return all.map(toRoleAssignment)
  })
}

function filterOf(which: NonNullable<Parameters<typeof listRoleAssignments>[2]>): string {
  if ('assignedTo' in which) return `atScope() and assignedTo('${which.assignedTo}')`
  if ('principalId' in which) return `principalId eq '${which.principalId}'`
  return which.isBelow ? '' : 'atScope()'
}

/** @param scope where it was found */
export function getRoleAssignment({ clients, signal }: ArmContext, scope: string, id: string): Promise<RoleAssignment> {
  return askArm(clients, toRead('A role assignment', scope, 'readRoleAssignment'), async () =>
    toRoleAssignment(await clients.authorization.roleAssignments.getById(sdkScope(id), { abortSignal: signal })),
  )
}

/**
 * Creates a role assignment, or updates the one with the same name, scope, principal and role; Azure's answer is the same.
 * Always sends the principal type: without it, Azure can't find new identities in the directory, and refuses callers who can only assign roles to
 * service principals (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 * @param assignment.condition limits it; empty to remove its condition
 * @param assignment.replaces the assignment that is written again, whose other properties stay
 * @param failure `AcrPull on contosoacr for aks-prod-1 could not be created`
 */
export function createRoleAssignment(
  { clients, signal }: ArmContext,
  assignment: {
    scope: string
    name: string
    role: { id: string; name: string }
    principalId: string
    principalType: PrincipalType
    condition?: string
    replaces?: RoleAssignment
  },
  failure: string,
): Promise<RoleAssignment> {
  const { scope, name, role, principalId, principalType, condition, replaces } = assignment
  const parameters = {
    roleDefinitionId: `/subscriptions/${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
    principalId,
    principalType,
    // Both empty remove a condition (learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest).
    ...(condition !== undefined && { condition, conditionVersion: condition && conditionVersion }),
    // A PUT replaces the whole assignment: what others have written there is sent again.
    ...(replaces?.description && { description: replaces.description }),
    ...(replaces?.delegatedTo && { delegatedManagedIdentityResourceId: replaces.delegatedTo }),
  }
  const asked = {
    failure,
    scope,
    action: armActions.writeRoleAssignment,
    notFound: 'REGISTRY_NOT_FOUND' as const,
    assignment: { principalId, principalType, roleId: role.id, role: role.name },
  }
  return askArm(clients, asked, async () => {
    const options = { abortSignal: signal }
    const created = await clients.authorization.roleAssignments.create(sdkScope(scope), name, parameters, options)
    return toRoleAssignment({ ...created, id: created.id ?? roleAssignmentId(scope, name) })
  })
}

/** Reads the name of the existing assignment, without dashes in most messages, from a `RoleAssignmentExists`; older messages lack it. */
export function readExistingName(message: string): string | undefined {
  const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? []
  return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The scope in an assignment's ID; `/` for the whole tenant. */
function scopeOfAssignment(id: string): string {
  return id.replace(/\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i, '') || '/'
}

function toRoleAssignment(assignment: SdkRoleAssignment): RoleAssignment {
  const { conditionVersion: version } = assignment
  return {
    id: assignment.id ?? '',
    scope: assignment.scope ?? scopeOfAssignment(assignment.id ?? ''),
    principalId: assignment.principalId ?? '',
    principalType: assignment.principalType ?? '',
    ...(assignment.updatedOn && { updatedAt: assignment.updatedOn.getTime() }),
    roleId: lastSegment(assignment.roleDefinitionId ?? '').toLowerCase(),
    ...(assignment.condition && { condition: assignment.condition }),
    ...(version && version !== conditionVersion && { conditionVersion: version }),
    ...(assignment.description && { description: assignment.description }),
    ...(assignment.delegatedManagedIdentityResourceId && {
      delegatedTo: assignment.delegatedManagedIdentityResourceId,
    }),
  }
}

/**
 * @param scope where it was found
 * @param what.failure `AcrPull on contosoacr for aks-prod-1 could not be deleted`
 * @returns false if it did not exist
 */
export function deleteRoleAssignment(
  { clients, signal }: ArmContext,
  scope: string,
  { id, principalId, principalType, roleId }: RoleAssignment,
  { failure, role }: { failure: string; role: string },
): Promise<boolean> {
  const assignment = { principalId, principalType, roleId, role }
  const asked = { failure, scope, action: armActions.deleteRoleAssignment, assignment }
  return askArm(clients, asked, async () => {
    let isDeleted = false
    await clients.authorization.roleAssignments.deleteById(sdkScope(id), {
      abortSignal: signal,
      onResponse: ({ status, headers }) => {
        // 204: it did not exist. After a try whose answer was lost, that try deleted it.
        isDeleted = status !== 204 || headers.get(repeatedHeader) !== undefined
      },
    })
    return isDeleted
  })
}
