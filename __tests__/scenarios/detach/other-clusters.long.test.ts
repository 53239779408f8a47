import { describe, expect } from 'vitest'
import type { ClusterOptions, Simulator } from 'azure-simulator'
import { expectDetached, letDeploy } from '../../support/estate.js'
import {
  armRequests,
  expectFailure,
  it,
  writes,
  type Beginning,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const green = { mode: 'detach', cluster: 'aks-green' }

/** `aks-green` with an identity that holds a pull role, and another subscription. Everything can be seen and changed. */
async function beginApart(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { identity: kind = 'own' }: { identity?: 'own' | 'application' } = {},
) {
  const scenario = await begin()
  const { world, group, registry, subscription, deployer } = scenario
  const apart = world.addSubscription()
  for (const { id } of [subscription, apart]) letDeploy(scenario, id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const identity = group.addUserAssignedIdentity('shared-kubelet')
  const application = world.directory.addServicePrincipal('old-sp', 'Application')
  const shared: ClusterOptions =
    kind === 'application'
      ? { identity: 'ServicePrincipal', servicePrincipalClientId: application.clientId }
      : { kubeletIdentity: identity }
  group.addCluster('aks-green', shared)
  const { objectId } = kind === 'application' ? application : identity
  const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
  const boots = { bootstrapRegistryId: registry.id.toUpperCase() }
  const away = apart.addResourceGroup('rg-apart')
  return { ...scenario, apart, away, identity, shared, grant, boots }
}

/** Azure refuses one request. */
function refuse(simulator: Simulator, path: string): void {
  const body = { error: { code: 'AuthorizationFailed', message: 'No.' } }
  simulator.faults.add({ method: 'GET', path, status: 403, body })
}

const clustersOf = ({ id }: { id: string }): string => `${id}/providers/Microsoft.ContainerService/managedClusters`

/** Expects a refusal before any write, which names the cluster that would lose access. */
function expectKept(end: StepEnd, code: string, name = 'aks-blue'): void {
  expectFailure(end, code)
  expect(end.report.pairs[0]?.error?.message).toContain(name)
  expect(writes(end)).toEqual([])
}

describe('a cluster with the identity of a target', () => {
  it('is a reason to refuse, unless it is a target, too', async ({ begin }) => {
    const { attach, group, shared } = await beginApart(begin)
    group.addCluster('aks-blue', shared)
    expectKept(await attach(green), 'SHARED_IDENTITY')
    expectDetached(await attach({ ...green, cluster: 'aks-green\naks-blue' }), { changed: true })
  })

  it('is found by its application', async ({ begin }) => {
    const { attach, away, shared, boots } = await beginApart(begin, { identity: 'application' })
    away.addCluster('aks-blue', { ...shared, ...boots })
    expectKept(await attach(green), 'BOOTSTRAP_REGISTRY')
  })

  it('is found if the list of its own subscription is refused', async ({ begin }) => {
    const { attach, group, shared, boots, simulator, subscription } = await beginApart(begin)
    group.addCluster('aks-blue', { ...shared, ...boots })
    refuse(simulator, clustersOf(subscription))
    expectKept(await attach(green), 'BOOTSTRAP_REGISTRY')
  })

  it('is not looked for if there is nothing to remove', async ({ begin }) => {
    const { attach, identity, world, grant } = await beginApart(begin)
    world.assignments.remove(grant)
    const end = await attach({ mode: 'detach', cluster: '', 'kubelet-identity': identity.id })
    expectDetached(end, { changed: false })
    expect(armRequests(end, 'GET', 'managedClusters')).toEqual([])
  })
})

describe('a cluster in another subscription with the identity of a target', () => {
  it('keeps its access, at one request for all subscriptions', async ({ begin }) => {
    const { attach, away, shared } = await beginApart(begin)
    away.addCluster('aks-blue', shared)
    const end = await attach(green)
    expectKept(end, 'SHARED_IDENTITY')
    expect(armRequests(end, 'POST', 'Microsoft.ResourceGraph')).toHaveLength(1)
  })

  it('is found in the lists of all subscriptions where Azure Resource Graph refuses', async ({ begin }) => {
    const scenario = await beginApart(begin)
    const { attach, away, shared, boots, simulator, world } = scenario
    away.addCluster('aks-blue', { ...shared, ...boots })
    const unread = world.addSubscription()
    letDeploy(scenario, unread.id)
    simulator.faults.add(graphRefuses)
    refuse(simulator, clustersOf(unread))
    expectKept(await attach(green), 'BOOTSTRAP_REGISTRY')
  })

  it('keeps its access if these can not be listed, either', async ({ begin }) => {
    const { attach, apart, away, shared, simulator } = await beginApart(begin)
    away.addCluster('aks-blue', shared)
    simulator.faults.add(graphRefuses)
    refuse(simulator, clustersOf(apart))
    expectKept(await attach(green), 'SHARED_IDENTITY', '')
  })
})

describe('an identity that AKS made for the target', () => {
  it('is looked for in other subscriptions, but not where nobody can be asked', async ({ begin }) => {
    const { attach, away, cluster, registry, simulator, world } = await beginApart(begin)
    away.addCluster('aks-blue', { kubeletIdentity: cluster.kubeletIdentity })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expectKept(await attach({ mode: 'detach' }), 'SHARED_IDENTITY')

    // AKS hardly ever makes an identity for two: what can't be seen is no reason to refuse.
    simulator.faults.add(graphRefuses)
    const blind = await attach({ mode: 'detach' }, { losers: ['aks-blue on contosoacr'] })
    expectDetached(blind, { changed: true })
    // What was not looked at is told, with Azure's reason.
    const [note = ''] = blind.report.notes.filter(each => each.startsWith('not looked at: '))
    expect(note.split('; ')).toHaveLength(2)
    expect(blind.log).toContain(note)
    // Not all subscriptions are listed for this.
    expect(blind.requests.filter(({ path }) => path === '/subscriptions')).toEqual([])
  })
})

describe('a detach', () => {
  it('without permission to see all clusters refuses an identity that others may pull with', async ({ begin }) => {
    const { attach, group, registry, world } = await begin()
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: shared })
    world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(green)
    expectKept(end, 'SHARED_IDENTITY', 'managedClusters/read')
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([expect.stringContaining('az role assignment create')])
  })

  it('by resource IDs alone asks no subscription without an ID', async ({ begin }) => {
    const { attach, identity, registry } = await beginApart(begin)
    const inputs = { cluster: '', registry: registry.id, 'kubelet-identity': identity.id, 'resource-group': '' }
    const environment = { AZURE_SUBSCRIPTION_ID: '' }
    // It is the identity of aks-green.
    const end = await attach({ mode: 'detach', ...inputs, 'subscription-id': '' }, { environment })
    expectKept(end, 'SHARED_IDENTITY', 'aks-green')
  })
})
