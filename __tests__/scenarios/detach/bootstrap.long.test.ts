import { describe, expect } from 'vitest'
import { everything, expectDetached, letDeploy, pairEnds } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** Two clusters with one identity: `aks-blue` boots its nodes from `contosoacr`, `aks-green` doesn't. */
async function beginShared(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { group, registry, subscription, world } = scenario
  letDeploy(scenario, subscription.id)
  const shared = group.addUserAssignedIdentity('shared-kubelet')
  const blue = group.addCluster('aks-blue', { kubeletIdentity: shared, bootstrapRegistryId: registry.id.toUpperCase() })
  const green = group.addCluster('aks-green', { kubeletIdentity: shared })
  const other = group.addRegistry('otheracr')
  const assign = (principalId: string, scope: string, role = 'AcrPull') =>
    world.assignRole({ principalId, role, scope })
  return { ...scenario, shared, blue, green, other, assign }
}

describe('a grant that a cluster boots its nodes by', () => {
  onceIt.for([
    ['the cluster and another one', { cluster: 'aks-blue\naks-green' }, 2],
    ['another cluster', { cluster: 'aks-green' }, 1],
  ] as const)('stays if detaching %s would remove it', async ([, inputs, count], { begin }) => {
    const scenario = await beginShared(begin)
    scenario.assign(scenario.shared.objectId, scenario.registry.id)
    const before = everything(scenario)
    const end = await scenario.attach({ ...detach, ...inputs })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(pairEnds(end)).toEqual(Array(count).fill('BOOTSTRAP_REGISTRY'))
    expect(writes(end)).toEqual([])
    expect(scenario.world.roleAssignments).toEqual(before)
    for (const { message } of errorsOf(end)) expect(message).toMatch(/aks-blue .*contosoacr/)
  })

  onceIt('stays if detaching the identity would remove it', async ({ begin }) => {
    const scenario = await beginShared(begin)
    const { attach, shared, registry, world, blue, assign } = scenario
    assign(shared.objectId, registry.id)
    const before = everything(scenario)
    const end = await attach({ ...detach, cluster: '', 'kubelet-identity': shared.id })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(writes(end)).toEqual([])
    expect(world.roleAssignments).toEqual(before)
    expect(end.report.pairs[0]?.error?.message).toMatch(/aks-blue .*contosoacr .*shared-kubelet/)
    // The subject is the cluster, not the identity.
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([expect.stringContaining(`--name ${blue.name}`)])
  })

  onceIt('stays if another cluster pulls as the same application', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry, subscription, world, deployer } = scenario
    letDeploy(scenario, subscription.id)
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const { clientId, objectId } = world.directory.addServicePrincipal('old-sp', 'Application')
    const old = { identity: 'ServicePrincipal', servicePrincipalClientId: clientId } as const
    group.addCluster('aks-blue', { ...old, bootstrapRegistryId: registry.id })
    group.addCluster('aks-green', old)
    const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('does not keep the access of other pairs of the run', async ({ begin }) => {
    const { attach, assign, cluster: own, grants, other, registry, shared, world } = await beginShared(begin)
    const boots = assign(shared.objectId, registry.id)
    const elsewhere = assign(shared.objectId, other.id)
    assign(own.kubeletIdentity.objectId, registry.id)
    const cluster = 'aks-prod-1\naks-green\naks-blue'
    const end = await attach({ ...detach, cluster, registry: 'contosoacr\notheracr' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    const refused = ['BOOTSTRAP_REGISTRY', 'detached']
    expect(pairEnds(end)).toEqual(['detached', 'detached', ...refused, ...refused])
    expect(grants()).toEqual([])
    expect(world.roleAssignments).toContain(boots)
    expect(world.roleAssignments).not.toContain(elsewhere)
  })
})

describe('a detach without permission to see all clusters', () => {
  onceIt('refuses an identity that others may pull with, and says what it could not read', async ({ begin }) => {
    const { attach, cluster, group, registry, world } = await begin()
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: shared })
    const grant = world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toMatch(/shared-kubelet.*managedClusters\/read/)
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([expect.stringContaining('az role assignment create')])
    expect(world.roleAssignments).toContain(grant)
    // An identity that AKS made is hardly ever another cluster's: nothing is said of clusters that can't be seen.
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const own = await attach(detach)
    expectDetached(own, { changed: true })
    expect(armRequests(own, 'GET', 'managedClusters')).toHaveLength(2)
  })

  onceIt('refuses if a visible cluster boots with the identity', async ({ begin }) => {
    const { attach, group, registry, world } = await begin()
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: shared })
    group.addCluster('aks-blue', { kubeletIdentity: shared, bootstrapRegistryId: registry.id })
    const grant = world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    expectFailure(await attach({ ...detach, cluster: 'aks-green' }), 'BOOTSTRAP_REGISTRY')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('does not list them if there is nothing to remove', async ({ begin }) => {
    const { attach, shared } = await beginShared(begin)
    const end = await attach({ ...detach, cluster: '', 'kubelet-identity': shared.id })
    expectDetached(end, { changed: false })
    expect(armRequests(end, 'GET', 'managedClusters')).toEqual([])
  })
})
