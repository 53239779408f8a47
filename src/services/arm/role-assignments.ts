import { type RoleAssignment as SdkRoleAssignment } from '@azure/arm-authorization'
import { lastSegment } from '../../model/resource-id.js'
import {
  roleAssignmentId,
  type NewRoleAssignment,
  type Place,
  type RoleAssignment,
} from '../../model/role-assignment.js'
import type { Clients } from './clients.js'

/**
 * Lists what a principal holds at and above a scope, itself or through groups (nested ones too).
 * The answer has a few hundred bytes a role. Not for group IDs: Azure answers with nothing.
 * Source: learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest.
 */
export function listAssignedTo(clients: Clients, place: Place, principalId: string, signal: AbortSignal) {
  return list(clients, place, `atScope() and assignedTo('${principalId}')`, signal)
}

/** Lists everything that is assigned at and above a scope: 170 to 250 kB on real subscriptions (recorded), and it does not tell who is in a group. */
export function listAtScope(clients: Clients, place: Place, signal: AbortSignal) {
  return list(clients, place, 'atScope()', signal)
}

/** Lists what a principal, which may be a group, holds itself at, above and below a scope. */
export function listOfPrincipal(clients: Clients, place: Place, principalId: string, signal: AbortSignal) {
  return list(clients, place, `principalId eq '${principalId}'`, signal)
}

async function list(clients: Clients, { scope, subscriptionId }: Place, filter: string, abortSignal: AbortSignal) {
  const { roleAssignments } = clients.authorization(subscriptionId)
  const assignments: RoleAssignment[] = []
  for await (const assignment of roleAssignments.listForScope(sdkScope(scope), { filter, abortSignal })) {
    assignments.push(toRoleAssignment(assignment))
  }
  return assignments
}

/** Reads an assignment by its ID. */
export async function getRoleAssignment(
  clients: Clients,
  subscriptionId: string,
  id: string,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  return toRoleAssignment(
    await clients.authorization(subscriptionId).roleAssignments.getById(sdkScope(id), { abortSignal }),
  )
}

/**
 * Creates the assignment, or updates the one of that name, scope, principal and role: both answer alike.
 * The principal type is always sent: without it a new identity is not found in the directory yet, and callers whose own grant is limited to
 * service principals are refused (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 */
export async function createRoleAssignment(
  clients: Clients,
  { scope, subscriptionId, name, roleId, principalId, principalType, condition }: NewRoleAssignment,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  const parameters = {
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
    principalId,
    principalType,
    // Both empty take a condition away (learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest).
    ...(condition !== undefined && { condition, conditionVersion: condition && '2.0' }),
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  const created = await roleAssignments.create(sdkScope(scope), name, parameters, { abortSignal })
  return toRoleAssignment({ ...created, id: created.id ?? roleAssignmentId(scope, name) })
}

/** Deletes an assignment by its ID. @returns false when there was none (204). */
export async function deleteRoleAssignment(
  clients: Clients,
  subscriptionId: string,
  id: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  let status = 0
  const onResponse = (response: { status: number }): void => {
    status = response.status
  }
  await clients.authorization(subscriptionId).roleAssignments.deleteById(sdkScope(id), { abortSignal, onResponse })
  return status !== 204
}

/** Of a `RoleAssignmentExists` message: the name of the assignment that is there, which Azure prints without dashes; undefined in older messages. */
export function readExistingName(message: string): string | undefined {
  const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? []
  return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A scope as arm-authorization 9.0.0 wants it: it puts a slash before it, and with its own one the path would begin with two. */
export function sdkScope(scope: string): string {
  return scope.replace(/^\//, '')
}

function toRoleAssignment(assignment: SdkRoleAssignment): RoleAssignment {
  return {
    id: assignment.id ?? '',
    scope: assignment.scope ?? '',
    principalId: assignment.principalId ?? '',
    principalType: assignment.principalType ?? '',
    roleId: lastSegment(assignment.roleDefinitionId ?? '').toLowerCase(),
    ...(assignment.condition && { condition: assignment.condition }),
  }
}
