import { v5 as uuidV5 } from 'uuid'
import { normalizeId, sameId } from './resource-id.js'
import type { RoleDefinition } from './roles.js'

export type Roles = ReadonlyMap<string, RoleDefinition>

/** The desired role and repositories at a registry. */
export interface DesiredGrant {
  role: RoleDefinition
  /** Empty for all. */
  repositories: string[]
}

// Namespace of the names below: an arbitrary UUID that must never change.
const namespace = '9d3c1f5e-6a0b-5c2d-8e47-1b2f3a4c5d6e'

/**
 * The name (GUID) of an assignment: the same for the same scope, principal and role, so that concurrent runs create only one. Depends on the
 * condition, too: a run with another condition then gets a conflict instead of silently overwriting the assignment.
 */
export function roleAssignmentName(scope: string, principalId: string, roleId: string, condition = ''): string {
  const key = [scope, principalId, roleId].map(normalizeId)
  return uuidV5([...key, ...(condition ? [condition] : [])].join('\n'), namespace)
}

/** A second stable name, for when another assignment has the first one. */
export function otherRoleAssignmentName(name: string): string {
  return uuidV5(name, namespace)
}

/** Whether an assignment has exactly that scope, principal and role, which identify it; its name does not. */
export function isAssignmentOf(
  assignment: RoleAssignment,
  { scope, principalId, roleId }: Pick<RoleAssignment, 'scope' | 'principalId' | 'roleId'>,
): boolean {
  return assignment.roleId === roleId && sameId(assignment.scope, scope) && sameId(assignment.principalId, principalId)
}

export function roleAssignmentId(scope: string, name: string): string {
  return `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`
}

export type PrincipalType = 'ServicePrincipal' | 'Group'

export interface RoleAssignment {
  id: string
  scope: string
  principalId: string
  /** `User`, `Group`, `ServicePrincipal`, …, in Azure's spelling. */
  principalType: string
  /** Trailing GUID of the role definition, lower case: the rest of its ID varies by tool and level. */
  roleId: string
  /** Limits the assignment, for example to some repositories. */
  condition?: string
  /** The version of its condition, if that is another one than 2.0, whose syntax is not known. */
  conditionVersion?: string
  /** What its author wrote about it. */
  description?: string
  /** The resource with the managed identity, which then belongs to another tenant than the author, as with Azure Lighthouse. */
  delegatedTo?: string
  /** Time of the last write, in milliseconds since the epoch, if Azure reports it. */
  updatedAt?: number
}

/**
 * Whether Azure Resource Manager treats the pull identity as a member of a group, directly or through nested groups: it then lists the group's
 * assignments. Undefined if the pair's role assignments don't show it.
 */
export function isCounted(
  {
    assignments,
    isOwnOnly,
    groupAssignments,
  }: { assignments: RoleAssignment[]; isOwnOnly?: boolean; groupAssignments: RoleAssignment[] },
  groupId: string,
): boolean | undefined {
  const isOwn = ({ principalId }: RoleAssignment): boolean => sameId(principalId, groupId)
  if (assignments.some(isOwn)) return true
  return !isOwnOnly && groupAssignments.some(isOwn) ? false : undefined
}
