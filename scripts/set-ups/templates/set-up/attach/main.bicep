// An identity that attaches and detaches: it reads the cluster, and assigns pull roles at the registry, only to service principals.
targetScope = 'subscription'

// Everyone who can push to the branch in the subject can use the identity, so protect it. With an environment, so can every
// job that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
@description('Subject of the ID tokens that may sign in, or for example repo:contoso/shop:environment:production')
param subject string = 'repo:contoso/shop:ref:refs/heads/main'

@description('Resource group of the cluster, which the identity is created in')
param group string = 'rg-shop'
param cluster string = 'aks-prod-1'
param registry string = 'contosoacr'

@description('Resource group of the registry')
param registryGroup string = group

module identity '../modules/identity.bicep' = {
  name: 'attach-acr-identity'
  scope: resourceGroup(group)
  params: { name: 'gh-attach-acr', subject: subject }
}

module readCluster '../modules/cluster-role.bicep' = {
  name: 'attach-acr-read-cluster'
  scope: resourceGroup(group)
  params: {
    cluster: cluster
    principalId: identity.outputs.principalId
    roleId: '{{id reader}}' // {{name reader}}
  }
}

module assignPullRoles '../modules/registry-role.bicep' = {
  name: 'attach-acr-assign-pull-roles'
  scope: resourceGroup(registryGroup)
  params: {
    registry: registry
    principalId: identity.outputs.principalId
    roleId: '{{id accessAdministrator}}' // {{name accessAdministrator}}
    condition: '''
{{condition}}'''
  }
}

@description('The variable AZURE_CLIENT_ID of the repository')
output clientId string = identity.outputs.clientId
