import { lastSegment } from 'azure'
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

/** Describes a request to read something at a scope. No code for a 404: the scope itself was read before. */
export function toRead(what: string, scope: string, action: keyof typeof armActions): Asked {
  return { failure: `${what} at ${lastSegment(scope)} could not be read`, scope, action: armActions[action] }
}

/** Removes the leading slash, because arm-authorization 9.0.0 adds one. */
export function sdkScope(scope: string): string {
  return scope.replace(/^\//, '')
}
