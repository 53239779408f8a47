// What verify: pull needs in addition to attach: probe pods in the cluster, and the import of the pause image that they pull.
targetScope = 'subscription'

@description('Resource group of the identity')
param group string = 'rg-shop'

@description('The identity of attach, or of check')
param identity string = 'gh-attach-acr'

// To add a cluster or a registry to the identity, add its ID, and deploy again.
@description('Resource IDs of the clusters')
param clusters array = [
  '${subscription().id}/resourceGroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/aks-prod-1'
]

@description('Resource IDs of the registries')
param registries array = ['${subscription().id}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr']

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
    assignableScopes: union([subscription().id], map(clusters, id => join(take(split(id, '/'), 3), '/')))
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

module probe '../modules/cluster-role.bicep' = [for id in clusters: {
  name: 'attach-acr-probe-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')), principalId: github.properties.principalId, roleId: probing.name }
}]

module import '../modules/registry-role.bicep' = [for id in registries: {
  name: 'attach-acr-import-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: github.properties.principalId
    roleId: '{{id importer}}' // {{name importer}}
  }
}]
