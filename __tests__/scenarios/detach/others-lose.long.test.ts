import { describe, expect } from 'vitest'
import { widenCondition } from 'repository-conditions'
import { beginWithAbac, expectDetached, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import {
  armRequests,
  expectFailure,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** Two clusters with one identity, and the permission to see and change everything. */
async function beginShared(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { group, subscription, world, deployer } = scenario
  letDeploy(scenario, subscription.id)
  for (const permission of ['GroupMember.ReadWrite.All', 'Application.Read.All'])
    world.grantGraphPermission(deployer, permission)
  const shared = group.addUserAssignedIdentity('shared-kubelet')
  for (const name of ['aks-a', 'aks-b']) group.addCluster(name, { kubeletIdentity: shared })
  return { ...scenario, shared }
}

/** Expects a refusal that names the clusters, before any write. */
function expectShared(end: StepEnd, names: string): void {
  expectFailure(end, 'SHARED_IDENTITY')
  expect(end.report.pairs[0]?.error?.message).toContain(names)
  expect(writes(end)).toEqual([])
}

describe('a detach takes no access from other clusters', () => {
  onceIt('with an identity of the inputs', async ({ begin }) => {
    const { attach, registry, shared, world } = await beginShared(begin)
    world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: '', 'kubelet-identity': shared.id })
    expectShared(end, 'aks-a, aks-b')
  })

  onceIt('with an application', async ({ begin }) => {
    const { attach, group, registry, world } = await beginShared(begin)
    const { clientId, objectId } = world.directory.addServicePrincipal('old-sp', 'Application')
    for (const name of ['aks-old-1', 'aks-old-2'])
      group.addCluster(name, { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    expectShared(await attach({ ...detach, cluster: 'aks-old-1' }), 'aks-old-2')
  })

  onceIt('with the identity that AKS made for a cluster', async ({ begin }) => {
    const { attach, cluster, group, registry, world } = await beginShared(begin)
    group.addCluster('aks-guest', { kubeletIdentity: cluster.kubeletIdentity })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    expectShared(await attach(detach), 'aks-guest')
  })

  onceIt('by a membership; targets alone lose the other registries that the group pulls from', async ({ begin }) => {
    const { attach, group, registry, shared, subscription, world } = await beginShared(begin)
    const pullers = world.addGroup('pullers', { members: [shared.objectId] })
    const above = subscription.addResourceGroup('rg-else')
    for (const scope of [registry.id, group.addRegistry('otheracr').id, above.id])
      world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope })
    above.addRegistry('elseacr')
    world.assignRole({ principalId: pullers.objectId, role: 'AcrDelete', scope: group.addRegistry('deleteacr').id })
    expectShared(await attach({ ...detach, cluster: 'aks-a', group: pullers.objectId }), 'aks-b')
    expect(world.directory.membersOf(pullers)).toEqual([shared.objectId])
    const losers = ['aks-a on elseacr', 'aks-a on otheracr', 'aks-b on elseacr', 'aks-b on otheracr']
    const end = await attach({ ...detach, cluster: 'aks-a\naks-b', group: pullers.objectId }, { losers })
    expectDetached(end, { changed: true })
    const { reason = '' } = end.report.plan[0] ?? {}
    for (const name of ['otheracr', 'elseacr']) expect(reason).toContain(name)
    expect(reason).not.toContain('deleteacr')
  })

  onceIt('and says that there may be other registries if it may not list them', async ({ begin }) => {
    const { attach, cluster, deployer, registry, world } = await begin()
    const { objectId } = cluster.kubeletIdentity
    const pullers = world.addGroup('pullers', { members: [objectId], owners: [deployer.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, group: pullers.objectId })
    expectDetached(end, { changed: true })
    expect(end.report.plan[0]?.reason).toMatch(/\bcould not all be listed\b/)
  })
})

describe('what remains after a detach', () => {
  onceIt('is not advised to be taken from clusters with the same identity', async ({ begin }) => {
    const { attach, group, registry, shared, world } = await beginShared(begin)
    const pullers = world.addGroup('pullers', { members: [shared.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: group.id })
    const end = await attach({ ...detach, cluster: 'aks-a' })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS', 'RESIDUAL_ACCESS'])
    for (const { fix } of end.report.findings) {
      expect(fix.commands).toEqual([])
      expect(fix.text).toContain('aks-b')
    }
  })
})

describe('a detach with a membership that must stay', () => {
  onceIt('still deletes the roles of the identity itself', async ({ begin }) => {
    const { attach, group, registry, shared, world } = await beginShared(begin)
    const other = group.addRegistry('otheracr')
    group.addCluster('aks-boots', { kubeletIdentity: shared, bootstrapRegistryId: other.id })
    const pullers = world.addGroup('pullers', { members: [shared.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: other.id })
    const own = world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const inputs = { ...detach, group: pullers.objectId }
    const shy = await attach({ ...inputs, cluster: 'aks-a' })
    expectFailure(shy, 'BOOTSTRAP_REGISTRY')
    expect(writes(shy)).toEqual([])
    const end = await attach({ ...inputs, cluster: 'aks-a\naks-b\naks-boots' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]).toMatchObject({ status: 'failed', changed: true })
    expect(world.roleAssignments).not.toContain(own)
    expect(world.directory.membersOf(pullers)).toEqual([shared.objectId])
  })
})

describe('a detach from some repositories', () => {
  onceIt('takes the named ones out of the condition, and leaves the others', async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id, 'team/app', 'team/web', 'shop/*')
    const end = await attach({ ...detach, ...inputs, repositories: 'team/*' })
    expectDetached(end, { changed: true })
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['update-role-assignment'])
    expect(grant.condition).toContain("'shop/'")
    expect(grant.condition).not.toContain('team/')
    expect(findingCodes(end)).toEqual([])
    const again = await attach({ ...detach, ...inputs, repositories: 'team/*' })
    expectDetached(again, { changed: false })
    expect(writes(again)).toEqual([])
  })

  onceIt('takes them out of the clause that attach added to a condition of somebody else', async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id)
    const theirs = `(@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWith 'base')`
    grant.condition = widenCondition(theirs, ['team/app'])
    const end = await attach({ ...detach, ...inputs, repositories: 'team/app' })
    expectDetached(end, { changed: true })
    expect(grant.condition).toBe(theirs)
  })

  onceIt('deletes an assignment of nothing else', async ({ begin }) => {
    const { attach, abac, grants, objectId, limit, inputs } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app', 'team/web')
    const end = await attach({ ...detach, ...inputs, repositories: 'team/*' })
    expectDetached(end, { changed: true })
    expect(grants()).toEqual([])
  })

  onceIt.for([
    ['whole registry', []],
    ['a wider prefix', ['team/*']],
  ] as const)('refuses to take a part of %s', async ([, held], { begin }) => {
    const { attach, abac, grants, objectId, limit, inputs, world } = await beginWithAbac(begin)
    if (held.length > 0) limit(objectId, abac.id, ...held)
    else world.assignRole({ principalId: objectId, role: 'Container Registry Repository Reader', scope: abac.id })
    const before = grants().map(each => ({ ...each }))
    const end = await attach({ ...detach, ...inputs, repositories: 'team/app' })
    expectFailure(end, 'INVALID_INPUT')
    expect(writes(end)).toEqual([])
    expect(grants()).toEqual(before)
  })

  onceIt('refuses a condition that it does not understand', async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id)
    grant.condition = "(NOT (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'secret'))"
    const end = await attach({ ...detach, ...inputs, repositories: 'team/app' })
    expect(pairEnds(end)).toEqual(['CONDITION_NOT_UNDERSTOOD'])
    expect(writes(end)).toEqual([])
  })

  onceIt('reports only what still lets it pull these', async ({ begin }) => {
    const { attach, group, objectId, limit, inputs } = await beginWithAbac(begin)
    limit(objectId, group.id, 'shop/*')
    expect(findingCodes(await attach({ ...detach, ...inputs, repositories: 'team/*' }))).toEqual([])
    const end = await attach({ ...detach, ...inputs, repositories: 'shop/app' })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
  })

  onceIt('is refused together with a group, before any request', async ({ begin }) => {
    const { attach, inputs, world } = await beginWithAbac(begin)
    const { objectId } = world.addGroup('pullers')
    const end = await attach({ ...detach, ...inputs, repositories: 'team/app', group: objectId })
    expectFailure(end, 'INVALID_INPUT')
    expect(armRequests(end, 'GET')).toEqual([])
  })
})
