// A role of an identity at a registry. With delegates, it can only assign these roles, to these principals or to anyone.
param registry string
param principalId string
param roleId string
param delegates string = ''
param principals array = []
param anyone bool = false
param deletes bool = false

var request = '@Request[Microsoft.Authorization/roleAssignments'
var old = '@Resource[Microsoft.Authorization/roleAssignments'
var toAnyone = ':PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'}'
var toThem = ':PrincipalId] ForAnyOfAnyValues:GuidEquals {${join(principals, ', ')}}'
var isBoth = anyone && !empty(principals)
var only = anyone ? toAnyone : toThem
var written = isBoth ? '(${request}${toAnyone} OR ${request}${toThem})' : '${request}${only}'
var deleted = isBoth ? '(${old}${toAnyone} OR ${old}${toThem})' : '${old}${only}'
var roles = ':RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${delegates}}'
var write = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (${request}${roles} AND ${written}))'
var remove = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (${old}${roles} AND ${deleted}))'
var never = '(!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'}))'
var condition = empty(delegates) ? '' : '${write} AND ${deletes ? remove : never}'

resource target 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registry
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(target.id, principalId, roleId)
  scope: target
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    condition: empty(condition) ? null : condition
    conditionVersion: empty(condition) ? null : '2.0'
  }
}
