// The object IDs of the pull identities of clusters, of user-assigned identities, and others.
targetScope = 'subscription'

param clusters array
param identities array
param others array

module ofCluster 'pull-identity.bicep' = [for id in clusters: {
  name: 'attach-acr-pulls-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')) }
}]

module ofIdentity 'user-identity.bicep' = [for id in identities: {
  name: 'attach-acr-pulls-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { identity: last(split(id, '/')) }
}]

output ofClusters array = [for index in range(0, length(clusters)): ofCluster[index].outputs.objectId]
output ofIdentities array = [for index in range(0, length(identities)): ofIdentity[index].outputs.objectId]
output others array = others
