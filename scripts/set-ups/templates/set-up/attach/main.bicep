// An identity that attaches and detaches: it reads the cluster, and assigns pull roles at the registry, only to service principals.
targetScope = 'subscription'

// Everyone who can push to the branch in the subject can use the identity, so protect it. With an environment, so can every
// job that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
@description('Subject of the ID tokens that may sign in, or for example repo:contoso/shop:environment:production')
param subject string = 'repo:contoso/shop:ref:refs/heads/main'

@description('Resource group that the identity is created in')
param group string = 'rg-shop'

// To add a cluster or a registry to the identity, add its ID, and deploy again.
@description('Resource IDs of the clusters')
param clusters array = [
  '${subscription().id}/resourceGroups/rg-shop/providers/Microsoft.ContainerService/managedClusters/aks-prod-1'
]

@description('Resource IDs of the registries')
param registries array = ['${subscription().id}/resourceGroups/rg-shop/providers/Microsoft.ContainerRegistry/registries/contosoacr']

module identity '../modules/identity.bicep' = {
  name: 'attach-acr-identity'
  scope: resourceGroup(group)
  params: { name: 'gh-attach-acr', subject: subject }
}

module readCluster '../modules/cluster-role.bicep' = [for id in clusters: {
  name: 'attach-acr-read-cluster-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    cluster: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: '{{id reader}}' // {{name reader}}
  }
}]

module assignPullRoles '../modules/registry-role.bicep' = [for id in registries: {
  name: 'attach-acr-assign-pull-roles-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: '{{id accessAdministrator}}' // {{name accessAdministrator}}
    condition: '''
{{condition}}'''
  }
}]

@description('The variable AZURE_CLIENT_ID of the repository')
output clientId string = identity.outputs.clientId
