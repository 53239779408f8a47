import { describe, expect } from 'vitest'
import { expectDetached, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { armRequests, expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const detach = { mode: 'detach' }

/** The permission to see and change everything, in the step's subscription and in another one. */
async function beginAll(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { world, subscription, deployer } = scenario
  const apart = world.addSubscription()
  for (const { id } of [subscription, apart]) letDeploy(scenario, id)
  for (const permission of ['Directory.Read.All', 'GroupMember.ReadWrite.All'])
    world.grantGraphPermission(deployer, permission)
  return { ...scenario, apart, away: apart.addResourceGroup('rg-apart') }
}

describe('a cluster in another subscription with an identity that AKS made for a target', () => {
  onceIt('that boots with the pull role keeps it', async ({ begin }) => {
    const { attach, away, cluster, registry, world } = await beginAll(begin)
    away.addCluster('aks-blue', { kubeletIdentity: cluster.kubeletIdentity, bootstrapRegistryId: registry.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(detach)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(writes(end)).toEqual([])
  })

  onceIt('that boots through a group of that identity keeps the membership', async ({ begin }) => {
    const { attach, away, cluster, registry, world } = await beginAll(begin)
    const hub = away.addRegistry('hubacr')
    away.addCluster('aks-blue', { kubeletIdentity: cluster.kubeletIdentity, bootstrapRegistryId: hub.id })
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    for (const { id } of [registry, hub])
      world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: id })
    const end = await attach({ ...detach, group: pullers.objectId })
    expect(pairEnds(end)).toEqual(['BOOTSTRAP_REGISTRY'])
    expect(writes(end)).toEqual([])
  })

  onceIt('is a reason to refuse, at one request, but not where nobody can be asked', async ({ begin }) => {
    const { attach, away, cluster, registry, simulator, world } = await beginAll(begin)
    away.addCluster('aks-blue', { kubeletIdentity: cluster.kubeletIdentity })
    const grant = { principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id }
    world.assignRole(grant)
    const end = await attach(detach)
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(armRequests(end, 'POST', 'Microsoft.ResourceGraph')).toHaveLength(1)

    // AKS hardly ever makes an identity for two: what can't be seen is no reason to refuse.
    simulator.faults.add(graphRefuses)
    const blind = await attach(detach, { losers: ['aks-blue on contosoacr'] })
    expectDetached(blind, { changed: true })
    expect(blind.report.unknown).toEqual([])
    // Not all subscriptions are listed for this.
    expect(blind.requests.filter(({ path }) => path === '/subscriptions')).toEqual([])
  })
})

describe('what remains after a detach', () => {
  onceIt('is not advised to be taken while it is not known who else pulls with the identity', async ({ begin }) => {
    const { attach, away, apart, group, simulator, world } = await beginAll(begin)
    const identity = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: identity })
    away.addCluster('aks-blue', { kubeletIdentity: identity })
    const pullers = world.addGroup('pullers', { members: [identity.objectId] })
    for (const principalId of [pullers.objectId, identity.objectId])
      world.assignRole({ principalId, role: 'AcrPull', scope: group.id })
    simulator.faults.add(graphRefuses)
    simulator.faults.add({
      ...{ method: 'GET', path: `${apart.id}/providers/Microsoft.ContainerService/managedClusters`, status: 403 },
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS', 'RESIDUAL_ACCESS'])
    expect(new Set(advisedCommands(end).map(command => command.split(' ', 3).join(' ')))).toEqual(
      new Set(['az aks list']),
    )
    expect(end.report.unknown).toHaveLength(1)
  })

  onceIt('is nothing for two targets with one identity that has left the group', async ({ begin }) => {
    const { attach, group, registry, world } = await beginAll(begin)
    const identity = group.addUserAssignedIdentity('shared-kubelet')
    for (const name of ['aks-a', 'aks-b']) group.addCluster(name, { kubeletIdentity: identity })
    const pullers = world.addGroup('pullers', { members: [identity.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-a\naks-b', group: pullers.objectId })
    expectDetached(end, { changed: true })
    expect(findingCodes(end)).toEqual([])
    expect(end.report.plan).toHaveLength(1)
  })
})

describe('a detach by resource IDs alone', () => {
  onceIt('asks no subscription without an ID', async ({ begin }) => {
    const { attach, group, registry, world } = await beginAll(begin)
    const identity = group.addUserAssignedIdentity('own-kubelet')
    world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
    const inputs = { cluster: '', registry: registry.id, 'kubelet-identity': identity.id, 'resource-group': '' }
    const environment = { AZURE_SUBSCRIPTION_ID: '' }
    const end = await attach({ ...detach, ...inputs, 'subscription-id': '' }, { environment })
    expectDetached(end, { changed: true })
    expect(end.report.unknown).toEqual([])
  })
})
