import { describe, expect, it } from 'vitest'
import * as clusterCommands from '../src/az-commands.js'
import { delegationCondition } from '../src/delegation-condition.js'
import { builtInRoles } from '../src/roles.js'
import * as directoryCommands from '../src/az-directory-commands.js'
import * as imageCommands from '../src/az-image-commands.js'
import * as roleCommands from '../src/az-role-commands.js'

const az = { ...clusterCommands, ...directoryCommands, ...imageCommands, ...roleCommands }

const guid = '11111111-2222-4333-8444-555555555555'
const group = `/subscriptions/${guid}/resourceGroups/rg`
const cluster = `${group}/providers/Microsoft.ContainerService/managedClusters/aks-1`
const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/contosoacr`
const s = `--subscription ${guid}`

const inGroup = `${s} --resource-group rg`
const acrs = 'az acr list --query "[].id" --output tsv'
const given = { objectId: '', type: 'x', role: 'AcrPull', scope: '/' }

// Their options are those of the Azure CLI itself, which the conformance tests hold against its own command table.
const commands: [made: string, expected: string][] = [
  [az.aksCommand('show', cluster, '--query fqdn'), `az aks show ${inGroup} --name aks-1 --query fqdn`],
  [az.aksCommand('start', cluster), `az aks start ${inGroup} --name aks-1`],
  [az.aksCommand('start', 'x'), 'az aks list --output table'],
  [az.showAssignmentCommand('/a b'), "az rest --method get --url '/a b?api-version=2022-04-01'"],
  [az.nodePoolCommand('list', cluster), `az aks nodepool list ${inGroup} --cluster-name aks-1`],
  [az.nodePoolCommand('show', cluster, 'apps'), `az aks nodepool show ${inGroup} --cluster-name aks-1 --name apps`],
  [az.nodePoolCommand('show', 'x', 'apps'), 'az aks list --output table'],
  [
    az.createRoleAssignmentCommand({ ...given, name: 'app' }),
    'az role assignment create --assignee app \\\n  --role AcrPull --scope /',
  ],
  [az.createRoleAssignmentCommand(given), 'az role assignment create --assignee "" \\\n  --role AcrPull --scope /'],
  [
    az.listMembersCommand('g'),
    'az ad group member list --group g --query "[].{name:displayName, objectId:id}" --output table',
  ],
  [
    az.listRoleAssignmentChangesCommand(registry),
    `az monitor activity-log list ${inGroup} --offset 7d --query "[?contains(operationName.value, 'roleAssignments')].{time:eventTimestamp, who:caller, what:operationName.value, on:resourceId}" --output table`,
  ],
  [az.acrCommand('show', registry), `az acr show --name contosoacr ${s}`],
  [az.acrCommand('show', 'x'), acrs],
  [
    az.listNetworkRulesCommand(registry),
    `az acr network-rule list --name contosoacr --query "ipRules[].ipAddressOrRange" --output tsv ${s}`,
  ],
  [
    az.listPrivateEndpointsCommand(registry),
    `az acr private-endpoint-connection list --registry-name contosoacr --query "[].{name: name, state: privateLinkServiceConnectionState.status}" --output table ${s}`,
  ],
  [
    az.acrCommand('config authentication-as-arm show', registry),
    `az acr config authentication-as-arm show --registry contosoacr ${s}`,
  ],
  [
    az.listTagsCommand(registry, 'team/app'),
    `az acr repository show-tags --name contosoacr --repository team/app --output table ${s}`,
  ],
  [az.showImageCommand(registry, 'app:1'), `az acr repository show --name contosoacr --image app:1 ${s}`],
  [az.acrCommand('cache list', registry, '-o json'), `az acr cache list --registry contosoacr -o json ${s}`],
  [az.acrCommand('cache list', 'x'), acrs],
  [
    az.listManifestsCommand(registry, 'app'),
    `az acr manifest list-metadata --registry contosoacr --name app --orderby time_desc ${s}`,
  ],
  [az.listManifestsCommand('x', 'app'), acrs],
  [az.addGroupMemberCommand('g', 'p'), 'az ad group member add --group g --member-id p'],
  [az.kubectlCommand('get', 'ns', 'a b'), "kubectl get 'a b' --namespace ns"],
]

it.each(commands)('%s', (made, expected) => {
  expect(made).toBe(expected)
})

describe('the condition for assigning roles', () => {
  const { acrPull, repositoryReader } = builtInRoles

  const roles = `:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${acrPull.id}, ${repositoryReader.id}}`
  const never = "AND\n(!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))"

  it('allows pull roles for these principals, and deletes nothing', () => {
    const condition = delegationCondition({ principalIds: [guid, guid] })
    expect(condition).toContain(`(@Request[Microsoft.Authorization/roleAssignments${roles} AND`)
    expect(condition).toContain(`:PrincipalId] ForAnyOfAnyValues:GuidEquals {${guid}}`)
    expect(condition).not.toContain('PrincipalType')
    expect(condition.endsWith(never)).toBe(true)
  })

  it('deletes what it can assign, where asked', () => {
    const [write = '', remove] = delegationCondition({ principalIds: [guid], deletes: true }).split(
      /(?<=\)) AND\n(?=\(\()/,
    )
    expect(remove).toBe(
      write.replaceAll('@Request', '@Resource').replace('roleAssignments/write', 'roleAssignments/delete'),
    )
  })

  it('allows other roles, types of principals, and both types and principals', () => {
    const more = delegationCondition({ roleIds: [guid, acrPull.id], principalTypes: ['ServicePrincipal', 'Group'] })
    expect(more).toContain(`{${acrPull.id}, ${repositoryReader.id}, ${guid}}`)
    expect(more).toContain(
      "AND\n  @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal', 'Group'}))",
    )
    expect(delegationCondition({ principalTypes: ['Group'], principalIds: [guid] })).toContain(
      `{'Group'} OR\n   @Request[Microsoft.Authorization/roleAssignments:PrincipalId] ForAnyOfAnyValues:GuidEquals {${guid}})))`,
    )
  })
})
