import { sameId } from '../../model/ids.js'
import type { Row } from './kql.js'
import { bodyOf } from '../../world/own-update.js'
import type { Resource } from '../../world/resources.js'
import type { RoleAssignment } from '../../world/role-assignments.js'
import { subscriptionIdOf } from '../../world/scopes.js'
import type { Subscription } from '../../world/subscriptions.js'
import type { World } from '../../world/world.js'
import type { Arm, ArmContext } from './context.js'

/**
 * The rows of a table that the caller has permission to read; undefined if there is no such table. Types and resource
 * groups are in lower case.
 */
export function rowsOf(
  arm: Arm,
  c: ArmContext,
  table: string,
  subscriptions: readonly Subscription[],
  scopeFilter: string,
): Row[] | undefined {
  switch (table) {
    case 'resources':
      return resources(arm, c, subscriptions)
    case 'authorizationresources':
      return roleAssignments(arm, c, subscriptions, scopeFilter)
    default:
      return undefined
  }
}

function resources(arm: Arm, c: ArmContext, subscriptions: readonly Subscription[]): Row[] {
  const { world } = arm
  return world.resources
    .filter(resource => arm.allows(c, `${resource.type}/read`, resource.id))
    .flatMap(resource => {
      const subscription = subscriptions.find(({ subscriptionId }) => sameId(subscriptionId, resource.subscriptionId))
      return subscription === undefined ? [] : [resourceRow(world, resource, subscription)]
    })
}

function resourceRow(world: World, resource: Resource, subscription: Subscription): Row {
  const { type, subscriptionId, resourceGroup } = resource
  const body = bodyOf(world, resource)
  return {
    id: body.id,
    name: body.name,
    type: type.toLowerCase(),
    tenantId: subscription.tenantId,
    kind: '',
    location: body.location,
    resourceGroup: resourceGroup.toLowerCase(),
    subscriptionId,
    managedBy: '',
    sku: body.sku ?? null,
    plan: null,
    properties: body.properties,
    tags: body.tags ?? null,
    identity: body.identity ?? null,
    zones: null,
    extendedLocation: null,
  }
}

function roleAssignments(arm: Arm, c: ArmContext, subscriptions: readonly Subscription[], scopeFilter: string): Row[] {
  const { world } = arm
  const readable = subscriptions.filter(({ id }) => arm.allows(c, 'Microsoft.Authorization/roleAssignments/read', id))
  const wantsAbove = /Above/i.test(scopeFilter)
  const wantsBelow = /Below/i.test(scopeFilter)
  const isIncluded = ({ scope }: RoleAssignment): boolean =>
    readable.some(({ id, subscriptionId }) => {
      if (sameId(scope, id)) return true
      const within = subscriptionIdOf(scope)
      return within === undefined
        ? wantsAbove && world.ancestors(id).includes(scope.toLowerCase())
        : wantsBelow && sameId(within, subscriptionId)
    })
  return world.assignments
    .listed()
    .filter(isIncluded)
    .map(
      ({
        id,
        name,
        scope,
        roleDefinitionId,
        principalId,
        principalType,
        condition,
        createdOn,
        updatedOn,
        createdBy,
        updatedBy,
      }) => ({
        id,
        name,
        type: 'microsoft.authorization/roleassignments',
        tenantId: world.tenantId,
        subscriptionId: subscriptionIdOf(scope) ?? '',
        properties: {
          scope,
          roleDefinitionId,
          principalId,
          principalType,
          condition,
          createdOn,
          updatedOn,
          createdBy,
          updatedBy,
        },
      }),
    )
}
