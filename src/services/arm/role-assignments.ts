import { type RoleAssignment as SdkRoleAssignment } from '@azure/arm-authorization'
import { lastSegment } from '../../model/resource-id.js'
import {
  roleAssignmentId,
  type NewRoleAssignment,
  type Place,
  type RoleAssignment,
} from '../../model/role-assignment.js'
import { repeatedHeader } from '../http/headers.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import type { Asked } from './attempt.js'
import type { Clients } from './clients.js'

/**
 * Lists what a principal holds at and above a scope, itself or through groups (nested ones too).
 * The answer has a few hundred bytes a role. Not for group IDs: Azure answers with nothing.
 * Source: learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest.
 * @throws ActionError, as all that follow
 */
export function listAssignedTo(clients: Clients, place: Place, principalId: string, signal: AbortSignal) {
  return list(clients, place, `atScope() and assignedTo('${principalId}')`, signal)
}

/** Lists everything that is assigned at and above a scope: 170 to 250 kB on real subscriptions (recorded), and it does not tell who is in a group. */
export function listAtScope(clients: Clients, place: Place, signal: AbortSignal) {
  return list(clients, place, 'atScope()', signal)
}

/**
 * Lists everything that is assigned at, above and below a scope: without a filter nothing is left out, and `atScope()` leaves out what is below
 * (learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest).
 */
export function listInAndAbove(clients: Clients, place: Place, signal: AbortSignal) {
  return list(clients, place, undefined, signal)
}

/** Lists what a principal, which may be a group, holds itself at, above and below a scope. */
export function listOfPrincipal(clients: Clients, place: Place, principalId: string, signal: AbortSignal) {
  return list(clients, place, `principalId eq '${principalId}'`, signal)
}

function list(
  clients: Clients,
  { scope, subscriptionId }: Place,
  filter: string | undefined,
  abortSignal: AbortSignal,
) {
  const name = lastSegment(scope)
  // A 404 on the list has no code of its own, because the scope itself was read before.
  const asked: Asked = {
    failure: `The role assignments at ${name} could not be read`,
    subject: name,
    scope,
    action: armActions.readRoleAssignment.action,
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return ask(clients, asked, async () => {
    const assignments: RoleAssignment[] = []
    const options = { ...(filter && { filter }), abortSignal }
    for await (const assignment of roleAssignments.listForScope(sdkScope(scope), options)) {
      assignments.push(toRoleAssignment(assignment))
    }
    return assignments
  })
}

/** Reads an assignment by its ID. */
export function getRoleAssignment(
  clients: Clients,
  { scope, subscriptionId }: Place,
  id: string,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  const name = lastSegment(scope)
  const asked: Asked = {
    failure: `A role assignment at ${name} could not be read`,
    subject: name,
    scope,
    action: armActions.readRoleAssignment.action,
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return ask(clients, asked, async () => toRoleAssignment(await roleAssignments.getById(sdkScope(id), { abortSignal })))
}

/**
 * Creates the assignment, or updates the one of that name, scope, principal and role: both answer alike.
 * The principal type is always sent: without it a new identity is not found in the directory yet, and callers whose own grant is limited to
 * service principals are refused (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 * @param failure what failed where it does: `AcrPull on contosoacr for aks-prod-1 could not be created`
 */
export function createRoleAssignment(
  clients: Clients,
  { scope, subscriptionId, name, role, principalId, principalType, condition }: NewRoleAssignment,
  failure: string,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  const parameters = {
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role.id}`,
    principalId,
    principalType,
    // Both empty take a condition away (learn.microsoft.com/azure/role-based-access-control/conditions-role-assignments-rest).
    ...(condition !== undefined && { condition, conditionVersion: condition && '2.0' }),
  }
  const asked: Asked = {
    failure,
    subject: lastSegment(scope),
    scope,
    action: armActions.writeRoleAssignment.action,
    notFound: 'REGISTRY_NOT_FOUND',
    assignment: { principalId, principalType, roleId: role.id, role: role.name },
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return ask(clients, asked, async () => {
    const created = await roleAssignments.create(sdkScope(scope), name, parameters, { abortSignal })
    return toRoleAssignment({ ...created, id: created.id ?? roleAssignmentId(scope, name) })
  })
}

interface Response {
  status: number
  headers: { get(name: string): string | undefined }
}

/**
 * Deletes an assignment by its ID.
 * @param what.failure what failed where it does: `AcrPull on contosoacr for aks-prod-1 could not be deleted`
 * @returns false when there was none.
 */
export function deleteRoleAssignment(
  clients: Clients,
  { scope, subscriptionId }: Place,
  { id, principalId, principalType, roleId }: RoleAssignment,
  { failure, role }: { failure: string; role: string },
  abortSignal: AbortSignal,
): Promise<boolean> {
  const asked: Asked = {
    failure,
    subject: lastSegment(scope),
    scope,
    action: armActions.deleteRoleAssignment.action,
    assignment: { principalId, principalType, roleId, role },
  }
  let isDeleted = false
  const onResponse = ({ status, headers }: Response): void => {
    // 204 says that there was none: after a try whose answer was lost, because that one deleted it.
    isDeleted = status !== 204 || headers.get(repeatedHeader) !== undefined
  }
  const { roleAssignments } = clients.authorization(subscriptionId)
  return ask(clients, asked, async () => {
    await roleAssignments.deleteById(sdkScope(id), { abortSignal, onResponse })
    return isDeleted
  })
}

/** Of a `RoleAssignmentExists` message: the name of the assignment that is there, which Azure prints without dashes; undefined in older messages. */
export function readExistingName(message: string): string | undefined {
  const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? []
  return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A scope without its leading slash, because arm-authorization 9.0.0 puts one before it and the path would begin with two. */
export function sdkScope(scope: string): string {
  return scope.replace(/^\//, '')
}

/** The scope at the beginning of an assignment's ID; `/` for the whole tenant. */
function scopeOf(id: string): string {
  return id.replace(/\/providers\/Microsoft\.Authorization\/roleAssignments\/[^/]+$/i, '') || '/'
}

function toRoleAssignment(assignment: SdkRoleAssignment): RoleAssignment {
  return {
    id: assignment.id ?? '',
    scope: assignment.scope ?? scopeOf(assignment.id ?? ''),
    principalId: assignment.principalId ?? '',
    principalType: assignment.principalType ?? '',
    ...(assignment.updatedOn && { updatedAt: assignment.updatedOn.getTime() }),
    roleId: lastSegment(assignment.roleDefinitionId ?? '').toLowerCase(),
    ...(assignment.condition && { condition: assignment.condition }),
  }
}
