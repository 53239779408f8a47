import { describe, expect } from 'vitest'
import { graphRequests, held, letDeploy, roleIds } from '../../support/estate.js'
import { armRequests, expectAttached, it } from '../../support/scenario.js'

const clouds = [
  {
    cloud: 'AzureUSGovernment',
    arm: 'management.usgovcloudapi.net',
    graph: 'graph.microsoft.us',
    logins: ['login.microsoftonline.us'],
    suffix: 'azurecr.us',
    audience: 'api://AzureADTokenExchangeUSGov',
  },
  {
    cloud: 'AzureChinaCloud',
    arm: 'management.chinacloudapi.cn',
    graph: 'microsoftgraph.chinacloudapi.cn',
    logins: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    suffix: 'azurecr.cn',
    audience: 'api://AzureADTokenExchangeChina',
  },
] as const

const github = 'pipelines.actions.githubusercontent.com'

describe('every client uses the hosts and tokens of its cloud', () => {
  it.for(clouds)('$cloud', async ({ cloud, arm, graph, suffix, logins, audience }, { begin }) => {
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
      environment: cloud.toLowerCase(),
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
    expect(end.requests.find(({ host }) => host === github)?.query.audience).toBe(audience)
    const hosts = new Set(end.requests.map(({ host }) => host))
    expect([...hosts].filter(host => host !== github && !logins.some(login => login === host)).sort()).toEqual(
      [arm, graph].sort(),
    )
  })

  it.for(clouds)('$cloud: a registry is created', async ({ cloud, suffix }, { begin }) => {
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
