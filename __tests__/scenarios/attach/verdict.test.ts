import { describe, expect } from 'vitest'
import { beginWithAbac, disarm, grantAccess, held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import { expectAttached, expectFailure, it, whenRequested, writes } from '../../support/scenario.js'

const check = { mode: 'check' }

describe('the verdict on a pair', () => {
  for (const others of ['', '\naks-prod-2']) {
    const among = others ? 'among two' : 'alone'

    it(`is the same ${among}: a group gives all, a grant of its own a part`, async ({ begin }) => {
      const { attach, abac, objectId, limit, group, world, inputs } = await beginWithAbac(begin)
      const second = group.addCluster('aks-prod-2')
      for (const principalId of [objectId, second.kubeletIdentity.objectId]) limit(principalId, abac.id, 'team/app')
      const pullers = world.addGroup('pullers', { members: [objectId, second.kubeletIdentity.objectId] })
      world.assignRole({
        principalId: pullers.objectId,
        role: 'Container Registry Repository Reader',
        scope: group.id,
      })
      const end = await attach({ ...inputs, ...check, cluster: `aks-prod-1${others}` })
      expectAttached(end, { changed: false })
      expect(end.report.pairs[0]).toMatchObject({ status: 'attached', grantedBy: 'group' })
    })

    it(`is the same ${among}: a group pulls, its own role is broader`, async ({ begin }) => {
      const { attach, cluster, group, world, registry } = await begin()
      const second = group.addCluster('aks-prod-2')
      const identities = [cluster, second].map(({ kubeletIdentity: { objectId } }) => objectId)
      for (const principalId of identities) world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
      const pullers = world.addGroup('pullers', { members: identities })
      world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: group.id })
      const end = await attach({ ...check, cluster: `aks-prod-1${others}` })
      expectAttached(end, { changed: false })
      expect(end.report.pairs[0]).toMatchObject({ status: 'attached', grantedBy: 'group' })
    })
  }

  it('is the same alone and as one of two, including headline and findings', async ({ begin }) => {
    const { attach, cluster, group, world, registry } = await begin()
    const second = group.addCluster('aks-prod-2')
    const identities = [cluster, second].map(({ kubeletIdentity: { objectId } }) => objectId)
    for (const principalId of identities) world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    const admins = world.addGroup('admins', { members: identities })
    world.assignRole({ principalId: admins.objectId, role: 'Contributor', scope: group.id })
    const alone = await attach(check)
    const among = await attach({ ...check, cluster: 'aks-prod-1\naks-prod-2' })
    for (const end of [alone, among]) expectAttached(end, { changed: false })
    expect(alone.report.findings).toEqual(among.report.findings)
    expect(alone.report.pairs).toEqual(among.report.pairs.slice(0, 1))
  })

  it('adds up what several grants at several scopes allow', async ({ begin }) => {
    const { attach, abac, objectId, limit, group, world, inputs } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app')
    limit(objectId, group.id, 'tools/*')
    const repositories = 'team/app\ntools/lint'
    const end = await attach({ ...inputs, ...check, repositories })
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toMatchObject([{ status: 'attached', grantedBy: 'inherited', scope: group.id }])
    expect(writes(await attach({ ...inputs, repositories }))).toEqual([])
    // A third repository is in neither.
    const drift = await attach({ ...inputs, ...check, repositories: `${repositories}\nother` })
    expectFailure(drift, 'DRIFT')
    expect(world.roleAssignments.filter(({ principalId }) => principalId === objectId)).toHaveLength(2)
  })
})

describe('a kubelet identity that is gone', () => {
  for (const how of ['was deleted', 'was created again'])
    it(`(it ${how}) is never attached, whatever its old object ID holds`, async ({ begin }) => {
      const { attach, group, world, registry } = await begin()
      const identity = group.addUserAssignedIdentity('own-kubelet')
      group.addCluster('aks-own', { kubeletIdentity: identity })
      world.assignRole({ principalId: identity.objectId, role: 'AcrPull', scope: registry.id })
      world.resources.splice(world.resources.indexOf(identity), 1)
      if (how === 'was created again') group.addUserAssignedIdentity('own-kubelet')
      const end = await attach({ ...check, cluster: 'aks-own\naks-prod-1' })
      expectFailure(end, 'DRIFT')
      expect(pairEnds(end)).toEqual(['PRINCIPAL_NOT_FOUND', 'missing'])
      expect(end.report.pairs[0]).toMatchObject({ status: 'missing', verified: 'none' })
      // The same if there is nothing to write.
      const granted = await attach({ cluster: 'aks-own' })
      expectFailure(granted, 'PRINCIPAL_NOT_FOUND')
      expect(writes(granted)).toEqual([])
      for (const assignment of [...world.roleAssignments])
        if (assignment.principalId === identity.objectId) world.assignments.remove(assignment)
      const fresh = await attach({ cluster: 'aks-own' })
      expectFailure(fresh, 'PRINCIPAL_NOT_FOUND')
      expect(writes(fresh)).toEqual([])
    })
})

describe('a registry given by name', () => {
  it('is unknown, not drift, after losing read access', async ({ begin }) => {
    const { attach, cluster, deployer, world, registry } = await begin()
    expectAttached(await attach(), { changed: true })
    disarm({ world, deployer })
    const { name } = world.addCustomRole({
      roleName: 'Cluster reader',
      actions: ['Microsoft.ContainerService/managedClusters/read', 'Microsoft.Authorization/roleAssignments/read'],
      assignableScopes: [registry.id.split('/').slice(0, 3).join('/')],
    })
    world.assignRole({ principalId: deployer.objectId, role: name, scope: cluster.id.split('/').slice(0, 5).join('/') })
    const end = await attach(check)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(end.report.unknown[0]?.message).toContain('Microsoft.ContainerRegistry/registries/read')
    // Where the registry is can't be known, so the command finds it.
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([
      expect.stringMatching(/^az acr show --name contosoacr .* \| xargs .* --role Reader .* --scope$/s),
    ])
  })
})

describe('a condition', () => {
  it('that limits a grant for the whole registry is removed, and reported', async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs, world } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app')
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    const [assignment, ...more] = world.roleAssignments.filter(({ principalId }) => principalId === objectId)
    expect(more).toEqual([])
    expect(assignment?.condition || null).toBeNull()
    expect(end.report.findings).toMatchObject([{ code: 'CONDITION_REMOVED', severity: 'warning' }])
    expect(end.report.findings[0]?.message).toContain('team/app')
  })

  it.for(['', 'other'])(
    'of two jobs at once ends with the access that both want, plus the existing access: %s',
    async (there, { begin }) => {
      const { attach, abac, objectId, inputs, world, simulator, limit } = await beginWithAbac(begin)
      if (there) limit(objectId, abac.id, there)
      // Each has checked before the other writes.
      const isWrite = ({ method }: { method: string }): boolean => method === 'PUT'
      simulator.faults.add({ method: 'PUT', times: 2, until: () => whenRequested(simulator, isWrite, 2) })
      const ends = await Promise.all(['team/app', 'tools/*'].map(repositories => attach({ ...inputs, repositories })))
      for (const end of ends) expectAttached(end, { changed: true })
      expect(held({ world }, objectId)).toEqual([[roleIds.repositoryReader, abac.id]])
      const after = await attach({ ...inputs, ...check, repositories: ['team/app', 'tools/*', there].join('\n') })
      expectAttached(after, { changed: false })
    },
  )
})

describe('the headline', () => {
  it('counts a cluster without its role as not attached, and names it, even if another cluster failed', async ({
    begin,
  }) => {
    const scenario = await begin()
    const { attach, group, subscription } = scenario
    letDeploy(scenario, subscription.id)
    grantAccess(scenario)
    group.addCluster('aks-prod-2')
    // The name does not tell which of the two is meant.
    for (const each of [group, subscription.addResourceGroup('rg-other')]) each.addCluster('aks-prod-3')
    const end = await attach({ ...check, 'resource-group': '', cluster: 'aks-prod-1\naks-prod-2\naks-prod-3' })
    expectFailure(end, 'AMBIGUOUS_NAME')
    expect(pairEnds(end)).toEqual(['attached', 'missing', 'AMBIGUOUS_NAME'])
    expect(end.log).toMatch(/✗ 1 of 3 clusters failed: [^(]* \(1 attached\); 1 of 3 .*contosoacr\n/)
  })
})
