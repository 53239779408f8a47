import { normalizeId } from 'azure'
import type { ErrorCode } from 'kernel'
import type { Asked } from '../ask.js'

/**
 * The permissions that the action asks Azure Resource Manager for, in the order of the table in docs/permissions.md, which says what needs them. The names are
 * Azure's: learn.microsoft.com/azure/role-based-access-control/resource-provider-operations.
 */
export const armActions = {
  readCluster: 'Microsoft.ContainerService/managedClusters/read',
  readIdentity: 'Microsoft.ManagedIdentity/userAssignedIdentities/read',
  readRegistry: 'Microsoft.ContainerRegistry/registries/read',
  readRoleAssignment: 'Microsoft.Authorization/roleAssignments/read',
  readRoleDefinition: 'Microsoft.Authorization/roleDefinitions/read',
  writeRoleAssignment: 'Microsoft.Authorization/roleAssignments/write',
  deleteRoleAssignment: 'Microsoft.Authorization/roleAssignments/delete',
  writeRegistry: 'Microsoft.ContainerRegistry/registries/write',
  importImage: 'Microsoft.ContainerRegistry/registries/importImage/action',
  readResourceGroup: 'Microsoft.Resources/subscriptions/resourceGroups/read',
  readKubeconfig: 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
  runCommand: 'Microsoft.ContainerService/managedClusters/runCommand/action',
  readCommandResult: 'Microsoft.ContainerService/managedClusters/commandResults/read',
} as const

/** The scope of a resource group or, if that is empty, of a subscription. */
export function scopeOf(subscriptionId: string, resourceGroup = ''): string {
  return `/subscriptions/${subscriptionId}${resourceGroup && `/resourceGroups/${resourceGroup}`}`
}

/** `resource group rg-shop`, or the subscription if there is none. */
export function namePlace(subscriptionId: string, resourceGroup = ''): string {
  return resourceGroup ? `resource group ${resourceGroup}` : `subscription ${subscriptionId}`
}

/** Describes a request to list something in such a scope. */
export function toList(what: string, scope: string, action: string, notFound?: ErrorCode): Asked {
  const [, , subscriptionId = '', , resourceGroup = `subscription ${subscriptionId}`] = scope.split('/')
  return { failure: `${what} of ${resourceGroup} could not be listed`, scope, action, notFound }
}

/** Describes a request to read something: `toRead('The registry contosoacr', …)`. */
export function toRead(what: string, scope: string, action: string, notFound?: ErrorCode): Asked {
  return { failure: `${what} could not be read`, scope, action, notFound }
}

/**
 * Reads all pages of a list. A resource that several pages show, as happens when others are created or deleted meanwhile, counts once. `Array.fromAsync`
 * needs Node 22.
 */
export async function collect<T extends { id?: string }, U>(
  pages: AsyncIterable<T>,
  convert: (item: T) => U,
): Promise<U[]> {
  const items: U[] = []
  const seen = new Set<string>()
  for await (const item of pages) {
    const id = normalizeId(item.id ?? '')
    if (id !== '' && seen.has(id)) continue
    seen.add(id)
    items.push(convert(item))
  }
  return items
}
