import { describe, expect } from 'vitest'
import type { Simulator } from 'azure-simulator'
import { expectDetached, findingCodes, letDeploy } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { expectFailure, onceIt, writes, type Beginning, type Scenario, type StepEnd } from '../../support/scenario.js'
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

/** What is unknown, by resource ID in lower case. */
const subjectsOf = ({ report }: StepEnd): string[] => report.unknown.map(({ subject }) => subject.toLowerCase())

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
    expect(subjectsOf(end)).toEqual([unread.id.toLowerCase()])
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
    expect(subjectsOf(end)).toEqual([cluster.id.toLowerCase()])
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
    expect(subjectsOf(end)).toEqual([apart.id.toLowerCase()])
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('if the list of its own subscription is refused', async ({ begin }) => {
    const { attach, grant, group, identity, registry, simulator, subscription, world } = await beginApart(begin)
    group.addCluster('aks-blue', { kubeletIdentity: identity, bootstrapRegistryId: registry.id })
    refuse(simulator, clustersOf(subscription))
    const end = await attach(green)
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(subjectsOf(end)).toEqual([subscription.id.toLowerCase()])
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
    expect(subjectsOf(end)).toEqual([cluster.id.toLowerCase()])
    expect(end.report.unknown[0]?.message).toContain('shared-kubelet')
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
    expect(subjectsOf(end)).toEqual([apart.id.toLowerCase()])
  })
})

describe('the role of an identity that is wrong for the cluster of the step', () => {
  onceIt('stays, for all clusters that were found, and for those that may have been missed', async ({ begin }) => {
    const { attach, addApart, group, registry, simulator, world } = await beginApart(begin)
    const cluster = group.addCluster('aks-control', { identity: 'UserAssigned' })
    const objectId = cluster.controlPlanePrincipalId ?? ''
    const kubeletIdentity = { ...group.addUserAssignedIdentity('own'), objectId }
    addApart('aks-pulling', { kubeletIdentity })
    const unread = addApart('aks-red', { kubeletIdentity }).cluster
    refuse(simulator, unread.id)
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ mode: 'check', cluster: 'aks-control' })
    expect(findingCodes(end)).toEqual(['WRONG_IDENTITY_GRANTED'])
    const { text = '', commands } = end.report.findings[0]?.fix ?? {}
    for (const name of ['aks-pulling', 'aks-red']) expect(text).toContain(name)
    // Why there may be more.
    expect(text).toContain('could not be read')
    expect(commands).toEqual([])
  })

  onceIt('stays without a word of certainty where the targets are known and the rest is not', async ({ begin }) => {
    const { attach, group, registry, simulator, subscription, world } = await beginApart(begin)
    const cluster = group.addCluster('aks-control', { identity: 'UserAssigned' })
    const objectId = cluster.controlPlanePrincipalId ?? ''
    group.addCluster('aks-pulling', { kubeletIdentity: { ...group.addUserAssignedIdentity('own'), objectId } })
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    refuse(simulator, new RegExp(`${clustersOf(subscription)}$`, 'i'))
    const end = await attach({ mode: 'check', cluster: 'aks-control\naks-pulling', 'resource-group': group.name })
    const finding = end.report.findings.find(({ code }) => code === 'WRONG_IDENTITY_GRANTED')
    expect(finding?.fix.text).toContain('aks-pulling')
    expect(finding?.fix.text).toContain('could not be listed')
    expect(advisedCommands(end).join()).not.toContain('assignment delete')
  })
})

describe('a group that a target leaves', () => {
  const beginInGroup = async (begin: (beginning?: Beginning) => Promise<Scenario>) => {
    const scenario = await begin()
    const { world, cluster, registry, deployer, subscription } = scenario
    letDeploy(scenario, subscription.id)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    const outer = world.addGroup('outer', { members: [pullers.objectId] })
    const addRegistry = (name: string, { objectId }: { objectId: string }) => {
      const apart = world.addSubscription()
      letDeploy(scenario, apart.id)
      const { id } = apart.addResourceGroup(`rg-${name}`).addRegistry(name)
      world.assignRole({ principalId: objectId, role: 'AcrPull', scope: id })
      return apart
    }
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    return { ...scenario, pullers, outer, addRegistry }
  }
  const assignmentsOf = ({ id }: { id: string }): string => `${id}/providers/Microsoft.Authorization/roleAssignments`

  onceIt(
    'is left with a word about the registries that were found, and about a list that was refused',
    async ({ begin }) => {
      const { attach, addRegistry, pullers, simulator } = await beginInGroup(begin)
      addRegistry('hubacr', pullers)
      const apart = addRegistry('edgeacr', pullers)
      simulator.faults.add(graphRefuses)
      refuse(simulator, assignmentsOf(apart))
      const losers = ['aks-prod-1 on edgeacr', 'aks-prod-1 on hubacr']
      const end = await attach({ mode: 'detach', group: pullers.objectId }, { losers })
      expectDetached(end, { changed: true })
      expect(end.report.plan[0]?.reason).toContain('hubacr')
      expect(end.report.plan[0]?.reason).toMatch(/could not all be listed/)
    },
  )

  onceIt('is left with a word about a registry that only Azure Resource Graph shows', async ({ begin }) => {
    const { attach, group, outer, pullers, simulator, subscription, world } = await beginInGroup(begin)
    const { id } = group.addRegistry('nearacr')
    world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: id })
    refuse(simulator, assignmentsOf(subscription))
    const losers = ['aks-prod-1 on nearacr']
    const end = await attach({ mode: 'detach', group: pullers.objectId }, { losers })
    expectDetached(end, { changed: true })
    expect(end.report.plan[0]?.reason).toContain('nearacr')
    expect(end.report.plan[0]?.reason).toMatch(/could not all be listed/)
  })
})
