/** A permission in Azure Resource Manager that a request needs; docs/permissions.md lists them all. */
export interface ArmAction {
  /** Azure's own name for it: learn.microsoft.com/azure/role-based-access-control/resource-provider-operations. */
  action: string
  /** Where it is needed. */
  at: string
  /** What it is needed for. */
  why: string
  /** The inputs that need it, in Markdown. */
  neededFor: string
}

/** Every permission that the action asks Azure Resource Manager for, by what is done with it. */
export const armActions = {
  readCluster: {
    action: 'Microsoft.ContainerService/managedClusters/read',
    at: 'each cluster',
    why: 'to find the kubelet identity',
    neededFor: '`cluster`',
  },
  readIdentity: {
    action: 'Microsoft.ManagedIdentity/userAssignedIdentities/read',
    at: 'each identity',
    why: 'to find its object ID, and whether it still exists',
    neededFor: '`kubelet-identity`; otherwise recommended',
  },
  readRegistry: {
    action: 'Microsoft.ContainerRegistry/registries/read',
    at: 'each registry',
    why: 'to find the login server and role assignment mode',
    neededFor: 'always',
  },
  readRoleAssignment: {
    action: 'Microsoft.Authorization/roleAssignments/read',
    at: 'each registry',
    why: 'to find role assignments there and above',
    neededFor: 'always',
  },
  readRoleDefinition: {
    action: 'Microsoft.Authorization/roleDefinitions/read',
    at: 'each registry',
    why: 'to read roles that the action does not know by itself',
    neededFor: '`role` with such a role; otherwise recommended',
  },
  writeRoleAssignment: {
    action: 'Microsoft.Authorization/roleAssignments/write',
    at: 'each registry',
    why: 'to assign the pull role, or to widen its condition',
    neededFor: '`attach`, if the role is missing',
  },
  deleteRoleAssignment: {
    action: 'Microsoft.Authorization/roleAssignments/delete',
    at: 'each registry',
    why: 'to delete the pull role',
    neededFor: '`detach`, if there is one',
  },
  writeRegistry: {
    action: 'Microsoft.ContainerRegistry/registries/write',
    at: 'resource group of a registry',
    why: 'to create it',
    neededFor: '`create-registry`, if the registry is missing',
  },
  importImage: {
    action: 'Microsoft.ContainerRegistry/registries/importImage/action',
    at: 'each registry',
    why: 'to import into it',
    neededFor: '`images` in `attach`, if an image is missing',
  },
  readResourceGroup: {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    at: 'resource group of a registry',
    why: 'to find the region',
    neededFor: '`create-registry` without `location`',
  },
  readKubeconfig: {
    action: 'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
    at: 'each cluster',
    why: 'to get the kubeconfig',
    neededFor: '`verify` set to `pull`, with kubectl',
  },
  runCommand: {
    action: 'Microsoft.ContainerService/managedClusters/runCommand/action',
    at: 'each cluster',
    why: 'to run a command inside it',
    neededFor: '`verify` set to `pull`, with Run Command',
  },
  readCommandResult: {
    action: 'Microsoft.ContainerService/managedClusters/commandResults/read',
    at: 'each cluster',
    why: 'to get its result',
    neededFor: '`verify` set to `pull`, with Run Command',
  },
} as const satisfies Record<string, ArmAction>
