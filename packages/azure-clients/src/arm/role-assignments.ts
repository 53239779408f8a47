import type { RoleAssignment as SdkRoleAssignment } from '@azure/arm-authorization'
import { type PrincipalType, lastSegment, roleAssignmentId, type Place, type RoleAssignment } from 'azure'
import type { Asked } from '../ask.js'
import type { ArmContext } from './context.js'
import { repeatedHeader } from '../http/answers.js'
import { armActions, collect, toRead } from './requests.js'
import { askArm } from './errors.js'

// Filters: learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest. Every function throws ActionError.

/** The only version of conditions that Azure accepts (learn.microsoft.com/azure/role-based-access-control/conditions-format). */
const conditionVersion = '2.0'

/**
 * Lists the role assignments of a principal at and above a scope, including those through groups (nested, too). A few hundred bytes per
 * assignment. Not for groups: Azure returns an empty list for their IDs.
 */
export function listAssignedTo(azure: ArmContext, place: Place, principalId: string) {
  return list(azure, place, `atScope() and assignedTo('${principalId}')`)
}

/** Lists all role assignments at and above a scope: 170 to 250 kB on real subscriptions (recorded). Does not show the members of groups. */
export function listAtScope(azure: ArmContext, place: Place) {
  return list(azure, place, 'atScope()')
}

/** Lists all role assignments at, above and below a scope: `atScope()` would omit those below. */
export function listInAndAbove(azure: ArmContext, place: Place) {
  return list(azure, place, undefined)
}

/** Lists the role assignments of a principal or group itself at, above and below a scope. */
export function listOfPrincipal(azure: ArmContext, place: Place, principalId: string) {
  return list(azure, place, `principalId eq '${principalId}'`)
}

function list({ clients, signal }: ArmContext, { scope, subscriptionId }: Place, filter: string | undefined) {
  // No code for a 404: the scope itself was read before.
  const asked = toRead(`The role assignments at ${lastSegment(scope)}`, scope, armActions.readRoleAssignment)
  const { roleAssignments } = clients.authorization(subscriptionId)
  const options = { ...(filter && { filter }), abortSignal: signal }
  return askArm(clients, asked, () => collect(roleAssignments.listForScope(sdkScope(scope), options), toRoleAssignment))
}

export function getRoleAssignment(
  { clients, signal }: ArmContext,
  { scope, subscriptionId }: Place,
  id: string,
): Promise<RoleAssignment> {
  const asked = toRead(`A role assignment at ${lastSegment(scope)}`, scope, armActions.readRoleAssignment)
  const { roleAssignments } = clients.authorization(subscriptionId)
  return askArm(clients, asked, async () =>
    toRoleAssignment(await roleAssignments.getById(sdkScope(id), { abortSignal: signal })),
  )
}

/** A role assignment to write. */
interface NewRoleAssignment extends Place {
  name: string
  role: { id: string; name: string }
  principalId: string
  principalType: PrincipalType
  /** Limits the assignment; empty to remove its condition. */
  condition?: string
  /** The assignment that is written again, whose other properties stay. */
  replaces?: RoleAssignment
}

/**
 * Creates a role assignment, or updates the one with the same name, scope, principal and role; Azure's answer is the same.
 * Always sends the principal type: without it, Azure can't find new identities in the directory, and refuses callers who can only assign roles to
 * service principals (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 * @param failure `AcrPull on contosoacr for aks-prod-1 could not be created`
 */
export function createRoleAssignment(
  { clients, signal }: ArmContext,
  { scope, subscriptionId, name, role, principalId, principalType, condition, replaces }: NewRoleAssignment,
  failure: string,
): Promise<RoleAssignment> {
  const parameters = {
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
    principalId,
    principalType,
    // Both empty remove a condition (learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest).
    ...(condition !== undefined && { condition, conditionVersion: condition && conditionVersion }),
    // A PUT replaces the whole assignment: what others have written there is sent again.
    ...(replaces?.description && { description: replaces.description }),
    ...(replaces?.delegatedTo && { delegatedManagedIdentityResourceId: replaces.delegatedTo }),
  }
  const asked: Asked = {
    failure,
    scope,
    action: armActions.writeRoleAssignment,
    notFound: 'REGISTRY_NOT_FOUND',
    assignment: { principalId, principalType, roleId: role.id, role: role.name },
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return askArm(clients, asked, async () => {
    const created = await roleAssignments.create(sdkScope(scope), name, parameters, { abortSignal: signal })
    return toRoleAssignment({ ...created, id: created.id ?? roleAssignmentId(scope, name) })
  })
}

/** Reads the name of the existing assignment, without dashes in most messages, from a `RoleAssignmentExists`; older messages lack it. */
export function readExistingName(message: string): string | undefined {
  const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? []
  return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Removes the leading slash, because arm-authorization 9.0.0 adds one. */
export function sdkScope(scope: string): string {
  return scope.replace(/^\//, '')
}

/** The scope in an assignment's ID; `/` for the whole tenant. */
function scopeOf(id: string): string {
  return id.replace(/\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i, '') || '/'
}

function toRoleAssignment(assignment: SdkRoleAssignment): RoleAssignment {
  const { conditionVersion: version } = assignment
  return {
    id: assignment.id ?? '',
    scope: assignment.scope ?? scopeOf(assignment.id ?? ''),
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
  return askArm(clients, asked, async () => {
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
