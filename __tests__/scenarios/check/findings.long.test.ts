import { describe, expect } from 'vitest'
import { findingCodes, grantAccess, graphRequests, letDeploy } from '../../support/estate.js'
import { makePrivate } from '../../support/network.js'
import { expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

/** A check that reports drift, but succeeds. */
const check = { mode: 'check', 'fail-on-drift': 'false' }

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

describe('a kubelet identity created by AKS', () => {
  it('is unknown to a check if Azure can not show whether it exists', async ({ begin }) => {
    const scenario = await begin()
    letDeploy(scenario, scenario.subscription.id)
    grantAccess(scenario)
    const { resourceId: path } = scenario.cluster.kubeletIdentity
    scenario.simulator.faults.add({ method: 'GET', path, status: 500, times: Infinity })
    scenario.simulator.faults.add({ method: 'GET', path: /userAssignedIdentities$/i, status: 500, times: Infinity })
    const end = await scenario.attach({ mode: 'check' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(end.outputs.drift).toBe('false')
  })
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
    // The set-up gives no right to, so no run says so.
    expect(end.report.notes).toEqual([])
    expect(end.report.pairs.map(({ identitySeen }) => identitySeen)).toEqual([false, false, false])
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

describe('a cluster whose service principal has a secret that ends within 30 days', () => {
  const day = 86_400_000

  /** The cluster pulls by the secret. */
  function letPull({ world, group, deployer, registry }: Scenario): string {
    const { clientId, objectId, secrets, secretEnds } = world.addApplication('old-sp')
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
    secrets.splice(0, secrets.length, 'secret')
    secretEnds.set('secret', Date.now() + 12 * day)
    world.grantGraphPermission(deployer, 'Application.Read.All')
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    return clientId
  }

  it('is not asked for its secrets by detach, and by others beside its principal', async ({ begin }) => {
    const scenario = await begin()
    letPull(scenario)
    expect(graphRequests(await scenario.attach({ mode: 'detach', cluster: 'aks-old' }))).toHaveLength(1)
    const end = await scenario.attach()
    expect(graphRequests(end).filter(text => text.includes('applications'))).toEqual([])
  })
})
