import { describe, expect } from 'vitest'
import { graphRequests, held, letDeploy, roleIds } from '../../support/estate.js'
import { armRequests, expectAttached, it } from '../../support/scenario.js'

const clouds = [
  ['AzureUSGovernment', 'management.usgovcloudapi.net', 'graph.microsoft.us', 'azurecr.us'],
  ['AzureChinaCloud', 'management.chinacloudapi.cn', 'microsoftgraph.chinacloudapi.cn', 'azurecr.cn'],
] as const

describe('every client uses the hosts and tokens of its cloud', () => {
  it.for(clouds)('%s', async ([cloud, arm, graph, suffix], { begin }) => {
    const scenario = await begin({ cloud })
    const { attach, world, deployer, group } = scenario
    world.grantGraphPermission(deployer, 'Application.Read.All', 'GroupMember.ReadWrite.All', 'Directory.Read.All')
    const app = world.addApplication('old-sp')
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: app.clientId })
    const identity = group.addUserAssignedIdentity('future-kubelet')
    const pullers = world.addGroup('acr-pullers')
    const shared = world.addSubscription().addResourceGroup('rg-shared')
    letDeploy(scenario, shared.id)
    const registry = shared.addRegistry('sharedacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    const inputs = {
      environment: cloud,
      cluster: 'aks-old\naks-prod-1',
      'kubelet-identity': identity.id,
      registry: `sharedacr.${suffix}`,
    }
    const end = await attach({ ...inputs, group: pullers.objectId })
    expectAttached(end, { changed: true })
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.repositoryReader, registry.id]])
    expect(world.directory.membersOf(pullers)).toHaveLength(3)
    expect(armRequests(end, 'POST', 'Microsoft.ResourceGraph')).toHaveLength(1)
    expect(graphRequests(end).length).toBeGreaterThanOrEqual(4)
    const hosts = new Set(end.requests.map(({ host }) => host))
    expect([...hosts].filter(host => !/^(login|pipelines)\./.test(host)).sort()).toEqual([arm, graph].sort())
    expect(
      [...hosts].filter(host => host.endsWith('.azure.com') || host.endsWith('login.microsoftonline.com')),
    ).toEqual([])
    expectAttached(await attach({ ...inputs, group: pullers.objectId }), { changed: false })
  })

  it.for(clouds)('%s: a registry is created', async ([cloud, , , suffix], { begin }) => {
    const scenario = await begin({ cloud })
    const { attach, world, deployer, group } = scenario
    letDeploy(scenario, group.id)
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: group.id })
    const registry = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    const end = await attach({ environment: cloud, registry, 'create-registry': 'Basic' })
    expectAttached(end, { changed: true })
    expect(end.outputs['registry-login-server']).toBe(`newacr.${suffix}`)
  })
})
