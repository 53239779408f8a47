import { ConditionSyntaxError, parseCondition } from '../../world/conditions.js'
import { isGuid, lastSegment, sameId } from '../../model/ids.js'
import { findRole } from '../../model/role-definitions.js'
import type { Principal, PrincipalType } from '../../world/directory.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { Arm, ArmContext } from './context.js'
import { armErrors } from './errors.js'
import { findResource } from './resources.js'

export interface AssignmentRequest {
  readonly roleDefinitionId: string
  readonly principalId: string
  readonly principalType: PrincipalType
  /** Undefined if the request has none; null if it removes one. */
  readonly condition: string | null | undefined
  readonly conditionVersion: string | null | undefined
  readonly description: string | null
  readonly delegatedManagedIdentityResourceId: string | null
}

/** ARM looks up the extended resource before the provider sees the request. */
export function checkScopeExists(arm: Arm, c: ArmContext, scope: string): void {
  const [, subscription, group, type, name] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)(?:\/providers\/([^/]+\/[^/]+)\/([^/]+))?$/i.exec(scope) ?? []
  if (subscription === undefined || group === undefined) return
  if (type === undefined || name === undefined) arm.resourceGroup(c, subscription, group)
  else findResource(arm, c, type, subscription, group, name)
}

/** A subscription has a limit of assignments, including those of its groups and resources. */
export function checkLimit(arm: Arm, scope: string): void {
  const subscriptionId = subscriptionIdOf(scope)?.toLowerCase()
  const { assignments, roleAssignmentLimit } = arm.world
  const held = assignments.all.filter(
    assignment => subscriptionIdOf(assignment.scope)?.toLowerCase() === subscriptionId,
  )
  if (subscriptionId !== undefined && held.length >= roleAssignmentLimit) throw armErrors.roleAssignmentLimitExceeded()
}

/** Checks the body of a PUT in the known precedence of Azure's errors. */
export function readAssignmentRequest(arm: Arm, scope: string, name: string, body: unknown): AssignmentRequest {
  if (!isGuid(name)) throw armErrors.invalidRoleAssignmentId(name)
  const properties = (body as { properties?: Record<string, unknown> } | undefined)?.properties
  const { roleDefinitionId, principalId, principalType } = properties ?? {}
  if (properties === undefined || typeof roleDefinitionId !== 'string' || typeof principalId !== 'string') {
    throw armErrors.invalidRequestContent(
      'The request content was invalid: properties.roleDefinitionId and properties.principalId are required.',
    )
  }
  const text = (key: string): string | null => {
    const value = properties[key]
    return typeof value === 'string' ? value : null
  }
  const role = findRole(arm.world.roles, lastSegment(roleDefinitionId))
  if (role === undefined) throw armErrors.roleDefinitionDoesNotExist(lastSegment(roleDefinitionId))
  if (!isGuid(principalId)) throw armErrors.invalidPrincipalId(principalId)
  const principal = findPrincipal(arm, principalId, principalType)
  if (typeof principalType === 'string' && principal.type !== principalType) {
    throw armErrors.unmatchedPrincipalType(principalId, principal.type, principalType)
  }
  // "To delete a condition, set both to an empty string or null" (conditions-role-assignments-rest.md).
  const condition = 'condition' in properties ? text('condition') || null : undefined
  const conditionVersion = 'conditionVersion' in properties ? text('conditionVersion') || null : undefined
  checkCondition(condition ?? null, conditionVersion ?? null)
  return {
    roleDefinitionId: qualifiedRoleId(scope, role.name),
    principalId,
    principalType: principal.type,
    condition,
    conditionVersion,
    description: text('description'),
    delegatedManagedIdentityResourceId: text('delegatedManagedIdentityResourceId'),
  }
}

/** The role's ID as ARM stores it: below the scope's subscription, whatever form the request used. */
function qualifiedRoleId(scope: string, name: string): string {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? ''
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${name}`
}

/** A principal type in the request avoids waiting for the directory's replication, unless the world is strict. */
function findPrincipal(arm: Arm, principalId: string, principalType: unknown): Principal {
  const { world } = arm
  const principal = world.directory.find(principalId)
  const now = Date.now()
  if (principal === undefined || !sameId(principal.tenantId, world.tenantId) || principal.hiddenUntil > now) {
    throw armErrors.principalNotFound(principalId, world.tenantId)
  }
  const isReplicated = principal.createdAt + world.timing.directoryReplicationMs <= now
  if (!isReplicated && (typeof principalType !== 'string' || world.strictDirectory)) {
    throw armErrors.principalNotFound(principalId, world.tenantId)
  }
  return principal
}

/** "A condition can be up to 8 KB long" (azure-docs `role-based-access-control/conditions-faq.md`). */
const maxConditionBytes = 8192

function checkCondition(condition: string | null, version: string | null): void {
  if (condition === null) {
    if (version !== null) throw armErrors.invalidCondition('A conditionVersion needs a condition.')
    return
  }
  if (Buffer.byteLength(condition) > maxConditionBytes) throw armErrors.invalidCondition('It is longer than 8 KB.')
  if (version !== '2.0') throw armErrors.invalidCondition("The conditionVersion must be '2.0'.")
  try {
    parseCondition(condition)
  } catch (error) {
    if (error instanceof ConditionSyntaxError) throw armErrors.invalidCondition(error.message)
    throw error
  }
}
