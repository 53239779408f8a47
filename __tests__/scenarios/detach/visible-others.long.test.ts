import { describe, expect } from 'vitest'
import { expectDetached, letDeploy } from '../../support/estate.js'
import { armRequests, expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const detach = { mode: 'detach' }

/** The permission to see and change everything, in the step's subscription and in another one. */
async function beginAll(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { world, subscription, deployer } = scenario
  const apart = world.addSubscription()
  for (const { id } of [subscription, apart]) letDeploy(scenario, id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
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
    // Not all subscriptions are listed for this.
    expect(blind.requests.filter(({ path }) => path === '/subscriptions')).toEqual([])
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
  })
})
