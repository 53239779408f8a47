import { describe, expect } from 'vitest'
import type { RegistryOptions } from 'azure-simulator'
import { readAzCommands } from '../../support/az.js'
import { findingCodes, graphRequests, letDeploy } from '../../support/estate.js'
import { makePrivate } from '../../support/network.js'
import { expectAttached, expectFailure, it, writes, type Scenario } from '../../support/scenario.js'

/** A check that reports drift, but succeeds. */
const check = { mode: 'check', 'fail-on-drift': 'false' }

const nobody = '11111111-1111-4111-8111-111111111111'

describe('the settings of a registry', () => {
  const cases: [code: string, options: RegistryOptions, keyword: string][] = [
    ['NO_PRIVATE_ENDPOINT', { sku: 'Premium', publicNetworkAccess: 'Disabled' }, 'private endpoints'],
    ['FIREWALL', { sku: 'Premium', networkDefaultAction: 'Deny' }, 'listed IP addresses'],
    ['ARM_AUDIENCE_DISABLED', { armAudienceEnabled: false }, 'tokens for Azure Resource Manager'],
    ['ADMIN_USER_ENABLED', { adminUserEnabled: true }, 'admin user'],
  ]

  it.for(cases)('are found: %s', async ([code, options, keyword], { begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    const registry = group.addRegistry('settingsacr', options)
    letDeploy(scenario, registry.id)
    const end = await attach({ registry: 'settingsacr' })
    expectAttached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ code, severity: 'warning', subject: registry.id }])
    expect(end.report.findings[0]?.message).toContain('settingsacr')
    expect(end.report.findings[0]?.message).toContain(keyword)
    expect(readAzCommands(end.report.findings[0]?.fix.commands[0] ?? '')[0]?.slice(0, 2)).toContain('acr')
    expect(end.annotations).toMatchObject([{ level: 'warning', title: `attach-acr: ${code} on settingsacr` }])
    expect(end.summary).toContain(code)
  })

  it.for(['SecuredByPerimeter', 'securedbyperimeter', 'SomethingNew'])(
    'are not taken for open to everyone with the public network access %s',
    async (publicNetworkAccess, { begin }) => {
      const scenario = await begin()
      const { attach, registry } = scenario
      Object.assign(registry.body.properties as object, { publicNetworkAccess })
      const end = await attach()
      expectAttached(end, { changed: true })
      expect(end.report.findings).toMatchObject([{ code: 'FIREWALL', severity: 'warning', subject: registry.id }])
      expect(end.report.findings[0]?.message.includes('perimeter')).toBe(publicNetworkAccess !== 'SomethingNew')
    },
  )

  it('are not reported for default settings, nor firewall findings if no network path leads in', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    letDeploy(scenario, group.id)
    expect(findingCodes(await attach())).toEqual([])
    const registry = group.addRegistry('settingsacr', { sku: 'Premium', networkDefaultAction: 'Deny' })
    makePrivate(scenario, registry)
    expect(findingCodes(await attach({ registry: 'settingsacr' }))).toEqual(['PUBLIC_ACCESS_DISABLED'])
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

  it('are reported once, however many pairs they affect', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    letDeploy(scenario, group.id)
    group.addRegistry('settingsacr', { adminUserEnabled: true })
    group.addCluster('aks-stopped', { powerState: 'Stopped' })
    const end = await attach({ cluster: '*', registry: 'contosoacr\nsettingsacr' })
    expectAttached(end, { changed: true })
    expect(findingCodes(end).sort()).toEqual(['ADMIN_USER_ENABLED', 'CLUSTER_STOPPED'])
  })
})

describe('WRONG_IDENTITY_GRANTED', () => {
  it.for(['SystemAssigned', 'UserAssigned'] as const)(
    'is the pull role in the hands of the control plane (%s) instead of the kubelet',
    async (identity, { begin }) => {
      const { attach, group, registry, world } = await begin()
      const cluster = group.addCluster('aks-wrong', { identity })
      const { id } = world.assignRole({
        principalId: cluster.controlPlanePrincipalId ?? '',
        role: 'AcrPull',
        scope: registry.id,
      })
      const drift = await attach({ cluster: 'aks-wrong', mode: 'check' })
      expectFailure(drift, 'DRIFT')
      expect(findingCodes(drift)).toEqual(['WRONG_IDENTITY_GRANTED'])
      expect(drift.report.findings).toMatchObject([
        { code: 'WRONG_IDENTITY_GRANTED', severity: 'warning', subject: cluster.id },
      ])
      expect(drift.report.findings[0]?.message).toContain('aks-wrong-agentpool')
      expect(drift.report.findings[0]?.fix.commands.join()).toContain(`az role assignment delete --ids ${id}`)
      // A successful attach does not look for it.
      const end = await attach({ cluster: 'aks-wrong' })
      expectAttached(end, { changed: true })
      expect(findingCodes(end)).toEqual([])
      expect(end.requests.length).toBeLessThanOrEqual(10)
    },
  )

  it("isn't a finding for another cluster, or if both hold it", async ({ begin }) => {
    const { attach, group, registry, world, cluster } = await begin()
    const other = group.addCluster('aks-other')
    for (const principalId of [other.controlPlanePrincipalId ?? '', cluster.controlPlanePrincipalId ?? ''])
      world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expect(findingCodes(await attach({ mode: 'check' }))).toEqual([])
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
    expect(end.report.notes).toEqual([
      expect.stringMatching(/kubelet identity of each of 3 clusters .*Microsoft Graph/),
    ])
  })
})

describe('ORPHANED_ASSIGNMENT', () => {
  it('is told in an attach that failed, and costs one that ends well no request', async ({ begin }) => {
    const requestsOf = async (isLeft: boolean, isRefused: boolean) => {
      const { attach, world, registry, simulator, deployer } = await begin()
      world.grantGraphPermission(deployer, 'Directory.Read.All')
      if (isLeft)
        world.assignRole({
          principalId: nobody,
          role: 'AcrPull',
          scope: registry.id,
          principalType: 'ServicePrincipal',
        })
      const error = { code: 'RoleAssignmentLimitExceeded', message: 'No more.' }
      if (isRefused)
        simulator.faults.add({
          method: 'PUT',
          path: '/roleAssignments/',
          status: 400,
          body: { error },
          times: Infinity,
        })
      return attach()
    }
    expect(findingCodes(await requestsOf(true, true))).toEqual(['ORPHANED_ASSIGNMENT'])
    const [good, left] = [await requestsOf(false, false), await requestsOf(true, false)]
    expect(findingCodes(left)).toEqual([])
    expect(left.report.requests).toBe(good.report.requests)
  })

  it('can also be a pull role that the registry no longer honours', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, group } = scenario
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    world.assignRole({ principalId: nobody, role: 'AcrPull', scope: abac.id, principalType: 'ServicePrincipal' })
    expect(findingCodes(await attach({ ...check, registry: 'abacacr' }))).toEqual(['ORPHANED_ASSIGNMENT'])
  })

  /** A pull role at the registry whose principal was deleted. */
  const orphan = ({ world, registry }: Scenario) =>
    world.assignRole({ principalId: nobody, role: 'AcrPull', scope: registry.id, principalType: 'ServicePrincipal' })

  it('is a pull role at the registry of a principal that Microsoft Graph no longer knows', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, registry, group, subscription } = scenario
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const { id } = orphan(scenario)
    // None of these is reported: a broader role, an inherited one, and existing principals.
    world.assignRole({ principalId: nobody, role: 'AcrPush', scope: registry.id, principalType: 'ServicePrincipal' })
    world.assignRole({ principalId: nobody, role: 'AcrPull', scope: group.id, principalType: 'ServicePrincipal' })
    for (const { objectId } of [world.addGroup('pullers'), world.addUser('jo'), world.addApplication('ci')])
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(check)
    expect(end.exitCode).toBe(0)
    expect(end.report.findings).toMatchObject([
      {
        code: 'ORPHANED_ASSIGNMENT',
        severity: 'warning',
        subject: registry.id,
        fix: { commands: [`az role assignment delete --ids ${id} --subscription ${subscription.subscriptionId}`] },
      },
    ])
    expect(end.report.findings[0]?.message).toContain(nobody)
    expect(graphRequests(end)).toHaveLength(2)
    expect(writes(end)).toEqual([])
  })

  it('is never reported for a principal that Microsoft Graph can hide', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, registry } = scenario
    world.grantGraphPermission(deployer, 'Application.Read.All')
    orphan(scenario)
    for (const { objectId } of [world.addGroup('pullers'), world.addUser('jo')])
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(check)
    expect(end.exitCode).toBe(0)
    expect(findingCodes(end)).toEqual(['ORPHANED_ASSIGNMENT'])
    expect(end.report.findings[0]?.message).toContain(nobody)
    expect(end.report.notes).toEqual([expect.stringMatching(/holders of 2 pull roles .*Microsoft Graph/)])
  })

  it.for(['Group', 'User'] as const)(
    'is also reported for a principal of the type %s',
    async (principalType, { begin }) => {
      const { attach, world, deployer, registry } = await begin()
      world.grantGraphPermission(deployer, 'Directory.Read.All')
      world.assignRole({ principalId: nobody, role: 'AcrPull', scope: registry.id, principalType })
      const end = await attach(check)
      expect(end.exitCode).toBe(0)
      expect(findingCodes(end)).toEqual(['ORPHANED_ASSIGNMENT'])
      expect(end.report.notes).toEqual([])
    },
  )

  it('is not searched for without permission to read Microsoft Graph, which a note reports', async ({ begin }) => {
    const scenario = await begin()
    orphan(scenario)
    const end = await scenario.attach(check)
    expect(end.exitCode).toBe(0)
    expect(findingCodes(end)).toEqual([])
    expect(end.report.notes).toEqual([
      expect.stringMatching(/holder of 1 pull role .*Microsoft Graph/),
      expect.stringMatching(/kubelet identity of aks-prod-1 .*Microsoft Graph/),
    ])
    for (const note of end.report.notes) expect(end.summary).toContain(note)
  })

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
