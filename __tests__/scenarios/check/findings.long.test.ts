import { describe, expect } from 'vitest'
import { beginWithAbac, findingCodes, graphRequests, letDeploy } from '../../support/estate.js'
import { makePrivate } from '../../support/network.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

/** A check that reports drift, but succeeds. */
const check = { mode: 'check', 'fail-on-drift': 'false' }

describe('the network of a registry', () => {
  it.for([
    ['SecuredByPerimeter', {}],
    ['securedbyperimeter', {}],
    ['SomethingNew', {}],
    ['Enabled', { networkRuleSet: { defaultAction: 'Deny' } }],
  ] as const)('is not open to everyone: %s', async ([publicNetworkAccess, more], { begin }) => {
    const { attach, registry } = await begin()
    Object.assign(registry.body.properties as object, { publicNetworkAccess, ...more })
    expect(findingCodes(await attach())).toEqual(['FIREWALL'])
  })
})

describe('findings', () => {
  it('need no request of their own if everything exists, and never fail the step', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world, cluster } = scenario
    const registry = group.addRegistry('settingsacr', {
      sku: 'Premium',
      armAudienceEnabled: false,
      adminUserEnabled: true,
    })
    makePrivate(scenario, registry)
    letDeploy(scenario, registry.id)
    Object.assign(cluster.body.properties.powerState as object, { code: 'Stopped' })
    for (const role of ['AcrPull', 'AcrPush'])
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role, scope: registry.id })
    const end = await attach({ cluster: cluster.id, registry: registry.id })
    expectAttached(end, { changed: false })
    expect(findingCodes(end).sort()).toEqual([
      'ADMIN_USER_ENABLED',
      'ARM_AUDIENCE_DISABLED',
      'CLUSTER_STOPPED',
      'EXCESS_ROLE',
      'PUBLIC_ACCESS_DISABLED',
    ])
    expect(end.requests).toHaveLength(7)
    expect(end.annotations.map(({ level }) => level)).toEqual(Array(5).fill('warning'))
  })
})

describe('WRONG_IDENTITY_GRANTED', () => {
  it("isn't a finding for another cluster, or if both hold it", async ({ begin }) => {
    const { attach, group, registry, world, cluster } = await begin()
    const other = group.addCluster('aks-other')
    for (const principalId of [other.controlPlanePrincipalId ?? '', cluster.controlPlanePrincipalId ?? ''])
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expect(findingCodes(await attach({ mode: 'check' }))).toEqual([])
  })

  it("isn't a finding for an identity that is both", async ({ begin }) => {
    const { attach, world, group, limit, abac, deployer, inputs } = await beginWithAbac(begin)
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const both = group.addUserAssignedIdentity('both')
    const cluster = group.addCluster('aks-both', { identity: 'UserAssigned', kubeletIdentity: both })
    const { objectId: principalId, clientId } = both
    Object.assign(cluster.body.identity as object, { userAssignedIdentities: { [both.id]: { principalId, clientId } } })
    limit(principalId, abac.id, 'team/*')
    const end = await attach({ ...inputs, mode: 'check', cluster: 'aks-both', repositories: 'shop/*' })
    expect(findingCodes(end)).not.toContain('WRONG_IDENTITY_GRANTED')
  })
})

describe('a kubelet identity created by AKS', () => {
  it.for([false, true])(
    'is looked up in the directory, alone or with others: a deleted one pulls nothing (with others: %s)',
    async (isAmong, { begin }) => {
      const { attach, world, deployer, registry, cluster, group } = await begin()
      world.grantGraphPermission(deployer, 'Directory.Read.All')
      const others = isAmong ? [group.addCluster('aks-other')] : []
      for (const { kubeletIdentity } of [cluster, ...others])
        world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      const inputs = { mode: 'check', cluster: [cluster, ...others].map(({ id }) => id).join('\n') }
      expectAttached(await attach(inputs), { changed: false })
      world.hidePrincipal(cluster.kubeletIdentity.objectId)
      const end = await attach(inputs)
      expectFailure(end, 'DRIFT')
      expect(end.report.pairs[0]).toMatchObject({ status: 'missing', error: { code: 'PRINCIPAL_NOT_FOUND' } })
      expect(end.report.pairs.slice(1)).toMatchObject(others.map(() => ({ status: 'attached', error: null })))
      expect(graphRequests(end)).toHaveLength(2)
    },
  )
})

describe('the kubelet identities of several clusters', () => {
  const beginWithThree = async (begin: () => Promise<Scenario>) => {
    const scenario = await begin()
    const { world, registry, cluster, group } = scenario
    const clusters = [cluster, group.addCluster('aks-b'), group.addCluster('aks-c')]
    for (const { kubeletIdentity } of clusters)
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    return { ...scenario, ids: { mode: 'check', cluster: clusters.map(({ id }) => id).join('\n') } }
  }

  it("are looked up again if the directory's answer is incomplete", async ({ begin }) => {
    const { attach, world, deployer, ids } = await beginWithThree(begin)
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    world.pageSize = 1
    const end = await attach(ids)
    expectAttached(end, { changed: false })
    expect(graphRequests(end)).toHaveLength(3)
    expect(end.report.notes).toEqual([])
  })

  it('are not requested one by one without read permission', async ({ begin }) => {
    const { attach, world, deployer, ids } = await beginWithThree(begin)
    world.grantGraphPermission(deployer, 'GroupMember.Read.All')
    const end = await attach(ids)
    expectAttached(end, { changed: false })
    expect(graphRequests(end)).toHaveLength(2)
    expect(end.report.notes).toEqual([expect.stringContaining('3 clusters')])
  })
})

describe('a deleted kubelet identity', () => {
  it('needs one look-up if nobody else holds a pull role, for the clusters’ identities alone', async ({ begin }) => {
    const { attach, world, deployer, registry, cluster } = await begin()
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    world.addNoiseAssignments(50, registry.id)
    const end = await attach(check)
    expect(end.exitCode).toBe(0)
    expect(graphRequests(end)).toHaveLength(1)
    expect(end.report.notes).toEqual([])
    // An attach without problems sends no such request.
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expect(graphRequests(await attach())).toEqual([])
  })
})
