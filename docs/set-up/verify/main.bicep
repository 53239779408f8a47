// What verify: pull needs in addition to attach: probe pods in the cluster, and the import of the pause image that they pull.
targetScope = 'subscription'

@description('Resource group of the cluster, which the identity is in')
param group string = 'rg-shop'

@description('The identity of attach, or of check')
param identity string = 'gh-attach-acr'
param cluster string = 'aks-prod-1'
param registry string = 'contosoacr'

@description('Resource group of the registry')
param registryGroup string = group

resource github 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identity
  scope: resourceGroup(group)
}

resource probing 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'AKS Probe')
  properties: {
    roleName: 'AKS Probe'
    description: 'Lets attach-acr prove that nodes pull'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      {
        actions: [
          'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'
          'Microsoft.ContainerService/managedClusters/runCommand/action'
          'Microsoft.ContainerService/managedClusters/commandResults/read'
        ]
        dataActions: [
          'Microsoft.ContainerService/managedClusters/nodes/read'
          'Microsoft.ContainerService/managedClusters/events/read'
          'Microsoft.ContainerService/managedClusters/pods/read'
          'Microsoft.ContainerService/managedClusters/pods/write'
          'Microsoft.ContainerService/managedClusters/pods/delete'
        ]
      }
    ]
  }
}

module probe '../modules/cluster-role.bicep' = {
  name: 'attach-acr-probe'
  scope: resourceGroup(group)
  params: { cluster: cluster, principalId: github.properties.principalId, roleId: probing.name }
}

module import '../modules/registry-role.bicep' = {
  name: 'attach-acr-import'
  scope: resourceGroup(registryGroup)
  params: {
    registry: registry
    principalId: github.properties.principalId
    roleId: '577a9874-89fd-4f24-9dbd-b5034d0ad23a' // Container Registry Data Importer and Data Reader
  }
}
