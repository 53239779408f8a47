// The object ID of the identity that the nodes of a cluster pull with.
param cluster string

resource target 'Microsoft.ContainerService/managedClusters@2025-03-01' existing = {
  name: cluster
}

output objectId string = target.properties.identityProfile.kubeletidentity.objectId
