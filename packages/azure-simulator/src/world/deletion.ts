import { sameId } from '../model/ids.js'
import type { Resource } from './resources.js'
import type { ResourceGroup } from './subscriptions.js'
import type { World } from './world.js'

/**
 * Deletes a resource and what Azure deletes with it: assignments, locks and deny assignments at it, the service
 * principal of an identity, and the node resource group of a cluster.
 */
export function deleteResource(world: World, resource: Resource): void {
  world.resources.splice(world.resources.indexOf(resource), 1)
  deleteScope(world, resource.id)
  const { principalId, nodeResourceGroup } = resource.body.properties
  if (resource.type === 'Microsoft.ManagedIdentity/userAssignedIdentities') {
    world.directory.remove(String(principalId))
  } else if (typeof nodeResourceGroup === 'string') {
    const ofNodes = groupsOf(world, resource.subscriptionId).find(({ name }) => sameId(name, nodeResourceGroup))
    if (ofNodes !== undefined) deleteResourceGroup(world, ofNodes)
  }
}

export function deleteResourceGroup(world: World, group: ResourceGroup): void {
  const groups = groupsOf(world, group.subscriptionId)
  groups.splice(groups.indexOf(group), 1)
  const within = world.resources.filter(
    resource => sameId(resource.subscriptionId, group.subscriptionId) && sameId(resource.resourceGroup, group.name),
  )
  for (const resource of within) deleteResource(world, resource)
  deleteScope(world, group.id)
}

const groupsOf = (world: World, subscriptionId: string): ResourceGroup[] =>
  world.findSubscription(subscriptionId)?.groups ?? []

function deleteScope(world: World, scope: string): void {
  const isWithin = (other: { scope: string }): boolean => world.ancestors(other.scope).includes(scope.toLowerCase())
  for (const assignment of world.assignments.all.filter(isWithin)) world.assignments.remove(assignment)
  for (const list of [world.locks, world.policies, world.denyAssignments] as { scope: string }[][]) {
    const kept = list.filter(entry => !isWithin(entry))
    list.splice(0, list.length, ...kept)
  }
}
