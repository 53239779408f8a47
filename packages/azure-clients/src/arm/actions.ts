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
