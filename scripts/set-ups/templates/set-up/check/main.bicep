// A read-only identity for mode: check.
targetScope = 'subscription'

@description('Subject of the ID tokens that may sign in')
param subject string = 'repo:contoso/shop:ref:refs/heads/main'

@description('Resource group that the identity is created in')
param group string = 'rg-shop'

module identity '../modules/identity.bicep' = {
  name: 'attach-acr-check-identity'
  scope: resourceGroup(group)
  params: { name: 'gh-attach-acr-check', subject: subject }
}

resource reading 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, '{{name reading}}')
  properties: {
    roleName: '{{name reading}}'
    description: '{{description reading}}'
    type: 'CustomRole'
    assignableScopes: [subscription().id]
    permissions: [
      {
        actions: [
          {{actions reading}}
        ]
      }
    ]
  }
}

module read '../modules/subscription-role.bicep' = {
  name: 'attach-acr-read'
  params: { principalId: identity.outputs.principalId, roleDefinitionId: reading.id }
}

@description('The variable AZURE_CHECK_CLIENT_ID of the repository')
output clientId string = identity.outputs.clientId
