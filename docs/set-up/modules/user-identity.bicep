// The object ID of a user-assigned identity.
param identity string

resource target 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identity
}

output objectId string = target.properties.principalId
