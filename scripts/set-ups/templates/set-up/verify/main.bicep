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
  name: guid(subscription().id, '{{name probing}}')
  properties: {
    roleName: '{{name probing}}'
    description: '{{description probing}}'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      {
        actions: [
          {{actions probing}}
        ]
        dataActions: [
          {{dataActions probing}}
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
    roleId: '{{id importer}}' // {{name importer}}
  }
}
