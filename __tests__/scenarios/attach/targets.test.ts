import { describe, expect } from 'vitest'
import { option, readAzCommands } from '../../support/az.js'
import { findingCodes, graphRequests, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
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

  it('names the permission if Microsoft Graph refuses, and others continue', async ({ begin }) => {
    const { attach, world, group, deployer } = await begin()
    const app = world.addApplication('old-sp')
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: app.clientId })
    const end = await attach({ cluster: 'aks-old\naks-prod-1' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(pairEnds(end)).toEqual(['AUTHORIZATION_FAILED', 'attached'])
    expect(end.log).toContain('Application.Read.All')
    expect(end.log).toContain(`gh-deployer (object ID ${deployer.objectId})`)
    const command = readAzCommands(end.log).find(([noun]) => noun === 'ad')
    expect(option(command, '--id')).toBe(app.clientId)
  })

  it("can't pull if its application is gone", async ({ begin }) => {
    const { attach, world, group, deployer } = await begin()
    const servicePrincipalClientId = '11111111-1111-4111-8111-111111111111'
    group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId })
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const end = await attach({ cluster: 'aks-old' })
    expectFailure(end, 'IDENTITY_NOT_FOUND')
    expect(end.log).toContain('--enable-managed-identity')
    expect(writes(end)).toEqual([])
  })
})

describe('a cluster', () => {
  it.for([
    ['Creating', 'aks wait', '--created'],
    ['Updating', 'aks wait', '--updated'],
    ['Failed', 'aks show', '--query'],
  ] as const)(
    'without identity profile is reported with its state and matching advice: %s',
    async ([provisioningState, ...command], { begin }) => {
      const { attach, group } = await begin()
      group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState })
      const end = await attach({ cluster: 'aks-new\naks-prod-1', timeout: '2s' })
      expectFailure(end, 'NO_KUBELET_IDENTITY')
      expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY', 'attached'])
      expect(end.log).toMatch(new RegExp(`aks-new .*\\b${provisioningState}\\b`))
      const commands = end.report.pairs[0]?.error?.fix.commands ?? []
      expect(commands).toHaveLength(1)
      for (const part of command) expect(commands[0]).toContain(part)
      expect(graphRequests(end).filter(text => text.includes('servicePrincipals'))).toEqual([])
    },
  )

  it('that is stopped is attached, with a finding on how to start it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry, subscription } = scenario
    const stopped = group.addCluster('aks-stopped', { powerState: 'Stopped' })
    const end = await attach({ cluster: 'aks-stopped' })
    expectAttached(end, { changed: true })
    expect(held(scenario, stopped.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.report.findings).toMatchObject([{ code: 'CLUSTER_STOPPED', subject: stopped.id }])
    const command = readAzCommands(end.report.findings[0]?.fix.commands[0] ?? '')[0]
    expect(command?.slice(0, 2)).toEqual(['aks', 'start'])
    expect(option(command, '--subscription')).toBe(subscription.subscriptionId)
    expect(option(command, '--name')).toBe('aks-stopped')
  })

  it('that is being changed is attached, and the log shows its state', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-busy', { provisioningState: 'Updating' })
    const end = await attach({ cluster: 'aks-busy\naks-prod-1' })
    expectAttached(end, { changed: true })
    expect(end.log).toMatch(/cluster +aks-busy +westeurope · Updating · /)
    expect(end.log).toMatch(/cluster +aks-prod-1 +westeurope · Running · /)
  })

  it('that is private is attached like any other', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry } = scenario
    const cluster = group.addCluster('aks-private', { privateCluster: true })
    const end = await attach({ cluster: 'aks-private' })
    expectAttached(end, { changed: true })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(findingCodes(end)).toEqual([])
  })

  it('with a user-assigned control plane still pulls with its kubelet identity', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry, world } = scenario
    const kubeletIdentity = group.addUserAssignedIdentity('own-kubelet')
    const cluster = group.addCluster('aks-own', { identity: 'UserAssigned', kubeletIdentity })
    const end = await attach({ cluster: 'aks-own' })
    expectAttached(end, { changed: true })
    expect(held(scenario, kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(held({ world }, cluster.controlPlanePrincipalId ?? '')).toEqual([])
    expect(end.log).toContain('kubelet identity own-kubelet')
  })

  it('that shares its kubelet identity shares the one assignment', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry } = scenario
    const kubeletIdentity = group.addUserAssignedIdentity('shared-kubelet')
    for (const name of ['aks-a', 'aks-b']) group.addCluster(name, { identity: 'UserAssigned', kubeletIdentity })
    const end = await attach({ cluster: 'aks-a\naks-b' })
    expectAttached(end, { changed: true })
    expect(held(scenario, kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(writes(end)).toHaveLength(1)
    expect(end.report.pairs.map(({ changed, verified }) => [changed, verified])).toEqual([
      [true, 'assignment'],
      [true, 'assignment'],
    ])
    const [one, other] = end.report.pairs.map(({ roleAssignmentId }) => roleAssignmentId)
    expect(one).toBe(other)
  })
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
    })
    letDeploy(scenario, scenario.subscription.id)
    expect(end.report.pairs).toHaveLength(3)
    expect(pairEnds(end)).toEqual(['attached', 'attached', 'AUTHORIZATION_FAILED'])
    const again = await attach({ 'kubelet-identity': `${identity.id}\n${cluster.kubeletIdentity.id}` })
    expectAttached(again, { changed: false })
    expect(again.report.pairs.map(({ targetKind }) => targetKind)).toEqual([
      'cluster',
      'kubelet-identity',
      'kubelet-identity',
    ])
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toHaveLength(1)
  })

  it("is an error if that ID doesn't exist, and others continue", async ({ begin }) => {
    const { attach, group } = await begin()
    const id = group.addUserAssignedIdentity('future-kubelet').id.replace('future', 'no')
    const end = await attach({ 'kubelet-identity': id })
    expectFailure(end, 'IDENTITY_NOT_FOUND')
    expect(pairEnds(end)).toEqual(['attached', 'IDENTITY_NOT_FOUND'])
    expect(end.log).toContain('az identity list')
    expect(end.log).toContain('identity  no-kubelet  IDENTITY_NOT_FOUND')
  })

  it.for([
    ['identity', 'kubelet-identity'],
    ['cluster', 'cluster'],
  ] as const)('of another tenant is rejected immediately, with a way that works: %s', async ([, input], { begin }) => {
    const scenario = await begin()
    const { attach, group, world } = scenario
    const foreign = group.addUserAssignedIdentity('foreign-kubelet', { tenantId: world.addTenant('fabrikam') })
    const cluster = group.addCluster('aks-foreign', { identity: 'SystemAssigned', kubeletIdentity: foreign })
    Object.assign(cluster.body.identity as object, { tenantId: [...world.tenants.keys()][1] })
    const end = await attach(
      input === 'cluster'
        ? { cluster: 'aks-foreign', timeout: '5s' }
        : { cluster: '', 'kubelet-identity': foreign.id, timeout: '5s' },
    )
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(errorsOf(end)[0]?.fix.text).toMatch(/tenant.*import/s)
    expect(advisedCommands(end)[0]).toMatch(/^az account show /)
    expect(writes(end)).toEqual([])
    expect(end.log).not.toContain(' left')
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
    for (const name of ['aks-b', 'aks-c']) group.addCluster(name)
    const test = subscription.addResourceGroup('rg-test')
    for (const name of ['aks-d', 'aks-e']) test.addCluster(name)
    world.pageSize = 2
    const end = await attach({ cluster: '*', 'resource-group': resourceGroup })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(count)
    expect(new Set(end.report.pairs.map(({ principalId }) => principalId)).size).toBe(count)
    expect(writes(end)).toHaveLength(count)
    const clusterRequests = armRequests(end, 'GET', '/managedClusters')
    expect(clusterRequests).toHaveLength(Math.ceil(count / 2))
    for (const { path } of clusterRequests) expect(path).toMatch(/\/managedClusters$/i)
    expectAttached(await attach({ cluster: '*', 'resource-group': resourceGroup }), { changed: false })
  })

  it("continues after clusters that can't get access", async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-b', { withoutIdentityProfile: true, provisioningState: 'Failed' })
    group.addCluster('aks-c', { powerState: 'Stopped' })
    const end = await attach({ cluster: '*' })
    expectFailure(end, 'NO_KUBELET_IDENTITY')
    // In the natural order of the names, which are aks-b, aks-c and aks-prod-1.
    expect(pairEnds(end)).toEqual(['NO_KUBELET_IDENTITY', 'attached', 'attached'])
  })
  it('reports a stopped cluster as a warning, and one that is being deleted as a notice of its own', async ({
    begin,
  }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-c', { powerState: 'Stopped' })
    group.addCluster('aks-d', { provisioningState: 'Deleting' })
    const end = await attach({ cluster: '*' })
    expectAttached(end, { changed: true })
    expect(end.annotations.map(({ level, title }) => [level, title])).toEqual([
      ['warning', 'attach-acr: CLUSTER_STOPPED on aks-c'],
      ['notice', 'attach-acr: CLUSTER_STOPPED on aks-d'],
    ])
    expect(end.annotations[0]?.message).not.toContain('similar one')
  })
})
