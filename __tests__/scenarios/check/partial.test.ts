import { describe, expect } from 'vitest'
import { beginWithAbac, findingCodes } from '../../support/estate.js'
import { headlineOf } from '../../support/reading.js'
import { expectAttached, expectFailure, it } from '../../support/scenario.js'

const check = { mode: 'check' }
const reader = 'Container Registry Repository Reader'

describe('drift reports what can still be pulled:', () => {
  it('some repositories, if the whole registry is needed', async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app')
    const end = await attach({ ...inputs, ...check })
    expectFailure(end, 'DRIFT')
    expect(end.log).toMatch(new RegExp(`^✗ DRIFT {2}aks-prod-1 .*team/app .*abacacr: ${reader} `, 'm'))
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 .*only .*team\/app.*abacacr\b/)
    expect(end.summary).toMatch(
      /^\| ⟳ \| aks-prod-1 \| abacacr\.azurecr\.io \| .* does not reach the whole registry \|/m,
    )
    expect(end.report.pairs).toMatchObject([
      {
        status: 'missing',
        grantedBy: null,
        limitedTo: ['team/app'],
        lacks: [{ kind: 'reach', role: reader }],
      },
    ])
  })

  it('some of the repositories, which several grants allow together', async ({ begin }) => {
    const { attach, abac, objectId, limit, world, subscription, inputs } = await beginWithAbac(begin)
    const inner = world.addGroup('inner', { members: [objectId] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    limit(objectId, subscription.id, 'team/app')
    limit(objectId, abac.id, 'shop/*')
    limit(outer.objectId, abac.id, 'ops/*')
    const repositories = 'team/app\nshop/web\nops/x\nnew/one\nnew/two'
    const end = await attach({ ...inputs, ...check, repositories })
    expectFailure(end, 'DRIFT')
    const lacks = [{ kind: 'reach', role: reader, message: expect.stringMatching(/new\/one and new\/two$/) as string }]
    expect(end.report.pairs).toMatchObject([{ limitedTo: ['team/app', 'shop/*', 'ops/*'], lacks }])
    expect(headlineOf(end)).toMatch(/only .*team\/app, shop\/\* and ops\/\* .*abacacr\b/)
  })

  it('some for one cluster, nothing for the other', async ({ begin }) => {
    const { attach, abac, objectId, limit, group, world, inputs } = await beginWithAbac(begin)
    group.addCluster('aks-prod-2')
    limit(objectId, abac.id, 'a/1', 'a/2', 'a/3', 'a/4')
    const end = await attach({ ...inputs, ...check, cluster: 'aks-prod-1\naks-prod-2', 'drift-issue': 'true' })
    expectFailure(end, 'DRIFT')
    expect(headlineOf(end)).toMatch(
      /^⟳ 2 of 2 clusters drifted: 1 can't pull, 1 .*only .*a\/1, a\/2, a\/3 and 1 more\b/,
    )
    expect(end.report.pairs.map(({ limitedTo }) => limitedTo)).toEqual([['a/1', 'a/2', 'a/3', 'a/4'], null])
    expect(world.github.issues).toHaveLength(1)
    expect(world.github.issues[0]?.title).toBe('Drift: 2 of 2 clusters')
  })

  it('all, but not through the group in the inputs', async ({ begin }) => {
    const { attach, cluster, registry, world, deployer } = await begin()
    const pullers = world.addGroup('pullers')
    world.grantGraphPermission(deployer, 'GroupMember.Read.All')
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...check, group: pullers.objectId })
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true', verified: 'assignment' })
    const lacks = ['role', 'member'].map(kind => ({ kind, group: pullers.objectId }))
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: 'direct', role: 'AcrPull', lacks }])
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 is allowed to pull.* group/)
    expect(findingCodes(end)).toEqual(['GROUP_LATENCY'])
    expect(end.summary).toMatch(/^\| ⟳ \| aks-prod-1 \|.*; directly at contosoacr \| AcrPull \|/m)
    expect(end.summary).not.toContain('Who changed it')
  })

  it('all, through a broader role', async ({ begin }) => {
    const { attach, cluster, registry, world } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: registry.id })
    const end = await attach(check)
    expectFailure(end, 'DRIFT')
    // A broader role counts as access, but the missing pull role is drift, because attach would add it.
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true', verified: 'assignment' })
    expect(end.report.pairs).toMatchObject([
      {
        status: 'attached',
        grantedBy: 'broader-role',
        role: 'AcrPush',
        verified: 'assignment',
        lacks: [{ kind: 'role', role: 'AcrPull' }],
      },
    ])
    expect(end.report.findings).toMatchObject([{ code: 'EXCESS_ROLE' }])
    expect(end.summary).toMatch(/^\| ⟳ \| aks-prod-1 \|.*; broader role at contosoacr \| AcrPush \|/m)
  })

  it("nothing, if the registry doesn't exist yet, without commands that would fail", async ({ begin }) => {
    const { attach, group } = await begin()
    const registry = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    const end = await attach({ ...check, registry, 'create-registry': 'Basic' })
    expectFailure(end, 'DRIFT')
    const lacks = [{ kind: 'registry' }, { kind: 'role', role: 'AcrPull' }]
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, lacks }])
    expect(end.log + end.summary).not.toContain('az role assignment create')
  })

  it('some of it, through a group', async ({ begin }) => {
    const { attach, abac, objectId, limit, world, deployer, inputs } = await beginWithAbac(begin)
    const pullers = world.addGroup('pullers', { members: [objectId] })
    world.grantGraphPermission(deployer, 'GroupMember.Read.All')
    limit(pullers.objectId, abac.id, 'team/app')
    const end = await attach({ ...inputs, ...check, group: pullers.objectId, repositories: 'team/app\nshop/*' })
    expectFailure(end, 'DRIFT')
    const lacks = [{ kind: 'reach', role: reader, group: pullers.objectId }]
    expect(end.report.pairs).toMatchObject([{ limitedTo: ['team/app'], lacks }])
    expect(headlineOf(end)).toMatch(/^⟳ aks-prod-1 .*only .*team\/app.*abacacr\b/)
  })
})

describe('advice of two kinds', () => {
  it('shows which commands belong to which advice', async ({ begin }) => {
    const { attach, group, world } = await begin()
    const kubeletIdentity = group.addUserAssignedIdentity('kubelet')
    group.addCluster('aks-dead', { identity: 'UserAssigned', kubeletIdentity })
    const at = world.resources.findIndex(({ id }) => id === kubeletIdentity.id)
    world.resources.splice(at, 1)
    const end = await attach({ ...check, cluster: 'aks-prod-1\naks-dead' })
    expectFailure(end, 'DRIFT')
    expect(end.log).toMatch(/:\n {4}az identity create [^]*?:\n {4}az role assignment create /)
  })
})

describe('a result', () => {
  it("is no longer missing, and a widened grant doesn't count as created", async ({ begin }) => {
    const { attach, abac, objectId, limit, inputs } = await beginWithAbac(begin)
    limit(objectId, abac.id, 'team/app')
    const end = await attach({ ...inputs, repositories: 'shop/*' })
    expectAttached(end, { changed: true })
    expect(end.summary).toContain('| ✓ | aks-prod-1 | abacacr.azurecr.io | granted now |')
    expect(end.report.pairs).toMatchObject([{ status: 'attached', lacks: [], limitedTo: null }])
    const detached = await attach({ ...inputs, mode: 'detach' })
    expect(detached.report.pairs).toMatchObject([{ status: 'detached', lacks: [], limitedTo: null }])
  })
})

describe('the summary', () => {
  it("doesn't mark a resource as not found if it may exist", async ({ begin }) => {
    const { attach, subscription, world, deployer } = await begin()
    const other = subscription.addResourceGroup('rg-other')
    other.addCluster('aks-prod-1')
    const hidden = other.addRegistry('hiddenacr')
    const unread = await attach({ ...check, registry: hidden.id })
    expectFailure(unread, 'AUTHORIZATION_FAILED')
    expect(unread.summary).toContain('| ? | aks-prod-1 | hiddenacr | AUTHORIZATION\\_FAILED |')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const ambiguous = await attach({ 'resource-group': '' })
    expectFailure(ambiguous, 'AMBIGUOUS_NAME')
    expect(ambiguous.log).toMatch(/\n✗ 2 clusters .*aks-prod-1\n/)
    expect(ambiguous.summary).toMatch(/^\| \S+ \| aks-prod-1 \| contosoacr\.azurecr\.io \| AMBIGUOUS\\_NAME \|/m)
    expect(unread.summary + ambiguous.summary).not.toContain('not found')
  })
})
