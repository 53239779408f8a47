import { describe, expect } from 'vitest'
import { graphRequests, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { armRequests, expectAttached, expectFailure, it, writes } from '../../support/scenario.js'

describe('a cluster with a service principal', () => {
  it('is looked up in Microsoft Graph: application ID to object ID', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, deployer, registry } = scenario
    const app = world.addApplication('old-sp')
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: app.clientId })
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const end = await attach({ cluster: 'aks-old' })
    expectAttached(end, { changed: true })
    expect(held(scenario, app.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.outputs).toMatchObject({
      'pull-identity-object-id': app.objectId,
      'pull-identity-client-id': app.clientId,
    })
    // Its secrets are requested at the same time.
    expect(graphRequests(end)).toContainEqual(expect.stringMatching(/^GET \/v1\.0\/servicePrincipals\b.* 200$/))
    expectAttached(await attach({ cluster: 'aks-old' }), { changed: false })
  })
})

describe('a cluster of another tenant, delegated by Azure Lighthouse', () => {
  it.for(['its own tenant', "the step's tenant"] as const)(
    'gets no role that would be for nobody, at a registry of %s',
    async (where, { begin }) => {
      const scenario = await begin()
      const { attach, world, registry } = scenario
      const tenantId = world.addTenant('fabrikam')
      const theirs = world.addSubscription({ tenantId, managedByTenants: [world.tenantId] })
      const group = theirs.addResourceGroup('rg-theirs')
      const at = where === 'its own tenant' ? group.addRegistry('fabrikamacr') : registry
      letDeploy(scenario, group.id)
      const end = await attach({ cluster: group.addCluster('aks-theirs').id, registry: at.id })
      expectFailure(end, 'PRINCIPAL_NOT_FOUND')
      expect(writes(end)).toEqual([])
    },
  )
})

describe('kubelet-identity', () => {
  it('gives an identity access before it has a cluster', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry } = scenario
    const identity = group.addUserAssignedIdentity('future-kubelet')
    const inputs = { cluster: '', 'resource-group': '', 'kubelet-identity': identity.id }
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(held(scenario, identity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.report.pairs).toMatchObject([
      { target: identity.id, targetKind: 'kubelet-identity', principalId: identity.objectId, status: 'attached' },
    ])
    expect(end.outputs['pull-identity-client-id']).toBe(identity.clientId)
    expect(armRequests(end, 'GET', '/managedClusters')).toEqual([])

    // A cluster created later has access from its first second.
    group.addCluster('aks-new', { identity: 'UserAssigned', kubeletIdentity: identity })
    expectAttached(await attach({ cluster: 'aks-new' }), { changed: false })
  })

  it('can be combined with clusters, and with a cluster that already uses it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, cluster } = scenario
    const identity = group.addUserAssignedIdentity('future-kubelet')
    const end = await attach({
      'kubelet-identity': `${identity.id}\n${identity.id.toUpperCase()}\n${cluster.kubeletIdentity.id}`,
      timeout: '1s',
    })
    letDeploy(scenario, scenario.subscription.id)
    expect(pairEnds(end)).toEqual(['attached', 'attached', 'AUTHORIZATION_FAILED'])
    const again = await attach({ 'kubelet-identity': `${identity.id}\n${cluster.kubeletIdentity.id}` })
    expectAttached(again, { changed: false })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toHaveLength(1)
  })

  it('of another tenant is rejected immediately', async ({ begin }) => {
    const { attach, group, world } = await begin()
    const foreign = group.addUserAssignedIdentity('foreign-kubelet', { tenantId: world.addTenant('fabrikam') })
    const end = await attach({ cluster: '', 'kubelet-identity': foreign.id })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(writes(end)).toEqual([])
  })
})

describe('*', () => {
  it.for([
    ['resource group', 'rg-shop', 3],
    ['subscription', '', 5],
  ] as const)('is every cluster of the %s, read in one paged list', async ([, resourceGroup, count], { begin }) => {
    const scenario = await begin()
    const { attach, group, subscription, world } = scenario
    letDeploy(scenario, subscription.id)
    for (const name of ['aks-prod-10', 'aks-prod-2']) group.addCluster(name)
    const test = subscription.addResourceGroup('rg-test')
    for (const name of ['aks-d', 'aks-e']) test.addCluster(name)
    world.pageSize = 2
    const end = await attach({ cluster: '*', 'resource-group': resourceGroup })
    expectAttached(end, { changed: true })
    const names = end.report.pairs.map(({ target }) => target.split('/').at(-1) ?? '')
    expect(names.filter(name => name.startsWith('aks-prod'))).toEqual(['aks-prod-1', 'aks-prod-2', 'aks-prod-10'])
    expect(writes(end)).toHaveLength(count)
    const clusterRequests = armRequests(end, 'GET', '/managedClusters')
    expect(clusterRequests).toHaveLength(Math.ceil(count / 2))
    expectAttached(await attach({ cluster: '*', 'resource-group': resourceGroup }), { changed: false })
  })
})
