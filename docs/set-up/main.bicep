// The same identities as docs/set-up.sh, as managed identities. Nobody has deployed this yet: read what what-if shows.
//   az deployment sub what-if --location westeurope --template-file main.bicep --parameters group=rg-shop subject=... clusters=... registries=...
targetScope = 'subscription'

// Everyone who can push to the branch in the subject can use the identity, so protect it. With an environment, so can every
// job that names it, from any branch and pull request, unless it has required reviewers or only lets protected branches deploy.
@description('Subject of the ID tokens that may sign in: repo:contoso/shop:ref:refs/heads/main or repo:contoso/shop:environment:production')
param subject string

@description('Issuer of the ID tokens: another one for GitHub Enterprise Server')
param issuer string = 'https://token.actions.githubusercontent.com'

@description('Resource group that the identity is created in')
param group string

@description('Resource IDs of the clusters')
param clusters array

@description('Resource IDs of the registries')
param registries array

@description('attach, or check for an identity that only reads')
@allowed(['attach', 'check'])
param mode string = 'attach'

@description('With what verify: pull needs in the clusters')
param verify bool = true

@description('With the right to import images')
param images bool = true

var attaches = mode == 'attach'
// A custom role can be assigned in these subscriptions.
var subscriptions = union([subscription().id], map(concat(clusters, registries), id => join(take(split(id, '/'), 3), '/')))

module identity 'modules/identity.bicep' = {
  name: 'attach-acr-identity'
  scope: resourceGroup(group)
  params: { name: attaches ? 'gh-attach-acr' : 'gh-attach-acr-check', subject: subject, issuer: issuer }
}

// set-up attach
module readCluster 'modules/cluster-role.bicep' = [for id in attaches ? clusters : []: {
  name: 'attach-acr-read-cluster-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    cluster: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
  }
}]

module assignPullRoles 'modules/registry-role.bicep' = [for id in attaches ? registries : []: {
  name: 'attach-acr-assign-pull-roles-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168' // Role Based Access Control Administrator
    condition: '''
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR
 (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND
((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR
 (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac} AND
  @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))'''
  }
}]

// set-up verify
resource probing 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (attaches && verify) {
  name: guid(subscription().id, 'AKS Probe')
  properties: {
    roleName: 'AKS Probe'
    description: 'Lets attach-acr prove that nodes pull'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        actions: [
          'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action'
          'Microsoft.ContainerService/managedClusters/runCommand/action'
          'Microsoft.ContainerService/managedClusters/commandResults/read'
        ]
        dataActions: [
          'Microsoft.ContainerService/managedClusters/nodes/read'
          'Microsoft.ContainerService/managedClusters/events/read'
          'Microsoft.ContainerService/managedClusters/pods/read'
          'Microsoft.ContainerService/managedClusters/pods/write'
          'Microsoft.ContainerService/managedClusters/pods/delete'
        ]
      }
    ]
  }
}

module probe 'modules/cluster-role.bicep' = [for id in attaches && verify ? clusters : []: {
  name: 'attach-acr-probe-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')), principalId: identity.outputs.principalId, roleId: probing.name }
}]

// set-up images
module import 'modules/registry-role.bicep' = [for id in attaches && images ? registries : []: {
  name: 'attach-acr-import-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: '577a9874-89fd-4f24-9dbd-b5034d0ad23a' // Container Registry Data Importer and Data Reader
  }
}]

// set-up check
resource reading 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!attaches) {
  name: guid(subscription().id, 'attach-acr Reader')
  properties: {
    roleName: 'attach-acr Reader'
    description: 'Lets attach-acr read clusters, registries and role assignments'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        actions: [
          'Microsoft.ContainerService/managedClusters/read'
          'Microsoft.ManagedIdentity/userAssignedIdentities/read'
          'Microsoft.ContainerRegistry/registries/read'
          'Microsoft.Authorization/roleAssignments/read'
          'Microsoft.Authorization/roleDefinitions/read'
        ]
      }
    ]
  }
}

module checkCluster 'modules/cluster-role.bicep' = [for id in attaches ? [] : clusters: {
  name: 'attach-acr-check-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')), principalId: identity.outputs.principalId, roleId: reading.name }
}]

module checkRegistry 'modules/registry-role.bicep' = [for id in attaches ? [] : registries: {
  name: 'attach-acr-check-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { registry: last(split(id, '/')), principalId: identity.outputs.principalId, roleId: reading.name }
}]

@description('The variable AZURE_CLIENT_ID of the repository, or AZURE_CHECK_CLIENT_ID with mode check')
output clientId string = identity.outputs.clientId
