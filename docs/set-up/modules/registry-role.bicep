// A role of an identity at a registry, with a condition if there is one.
param registry string
param principalId string
param roleId string
param condition string = ''

resource target 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registry
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(target.id, principalId, roleId)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    condition: empty(condition) ? null : condition
    conditionVersion: empty(condition) ? null : '2.0'
  }
}
