import { describe, expect } from 'vitest'
import type { Simulator } from 'azure-simulator'
import { letDeploy } from '../../support/estate.js'
import { expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const green = { mode: 'detach', cluster: 'aks-green' }

/** Azure refuses one request. */
function refuse(simulator: Simulator, path: string | RegExp): void {
  const body = { error: { code: 'AuthorizationFailed', message: 'No.' } }
  simulator.faults.add({ method: 'GET', path, status: 403, body })
}

/** `aks-green` of the step's subscription, and a function that adds clusters with its identity in subscriptions of their own. */
async function beginApart(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { world, group, registry, subscription, deployer } = scenario
  letDeploy(scenario, subscription.id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const identity = group.addUserAssignedIdentity('shared-kubelet')
  group.addCluster('aks-green', { kubeletIdentity: identity })
  const grant = world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
  const addApart = (name: string, { boots = false, kubeletIdentity = identity } = {}) => {
    const apart = world.addSubscription()
    letDeploy(scenario, apart.id)
    const options = { kubeletIdentity, ...(boots && { bootstrapRegistryId: registry.id }) }
    return { apart, cluster: apart.addResourceGroup(`rg-${name}`).addCluster(name, options) }
  }
  return { ...scenario, identity, grant, addApart }
}

const clustersOf = ({ id }: { id: string }): string => `${id}/providers/Microsoft.ContainerService/managedClusters`

describe('a cluster that boots with the identity of a target keeps its role', () => {
  onceIt('if another one with that identity can not be read', async ({ begin }) => {
    const { attach, addApart, grant, simulator, world } = await beginApart(begin)
    const unread = addApart('aks-red').cluster
    addApart('aks-blue', { boots: true })
    refuse(simulator, unread.id)
    const end = await attach(green)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(writes(end)).toEqual([])
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('if it can only be seen in Azure Resource Graph', async ({ begin }) => {
    const { attach, addApart, grant, simulator, world } = await beginApart(begin)
    const { cluster } = addApart('aks-blue', { boots: true })
    refuse(simulator, cluster.id)
    const end = await attach(green)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('if the list of another subscription is refused, and Azure Resource Graph, too', async ({ begin }) => {
    const { attach, addApart, grant, simulator, world } = await beginApart(begin)
    const { apart } = addApart('aks-red')
    addApart('aks-blue', { boots: true })
    simulator.faults.add(graphRefuses)
    refuse(simulator, clustersOf(apart))
    const end = await attach(green)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('if the list of its own subscription is refused', async ({ begin }) => {
    const { attach, grant, group, identity, registry, simulator, subscription, world } = await beginApart(begin)
    group.addCluster('aks-blue', { kubeletIdentity: identity, bootstrapRegistryId: registry.id })
    refuse(simulator, clustersOf(subscription))
    const end = await attach(green)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(world.roleAssignments).toContain(grant)
  })
})

describe('a cluster that shares the identity of a target', () => {
  onceIt('keeps its access if it can only be seen in Azure Resource Graph', async ({ begin }) => {
    const { attach, addApart, simulator } = await beginApart(begin)
    const { cluster } = addApart('aks-blue')
    refuse(simulator, cluster.id)
    const end = await attach(green)
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
  })

  onceIt("is named next to the subscriptions that can't be listed", async ({ begin }) => {
    const { attach, addApart, simulator } = await beginApart(begin)
    const { apart } = addApart('aks-red')
    addApart('aks-blue')
    simulator.faults.add(graphRefuses)
    refuse(simulator, clustersOf(apart))
    const end = await attach(green)
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
  })
})
