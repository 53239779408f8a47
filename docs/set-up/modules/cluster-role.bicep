// A role of an identity at a cluster, or in one of its namespaces.
param cluster string
param namespace string = ''
param principalId string
param roleId string

resource target 'Microsoft.ContainerService/managedClusters@2025-03-01' existing = {
  name: cluster
}

// Only a scope: what Azure RBAC for Kubernetes calls a namespace is nothing that Azure has.
resource place 'Microsoft.ContainerService/managedClusters/namespaces@2025-03-01' existing = {
  parent: target
  name: empty(namespace) ? 'default' : namespace
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (empty(namespace)) {
  name: guid(target.id, principalId, roleId)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

resource assignmentInNamespace 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(namespace)) {
  name: guid(place.id, principalId, roleId)
  scope: place
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}
