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

@description('Those of the registries whose role assignment mode is RBAC Registry + ABAC Repository Permissions')
param abacRegistries array = []

// By default, the identity can assign the pull roles to the pull identities of the clusters, and delete none.
@description('Resource IDs of user-assigned identities that it can also assign them to, of clusters to come')
param identities array = []

@description('Object IDs of the pull identities of clusters that pull with a service principal: those clusters belong in serviceClusters, too')
param principals array = []

@description('Those of the clusters that pull with a service principal')
param serviceClusters array = []

@description('Object ID of an Entra group that it can also assign them to. It must also own the group: az ad group owner add')
param pullers string = ''

@description('It can assign them to any service principal or managed identity')
param anyCluster bool = false

@description('It can also delete what it can assign')
param detach bool = false

@description('It can also import images, and so overwrite tags')
param images bool = false

@description('With what verify: pull needs in the clusters')
param verify bool = true

@description('Namespace of the probe pods')
param probeNamespace string = 'default'

@description('It can also use AKS Run Command, as private clusters need it, and so administer the clusters')
param runCommand bool = false

var attaches = mode == 'attach'
// A custom role can be assigned in these subscriptions.
var subscriptions = union([subscription().id], map(concat(clusters, registries), id => join(take(split(id, '/'), 3), '/')))

// The object IDs that it can assign the pull roles to.
module pulling 'modules/pull-identities.bicep' = {
  name: 'attach-acr-pull-identities'
  params: {
    clusters: attaches ? filter(clusters, id => !contains(serviceClusters, id)) : []
    identities: attaches ? identities : []
    others: union(principals, empty(pullers) ? [] : [pullers])
  }
}

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
    delegates: '7f951dda-4ed3-4680-a7ca-43fe172d538d, b93aa761-3e63-49ed-ac28-beffa264f7ac' // AcrPull, Container Registry Repository Reader
    principals: union(pulling.outputs.ofClusters, pulling.outputs.ofIdentities, pulling.outputs.others)
    anyone: anyCluster
    deletes: detach
  }
}]

module readImages 'modules/registry-role.bicep' = [for id in attaches ? filter(registries, each => !contains(abacRegistries, each)) : []: {
  name: 'attach-acr-read-images-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull
  }
}]

module readRepositories 'modules/registry-role.bicep' = [for id in attaches ? filter(registries, each => contains(abacRegistries, each)) : []: {
  name: 'attach-acr-read-repositories-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registry: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: 'b93aa761-3e63-49ed-ac28-beffa264f7ac' // Container Registry Repository Reader
  }
}]

// set-up identities
module readIdentity 'modules/identity-role.bicep' = [for id in attaches ? identities : []: {
  name: 'attach-acr-read-identity-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    identity: last(split(id, '/'))
    principalId: identity.outputs.principalId
    roleId: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
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
        ]
        dataActions: [
          'Microsoft.ContainerService/managedClusters/nodes/read'
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

resource probingPods 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (attaches && verify) {
  name: guid(subscription().id, 'AKS Probe Pods')
  properties: {
    roleName: 'AKS Probe Pods'
    description: 'Lets attach-acr start pods that pull'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        dataActions: [
          'Microsoft.ContainerService/managedClusters/events/read'
          'Microsoft.ContainerService/managedClusters/pods/read'
          'Microsoft.ContainerService/managedClusters/pods/write'
          'Microsoft.ContainerService/managedClusters/pods/delete'
        ]
      }
    ]
  }
}

module probePods 'modules/cluster-role.bicep' = [for id in attaches && verify ? clusters : []: {
  name: 'attach-acr-probe-pods-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')), principalId: identity.outputs.principalId, roleId: probingPods.name, namespace: probeNamespace }
}]

// set-up run-command
resource runningCommands 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (attaches && runCommand) {
  name: guid(subscription().id, 'AKS Run Command')
  properties: {
    roleName: 'AKS Run Command'
    description: 'Lets attach-acr run commands inside clusters'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        actions: [
          'Microsoft.ContainerService/managedClusters/runCommand/action'
          'Microsoft.ContainerService/managedClusters/commandResults/read'
        ]
      }
    ]
  }
}

module runCommands 'modules/cluster-role.bicep' = [for id in attaches && runCommand ? clusters : []: {
  name: 'attach-acr-run-commands-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: { cluster: last(split(id, '/')), principalId: identity.outputs.principalId, roleId: runningCommands.name }
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
