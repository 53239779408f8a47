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
    roleId: '{{id reader}}' // {{name reader}}
  }
}]

module assignPullRoles 'modules/registry-role.bicep' = [for id in attaches ? registries : []: {
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

// set-up verify
resource probing 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (attaches && verify) {
  name: guid(subscription().id, '{{name probing}}')
  properties: {
    roleName: '{{name probing}}'
    description: '{{description probing}}'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        actions: [
          {{actions probing}}
        ]
        dataActions: [
          {{dataActions probing}}
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
    roleId: '{{id importer}}' // {{name importer}}
  }
}]

// set-up check
resource reading 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!attaches) {
  name: guid(subscription().id, '{{name reading}}')
  properties: {
    roleName: '{{name reading}}'
    description: '{{description reading}}'
    type: 'CustomRole'
    assignableScopes: subscriptions
    permissions: [
      {
        actions: [
          {{actions reading}}
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
