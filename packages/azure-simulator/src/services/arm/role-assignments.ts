import type { Hono } from 'hono'
import { armTimestamp, sameId } from '../../model/ids.js'
import type { PermissionRequest } from '../../world/permissions.js'
import type { RoleAssignment } from '../../world/role-assignments.js'
import type { Arm, ArmContext, ArmEnvironment } from './context.js'
import { armErrors } from './errors.js'
import { extensionRoute, scopeOf } from './path.js'
import {
  checkLimit,
  checkScopeExists,
  readAssignmentRequest,
  type AssignmentRequest,
} from './role-assignment-request.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { World } from '../../world/world.js'

const type = 'Microsoft.Authorization/roleAssignments'

/** Role assignments: list, get, create or update, delete (api-version 2022-04-01). */
export function roleAssignmentRoutes(app: Hono<ArmEnvironment>, arm: Arm): void {
  const { world } = arm
  const { assignments } = world

  app.get(`${extensionRoute}/roleAssignments`, c => {
    const scope = scopeOf(c.req.url)
    arm.authorize(c, `${type}/read`, scope)
    checkScopeExists(arm, c, scope)
    const matches = parseAssignmentFilter(world, scope, c.req.query('$filter'))
    return c.json(arm.page(c, assignments.listed().filter(matches).map(assignmentBody)))
  })

  app.get(`${extensionRoute}/roleAssignments/:name`, c => {
    const { scope, id, name } = target(c)
    arm.authorize(c, `${type}/read`, scope, { asScope: id })
    const found = assignments
      .listed()
      .find(assignment => sameId(assignment.name, name) && sameId(assignment.scope, scope))
    if (found === undefined) throw armErrors.roleAssignmentNotFound(name)
    return c.json(assignmentBody(found))
  })

  app.put(`${extensionRoute}/roleAssignments/:name`, async c => {
    const { scope, id, name } = target(c)
    const body: unknown = await c.req.json().catch(() => undefined)
    arm.authorize(c, `${type}/write`, scope, { asScope: id, attributes: { request: requestAttributes(body) } })
    checkScopeExists(arm, c, scope)
    arm.checkLocks(id, 'write', scope)
    arm.checkPolicies(c, name, type, scope)
    const request = readAssignmentRequest(arm, scope, name, body)
    if (isOfOtherTenant(world, scope, request.principalId))
      throw armErrors.authorizationFailed(c.get('caller'), `${type}/write`, id)
    const existing = assignments.findByName(name)
    if (existing !== undefined) {
      const updated = update(c, existing, scope, request)
      // As if it were new; a GET has its old date (recorded by azure-service-operator, azure-powershell and azure-cli).
      return c.json(answerToPut({ ...updated, createdOn: updated.updatedOn }), 201)
    }
    const same = assignments.findSame(scope, request.principalId, request.roleDefinitionId)
    if (same !== undefined) throw armErrors.roleAssignmentExists(same.name)
    checkLimit(arm, scope)
    const { propagationMs, readAfterWriteMs } = world.timing
    const created = assignments.add({
      ...request,
      condition: request.condition ?? null,
      conditionVersion: request.conditionVersion ?? null,
      name,
      scope,
      by: c.get('caller').objectId,
      effectiveInMs: propagationMs,
      visibleInMs: readAfterWriteMs,
    })
    return c.json(answerToPut(created), 201)
  })

  app.delete(`${extensionRoute}/roleAssignments/:name`, c => {
    const { scope, id, name } = target(c)
    const existing = assignments.all.find(
      assignment => sameId(assignment.name, name) && sameId(assignment.scope, scope),
    )
    arm.authorize(c, `${type}/delete`, scope, {
      asScope: id,
      attributes: existing === undefined ? {} : { resource: resourceAttributes(existing) },
    })
    arm.checkLocks(id, 'delete', scope)
    if (existing === undefined) return c.body(null, 204)
    const { propagationMs, readAfterWriteMs } = world.timing
    assignments.remove(existing, { listedForMs: readAfterWriteMs, effectiveForMs: propagationMs })
    return c.json(assignmentBody(existing))
  })
}

/**
 * Whether a subscription is delegated to the principal's tenant: with Azure Lighthouse, roles can only be assigned "to a managed identity in the customer
 * tenant" (azure-docs `lighthouse/concepts/tenants-users-roles.md`). How Azure words the refusal is not documented.
 */
function isOfOtherTenant(world: World, scope: string, principalId: string): boolean {
  const subscription = world.findSubscription(subscriptionIdOf(scope) ?? '')
  const principal = world.directory.find(principalId)
  return subscription !== undefined && principal !== undefined && !sameId(subscription.tenantId, principal.tenantId)
}

function target(c: ArmContext): { scope: string; id: string; name: string } {
  const scope = scopeOf(c.req.url)
  const name = c.req.param('name') ?? ''
  return { scope, name, id: `${scope === '/' ? '' : scope}/providers/${type}/${name}` }
}

/** Repeating the name with the same scope, role and principal is an update; otherwise it is refused. */
function update(c: ArmContext, existing: RoleAssignment, scope: string, request: AssignmentRequest): RoleAssignment {
  const isSame =
    sameId(existing.scope, scope) &&
    sameId(existing.principalId, request.principalId) &&
    sameId(existing.roleDefinitionId.slice(-36), request.roleDefinitionId.slice(-36))
  if (!isSame) throw armErrors.roleAssignmentUpdateNotPermitted()
  // Azure doesn't document whether an update resets an omitted condition. Here it stays, so that nobody relies on it.
  if (request.condition !== undefined) {
    existing.condition = request.condition
    existing.conditionVersion = request.conditionVersion ?? null
  }
  existing.description = request.description
  existing.delegatedManagedIdentityResourceId = request.delegatedManagedIdentityResourceId
  existing.updatedOn = armTimestamp(Date.now())
  existing.updatedBy = c.get('caller').objectId
  return existing
}

/** It doesn't have the creator yet (recorded). */
const answerToPut = (assignment: RoleAssignment) => assignmentBody({ ...assignment, createdBy: null })

function assignmentBody(assignment: RoleAssignment): {
  properties: Record<string, unknown>
  id: string
  type: string
  name: string
} {
  const { id, name } = assignment
  return {
    properties: {
      roleDefinitionId: assignment.roleDefinitionId,
      principalId: assignment.principalId,
      principalType: assignment.principalType,
      scope: assignment.scope,
      condition: assignment.condition,
      conditionVersion: assignment.conditionVersion,
      createdOn: assignment.createdOn,
      updatedOn: assignment.updatedOn,
      createdBy: assignment.createdBy,
      updatedBy: assignment.updatedBy,
      delegatedManagedIdentityResourceId: assignment.delegatedManagedIdentityResourceId,
      description: assignment.description,
    },
    id,
    type,
    name,
  }
}

type Attributes = NonNullable<NonNullable<PermissionRequest['attributes']>['request']>

/**
 * The attributes of a write for conditions on delegated role assignment: the values as sent, so an omitted principal
 * type has no value.
 */
function requestAttributes(body: unknown): Attributes {
  const properties = (body as { properties?: Record<string, unknown> } | undefined)?.properties ?? {}
  const text = (name: string): string | undefined =>
    typeof properties[name] === 'string' ? properties[name] : undefined
  return {
    [`${type}:RoleDefinitionId`]: text('roleDefinitionId')?.slice(-36),
    [`${type}:PrincipalId`]: text('principalId'),
    [`${type}:PrincipalType`]: text('principalType'),
  }
}

function resourceAttributes(assignment: RoleAssignment): Attributes {
  return {
    [`${type}:RoleDefinitionId`]: assignment.roleDefinitionId.slice(-36),
    [`${type}:PrincipalId`]: assignment.principalId,
    [`${type}:PrincipalType`]: assignment.principalType,
  }
}

/**
 * The filters of the role assignment list (azure-docs `role-based-access-control/role-assignments-list-rest.md`).
 * Without a filter, and with `principalId eq`, the list has assignments at, above and below the scope; `atScope()`
 * leaves out those below; `assignedTo()` adds those that a user or service principal has through groups, including
 * nested ones. `atScope()` can only be joined with `assignedTo()`.
 */
function parseAssignmentFilter(world: World, scope: string, filter = ''): (assignment: RoleAssignment) => boolean {
  const above = new Set(world.ancestors(scope))
  const isAtOrAbove = (assignment: RoleAssignment): boolean => above.has(assignment.scope.toLowerCase())
  const isBelow = (assignment: RoleAssignment): boolean =>
    world.ancestors(assignment.scope).includes(scope.toLowerCase())
  const isRelated = (assignment: RoleAssignment): boolean => isAtOrAbove(assignment) || isBelow(assignment)

  const text = filter.trim()
  if (text === '') return isRelated
  if (/^atScope\(\)$/i.test(text)) return isAtOrAbove
  const principalId = /^principalId\s+eq\s+'([0-9a-f-]{36})'$/i.exec(text)?.[1]
  if (principalId !== undefined)
    return assignment => sameId(assignment.principalId, principalId) && isRelated(assignment)
  const [, atScope, assignee] = /^(atScope\(\)\s+and\s+)?assignedTo\('([0-9a-f-]{36})'\)$/i.exec(text) ?? []
  if (assignee === undefined) throw armErrors.invalidFilter(filter)
  const holders = new Set(
    [assignee, ...world.directory.groupsOf(assignee, world.timing.groupListingMs)].map(id => id.toLowerCase()),
  )
  const isPlaced = atScope === undefined ? isRelated : isAtOrAbove
  // assignedTo() only accepts users and service principals.
  if (world.directory.find(assignee)?.type === 'Group') return () => false
  return assignment => holders.has(assignment.principalId.toLowerCase()) && isPlaced(assignment)
}
