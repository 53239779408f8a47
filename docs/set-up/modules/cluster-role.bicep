// A role of an identity at a cluster.
param cluster string
param principalId string
param roleId string

resource target 'Microsoft.ContainerService/managedClusters@2025-03-01' existing = {
  name: cluster
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(target.id, principalId, roleId)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}
