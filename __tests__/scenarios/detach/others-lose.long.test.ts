import { describe, expect } from 'vitest'
import { beginWithAbac, expectDetached, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { expectFailure, onceIt, writes, type Beginning, type Scenario, type StepEnd } from '../../support/scenario.js'

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
})

describe('a detach from some repositories', () => {
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
    ['a list of repositories', ['team/app', 'shop/*']],
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
})
