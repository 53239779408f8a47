import { v5 as uuidV5 } from 'uuid'
import type { Registry } from './registry.js'
import { normalizeId, sameId } from './resource-id.js'
import type { RoleDefinition } from './roles.js'

export type Roles = ReadonlyMap<string, RoleDefinition>

/** The role and the repositories that are wanted at a registry. */
export interface Wanted {
  role: RoleDefinition
  /** Empty means all. */
  repositories: string[]
}

/** Where assignments and role definitions are listed: a scope, and its subscription. */
export interface Place {
  scope: string
  subscriptionId: string
}

/** A role assignment to be written: role, principal, scope, name and condition. */
export interface NewRoleAssignment extends Place {
  name: string
  role: { id: string; name: string }
  principalId: string
  principalType: PrincipalType
  /** Limits the assignment; empty to take away the condition that it has. */
  condition?: string
}

// Namespace of the names below; any fixed UUID does, but it must never change.
const namespace = '9d3c1f5e-6a0b-5c2d-8e47-1b2f3a4c5d6e'

/**
 * The name (GUID) of an assignment: the same for the same scope, principal and role, so that two runs at once make one assignment. A limited
 * one is named after its condition too: a run with other limits then learns that there is one, instead of overwriting it unseen.
 */
export function roleAssignmentName(scope: string, principalId: string, roleId: string, condition = ''): string {
  const key = [scope, principalId, roleId].map(normalizeId)
  return uuidV5([...key, ...(condition ? [condition] : [])].join('\n'), namespace)
}

/** A second name, equally stable, used where another assignment has the first one. */
export function otherRoleAssignmentName(name: string): string {
  return uuidV5(name, namespace)
}

/** Whether an assignment is of exactly that scope, principal and role: assignments are told apart by these three, never by name. */
export function isAssignmentOf(
  assignment: RoleAssignment,
  { scope, principalId, roleId }: Pick<RoleAssignment, 'scope' | 'principalId' | 'roleId'>,
): boolean {
  return assignment.roleId === roleId && sameId(assignment.scope, scope) && sameId(assignment.principalId, principalId)
}

/** The resource ID of an assignment. */
export function roleAssignmentId(scope: string, name: string): string {
  return `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
}

/** Where a registry's assignments and roles are listed. */
export function placeOf({ id, subscriptionId }: Pick<Registry, 'id' | 'subscriptionId'>): Place {
  return { scope: id, subscriptionId }
}

export type PrincipalType = 'ServicePrincipal' | 'Group'

export interface RoleAssignment {
  /** Resource ID. */
  id: string
  scope: string
  principalId: string
  /** `User`, `Group`, `ServicePrincipal`, … as Azure answered it. */
  principalType: string
  /** Trailing GUID of the role definition, lower case: the rest of its ID varies by tool and level. */
  roleId: string
  /** Limits the assignment to some repositories or to other circumstances. */
  condition?: string
  /** When it was last written, in milliseconds since the epoch; absent where Azure does not say. */
  updatedAt?: number
}
