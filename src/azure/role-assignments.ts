import type { RoleAssignment as SdkRoleAssignment } from '@azure/arm-authorization'
import { v5 as uuidV5 } from 'uuid'
import type { RoleAssignment } from '../state.js'
import type { Clients } from './clients.js'
import { lastSegment, normalizeId, sameId } from './resource-id.js'

const type = 'Microsoft.Authorization/roleAssignments'

/**
 * Lists what a principal holds at and above a scope, itself or through groups (nested ones too).
 * `assignedTo` keeps the answer to a few hundred bytes; a plain `atScope()` list is 170 to 250 kB on real subscriptions (recorded) and does
 * not tell who is in a group (learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest).
 */
export async function listRoleAssignments(
  clients: Clients,
  subscriptionId: string,
  scope: string,
  principalId: string,
  abortSignal: AbortSignal,
): Promise<RoleAssignment[]> {
  const { roleAssignments } = clients.authorization(subscriptionId)
  const filter = `atScope() and assignedTo('${principalId}')`
  const assignments: RoleAssignment[] = []
  for await (const assignment of roleAssignments.listForScope(sdkScope(scope), { filter, abortSignal }))
    assignments.push(toRoleAssignment(assignment))
  return assignments
}

/** Reads one assignment by its scope and name. */
export async function getRoleAssignment(
  clients: Clients,
  subscriptionId: string,
  scope: string,
  name: string,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  return toRoleAssignment(
    await clients.authorization(subscriptionId).roleAssignments.get(sdkScope(scope), name, { abortSignal }),
  )
}

/** What to assign to whom, where and under which name. */
export interface NewRoleAssignment {
  scope: string
  name: string
  roleId: string
  principalId: string
}

/**
 * Creates the assignment, or updates the one of that name, scope, principal and role: both answer alike.
 * The principal type is always sent: without it a new identity is not found in the directory yet, and callers whose own grant is limited to
 * service principals are refused (learn.microsoft.com/azure/role-based-access-control/troubleshooting).
 */
export async function createRoleAssignment(
  clients: Clients,
  subscriptionId: string,
  assignment: NewRoleAssignment,
  abortSignal: AbortSignal,
): Promise<RoleAssignment> {
  return toRoleAssignment(
    await clients.authorization(subscriptionId).roleAssignments.create(
      sdkScope(assignment.scope),
      assignment.name,
      {
        roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${assignment.roleId}`,
        principalId: assignment.principalId,
        principalType: 'ServicePrincipal',
      },
      { abortSignal },
    ),
  )
}

// Namespace of the names below; any fixed UUID does, but it must never change.
const namespace = '9d3c1f5e-6a0b-5c2d-8e47-1b2f3a4c5d6e'

/** The name (GUID) of an assignment: the same for the same scope, principal and role, so that two runs at once make one assignment. */
export function roleAssignmentName(scope: string, principalId: string, roleId: string): string {
  return uuidV5([scope, principalId, roleId].map(normalizeId).join('\n'), namespace)
}

/** Whether an assignment is of exactly that scope, principal and role: assignments are told apart by these three, never by name. */
export function isAssignmentOf(
  assignment: RoleAssignment,
  { scope, principalId, roleId }: Pick<NewRoleAssignment, 'scope' | 'principalId' | 'roleId'>,
): boolean {
  return assignment.roleId === roleId && sameId(assignment.scope, scope) && sameId(assignment.principalId, principalId)
}

/** The resource ID of an assignment. */
export function roleAssignmentId(scope: string, name: string): string {
  return `${scope}/providers/${type}/${name}`
}

/** Of a `RoleAssignmentExists` message: the name of the assignment that is there, which Azure prints without dashes; undefined in older messages. */
export function readExistingName(message: string): string | undefined {
  const [, hex] = /\bis ([0-9a-f]{32})\b/i.exec(message.replaceAll('-', '')) ?? []
  return hex?.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

// The SDK puts a slash before the scope: with its own one the path would begin with two (arm-authorization 9.0.0).
function sdkScope(scope: string): string {
  return scope.replace(/^\//, '')
}

function toRoleAssignment(assignment: SdkRoleAssignment): RoleAssignment {
  return {
    id: assignment.id ?? '',
    scope: assignment.scope ?? '',
    principalId: assignment.principalId ?? '',
    roleId: lastSegment(assignment.roleDefinitionId ?? '').toLowerCase(),
    ...(assignment.condition && { condition: assignment.condition }),
  }
}
