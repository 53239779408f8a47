// A role of an identity at a user-assigned identity.
param identity string
param principalId string
param roleId string

resource target 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identity
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
