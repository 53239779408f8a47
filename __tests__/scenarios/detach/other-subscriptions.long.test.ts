import { describe, expect } from 'vitest'
import { expectDetached, findingCodes, letDeploy } from '../../support/estate.js'
import { advisedCommands } from '../../support/reading.js'
import { armRequests, expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const detach = { mode: 'detach' }

/** `aks-green` and, in a subscription that the step does not name, `aks-blue`, with one identity and a pull role of it. */
async function beginApart(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { boots = false, isApplication = false } = {},
) {
  const scenario = await begin()
  const { world, group, registry, subscription, deployer } = scenario
  const apart = world.addSubscription()
  for (const { id } of [subscription, apart]) letDeploy(scenario, id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const identity = group.addUserAssignedIdentity('shared-kubelet')
  const application = world.directory.addServicePrincipal('old-sp', 'Application')
  const options = isApplication
    ? ({ identity: 'ServicePrincipal', servicePrincipalClientId: application.clientId } as const)
    : { kubeletIdentity: identity }
  const green = group.addCluster('aks-green', options)
  const blue = apart
    .addResourceGroup('rg-apart')
    .addCluster('aks-blue', { ...options, ...(boots && { bootstrapRegistryId: registry.id }) })
  const { objectId } = isApplication ? application : identity
  const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, identity, green, blue, grant, objectId, apart }
}

describe('a cluster in another subscription with the identity of a target', () => {
  onceIt.for(['cluster', 'kubelet-identity', 'application'] as const)(
    'that boots with the pull role keeps it: detach of the %s',
    async (kind, { begin }) => {
      const isApplication = kind === 'application'
      const { attach, world, grant, identity } = await beginApart(begin, { boots: true, isApplication })
      const target = kind === 'kubelet-identity' ? { cluster: '', [kind]: identity.id } : { cluster: 'aks-green' }
      const end = await attach({ ...detach, ...target })
      expectFailure(end, 'BOOTSTRAP_REGISTRY')
      expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
      expect(writes(end)).toEqual([])
      expect(world.roleAssignments).toContain(grant)
    },
  )

  onceIt('keeps its access, at one request for all subscriptions', async ({ begin }) => {
    const { attach, grant, world } = await beginApart(begin)
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toMatch(/\baks-blue\b.*\bidentity\b/)
    expect(world.roleAssignments).toContain(grant)
    expect(armRequests(end, 'POST', 'Microsoft.ResourceGraph')).toHaveLength(1)
  })

  onceIt('keeps the inherited role that remains', async ({ begin }) => {
    const { attach, grant, world, group, objectId } = await beginApart(begin)
    world.assignments.remove(grant)
    const { id } = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: group.id })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.findings[0]?.fix.text).toContain('aks-blue')
    expect(advisedCommands(end).join()).not.toContain(id)
  })

  onceIt('is found in the lists of all subscriptions where Azure Resource Graph refuses', async ({ begin }) => {
    const { attach, world, grant, simulator } = await beginApart(begin, { boots: true })
    simulator.faults.add(graphRefuses)
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('keeps its access, too, if these can not be listed, either', async ({ begin }) => {
    const { attach, apart, simulator } = await beginApart(begin)
    simulator.faults.add(graphRefuses)
    simulator.faults.add({
      ...{ method: 'GET', path: `${apart.id}/providers/Microsoft.ContainerService/managedClusters`, status: 403 },
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toContain('could not be checked')
    expect(end.report.unknown).toHaveLength(1)
    expect(end.report.unknown[0]?.message).toContain('shared-kubelet')
  })

  onceIt('that is still in the index, but was deleted, does not matter', async ({ begin }) => {
    const { attach, world, blue, grant, simulator } = await beginApart(begin, { boots: true })
    simulator.faults.add({
      ...{ method: 'GET', path: blue.id, status: 404 },
      body: { error: { code: 'ResourceNotFound', message: 'It was not found.' } },
    })
    const losers = ['aks-blue on contosoacr']
    expectDetached(await attach({ ...detach, cluster: 'aks-green' }, { losers }), { changed: true })
    expect(world.roleAssignments).not.toContain(grant)
  })

  onceIt('keeps its role if that is wrong for the cluster of the step, whose own identity it is', async ({ begin }) => {
    const { attach, world, group, registry, apart } = await beginApart(begin)
    const cluster = group.addCluster('aks-control', { identity: 'UserAssigned' })
    const objectId = cluster.controlPlanePrincipalId ?? ''
    const kubeletIdentity = { ...group.addUserAssignedIdentity('own'), objectId }
    apart.addResourceGroup('rg-pulling').addCluster('aks-pulling', { kubeletIdentity })
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ mode: 'check', cluster: 'aks-control' })
    expect(findingCodes(end)).toEqual(['WRONG_IDENTITY_GRANTED'])
    expect(end.report.findings[0]?.fix.text).toContain('aks-pulling')
    expect(end.report.findings[0]?.fix.commands).toEqual([])
  })
})

describe('a group that pulls in another subscription, too', () => {
  onceIt.for([
    ['', false],
    [', also where Azure Resource Graph refuses', true],
  ] as const)('is left with a word about the registries there%s', async ([, denied], { begin }) => {
    const scenario = await begin()
    if (denied) scenario.simulator.faults.add(graphRefuses)
    const { attach, world, cluster, registry, deployer, subscription } = scenario
    const apart = world.addSubscription()
    for (const { id } of [subscription, apart]) letDeploy(scenario, id)
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const group = apart.addResourceGroup('rg-hub')
    const [hub, edge] = [group.addRegistry('hubacr'), group.addRegistry('edgeacr')]
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    const outer = world.addGroup('outer', { members: [pullers.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: hub.id })
    world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: edge.id })
    world.assignRole({ principalId: outer.objectId, role: 'AcrDelete', scope: group.addRegistry('otheracr').id })
    const losers = ['aks-prod-1 on edgeacr', 'aks-prod-1 on hubacr']
    const end = await attach({ ...detach, group: pullers.objectId }, { losers })
    expectDetached(end, { changed: true })
    const reason = end.report.plan[0]?.reason
    for (const name of ['hubacr', 'edgeacr']) expect(reason).toContain(name)
    expect(reason).not.toContain('otheracr')
  })
})
