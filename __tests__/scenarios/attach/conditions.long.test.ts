import { describe, expect } from 'vitest'
import { repositoryRights, type Registry, type RoleAssignment } from 'azure-simulator'
import { beginWithAbac as beginAbac } from '../../support/estate.js'
import { unwrapped } from '../../support/reading.js'
import {
  expectAttached,
  expectFailure,
  it,
  writes,
  type Beginning,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const reader = 'Container Registry Repository Reader'
const content = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
const metadata = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/metadata/read'}"
const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
const limit = (test: string) => `((!(${content}) AND !(${metadata})) OR (${test}))`
const shop = 'shop/*'

/** A registry in ABAC mode, and a query of the simulated Azure about an identity's access to its repositories. */
async function beginWithAbac(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await beginAbac(begin)
  const { world, abac, objectId, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  const give = (condition: string, principalId = objectId, scope = abac.id) =>
    world.assignRole({ principalId, role: reader, scope, condition })
  const can = (repository: string, principalId = objectId) => repositoryRights(world, abac, principalId, repository, 0)
  const pulls = (repository: string, principalId = objectId) => can(repository, principalId).includes('pull')
  return { ...scenario, give, can, pulls, check: { ...scenario.inputs, mode: 'check' } }
}

/** Expects that the pair is unknown, and that nothing was written. */
function expectUnknown(end: StepEnd): void {
  expectFailure(end, 'CONDITION_NOT_UNDERSTOOD')
  expect(end.report.pairs).toMatchObject([{ status: 'unknown', lacks: [], limitedTo: null }])
  expect(end.report.unknown).toHaveLength(1)
  expect(end.outputs).toMatchObject({ attached: 'false', drift: 'false', changed: 'false' })
  expect(end.report.plan).toEqual([])
  expect(writes(end)).toEqual([])
}

/** Expects that the assignment is unchanged, and that the error names it. */
function expectLeftAlone(end: StepEnd, { id, condition }: RoleAssignment, grants: RoleAssignment[]): void {
  expectFailure(end, 'CONDITION_NOT_UNDERSTOOD')
  expect(end.report.pairs).toMatchObject([{ status: 'failed' }])
  expect(unwrapped(end.log)).toContain(`az rest --method get --url '${id}?api-version=2022-04-01'`)
  // Deleting it would remove access from other holders of this assignment.
  expect(end.log).not.toContain('az role assignment delete')
  expect(grants.filter(grant => grant.id === id)).toMatchObject([{ condition }])
  expect(writes(end)).toEqual([])
}

describe('a condition with a prefix that does not end at a slash', () => {
  const prefixes: Record<string, { test: string; kept: string[] }> = {
    "StringStartsWith 'team-'": { test: `${name} StringStartsWith 'team-'`, kept: ['team-a/web', 'team-b'] },
    "StringLike 'team-*'": { test: `${name} StringLike 'team-*'`, kept: ['team-a/web', 'team-b'] },
    "StringStartsWith 'base'": { test: `${name} StringStartsWith 'base'`, kept: ['base', 'base/x', 'basement/y'] },
  }

  it.for(Object.entries(prefixes))('keeps everything that it allowed: %s', async ([, { test, kept }], { begin }) => {
    const { attach, inputs, give, pulls, grants } = await beginWithAbac(begin)
    const { condition, name: guid } = give(limit(test))
    const end = await attach({ ...inputs, repositories: shop })
    expectAttached(end, { changed: true })
    expect([...kept, 'shop/web'].filter(repository => !pulls(repository))).toEqual([])
    expect(['tea', 'shop', 'shops/a', 'bas', 'other'].filter(repository => pulls(repository))).toEqual([])
    expect(grants()).toMatchObject([{ name: guid, conditionVersion: '2.0' }])
    expect(grants()[0]?.condition?.startsWith(`${condition ?? ''} OR `)).toBe(true)
    // The written condition is read again, including several clauses.
    expectAttached(await attach({ ...inputs, repositories: shop }), { changed: false })
    expectAttached(await attach({ ...inputs, repositories: 'ops/one\nshop/web' }), { changed: true })
    const all = await attach({ ...inputs, repositories: `ops/one\n${shop}\n${kept.join('\n')}` })
    expectAttached(all, { changed: false })
    expect([...kept, 'shop/web', 'ops/one'].filter(repository => !pulls(repository))).toEqual([])
  })

  it.for(Object.entries(prefixes))(
    'keeps it for every member of a group: %s',
    async ([, { test, kept }], { begin }) => {
      const { attach, inputs, give, pulls, world, objectId, group } = await beginWithAbac(begin)
      const other = group.addUserAssignedIdentity('other')
      const pullers = world.addGroup('pullers', { members: [objectId, other.objectId] })
      give(limit(test), pullers.objectId)
      const end = await attach({ ...inputs, group: pullers.objectId, repositories: shop })
      expectAttached(end, { changed: true })
      for (const member of [objectId, other.objectId])
        expect([...kept, 'shop/web'].filter(repository => !pulls(repository, member))).toEqual([])
      const again = await attach({ ...inputs, group: pullers.objectId, repositories: shop })
      expectAttached(again, { changed: false })
    },
  )
})

describe('a condition', () => {
  it('with a literal star allows no prefix, before and after', async ({ begin }) => {
    const { attach, inputs, check, give, pulls } = await beginWithAbac(begin)
    give(limit(`${name} StringEquals 'secret/*' OR ${name} StringEquals 'team/app'`))
    const drift = await attach({ ...check, repositories: 'secret/*' })
    expectFailure(drift, 'DRIFT')
    expect(drift.report.pairs).toMatchObject([{ status: 'missing', limitedTo: ['team/app'] }])
    expectAttached(await attach({ ...inputs, repositories: shop }), { changed: true })
    expect(['team/app', 'shop/web', 'secret/key'].map(repository => pulls(repository))).toEqual([true, true, false])
  })

  const capitals = {
    'a name': `${name} StringEquals 'Team-A/Web'`,
    'a prefix': `${name} StringStartsWith 'Team-A/'`,
    'a pattern': `${name} StringLike 'TEAM-*'`,
  }

  it.for(Object.entries(capitals))(
    'with capitals that is case-sensitive allows nothing: %s',
    async ([, test], { begin }) => {
      const { attach, inputs, check, give, pulls } = await beginWithAbac(begin)
      give(limit(test))
      expect(pulls('team-a/web')).toBe(false)
      const drift = await attach({ ...check, repositories: 'team-a/web' })
      expectFailure(drift, 'DRIFT')
      expect(drift.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, limitedTo: null }])
      expect(drift.log).toMatch(/\bcondition of its role\b/)
      expectAttached(await attach({ ...inputs, repositories: 'team-a/web' }), { changed: true })
      expect(pulls('team-a/web')).toBe(true)
      expectAttached(await attach({ ...check, repositories: 'team-a/web' }), { changed: false })
    },
  )

  it('with capitals that ignores case is enough', async ({ begin }) => {
    const { attach, check, give } = await beginWithAbac(begin)
    give(limit(`${name} StringLikeIgnoreCase 'Team-?/W*' OR ${name} StringEqualsIgnoreCase 'SHOP'`))
    expectAttached(await attach({ ...check, repositories: 'team-a/web\nshop' }), { changed: false })
  })

  it("on content alone doesn't get metadata for its own repositories", async ({ begin }) => {
    const { attach, inputs, give, can } = await beginWithAbac(begin)
    give(`(!(${metadata})) AND ((!(${content})) OR (${name} StringEquals 'team/app'))`)
    expect(can('team/app')).toEqual(['pull'])
    expectAttached(await attach({ ...inputs, repositories: shop }), { changed: true })
    expect(can('team/app')).toEqual(['pull'])
    expect(can('shop/web')).toEqual(['pull', 'metadata_read'])
    expect(can('other')).toEqual([])
  })

  it('on content alone keeps the metadata of every repository', async ({ begin }) => {
    const { attach, inputs, give, can } = await beginWithAbac(begin)
    give(`((!(${content})) OR (${name} StringStartsWith 'team/'))`)
    expect(can('other')).toEqual(['metadata_read'])
    expectAttached(await attach({ ...inputs, repositories: shop }), { changed: true })
    expect(can('other')).toEqual(['metadata_read'])
    expect(can('team/app')).toEqual(['pull', 'metadata_read'])
    expect(can('shop/web')).toEqual(['pull', 'metadata_read'])
  })

  it('that would be too long for Azure is left unchanged', async ({ begin }) => {
    const { attach, inputs, give, grants } = await beginWithAbac(begin)
    const long = Array.from({ length: 80 }, (_, index) => `${name} StringEquals 'team/app-${index}'`).join(' OR ')
    const { condition, id } = give(limit(long))
    const end = await attach({ ...inputs, repositories: shop })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.log).toContain('8192')
    expect(end.log).toContain(id)
    expect(grants()).toMatchObject([{ condition }])
    expect(writes(end)).toEqual([])
  })
})

describe('a condition that is not understood', () => {
  const strange: Record<string, string> = {
    NOT: limit(`NOT ${name} StringStartsWith 'secret/'`),
    'a negative operator': limit(`${name} StringNotEqualsIgnoreCase 'secret'`),
    'a wildcard in ActionMatches': `((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/*'})) OR (${name} StringEquals 'team/app'))`,
    ForAllOfAnyValues: limit(`${name} ForAllOfAnyValues:StringEquals {'team/app', 'team/web'}`),
    ForAnyOfAllValues: limit(`${name} ForAnyOfAllValues:StringLike {'team/*', '*/app'}`),
    'both must hold': limit(`${name} StringLike 'team/*' AND ${name} StringLike '*/app'`),
    'another attribute': limit("@Environment[Microsoft.Network/privateEndpoints] StringEquals 'here'"),
  }

  it.for(Object.entries(strange))(
    'is unknown in check, and left unchanged by attach: %s',
    async ([, text], { begin }) => {
      const { attach, inputs, check, give, grants } = await beginWithAbac(begin)
      const given = give(text)
      for (const repositories of ['team/app', shop, '']) {
        expectUnknown(await attach({ ...check, repositories }))
        expectLeftAlone(await attach({ ...inputs, repositories }), given, grants())
      }
    },
  )

  it("doesn't matter if there is other access", async ({ begin }) => {
    const { attach, inputs, check, give, group, objectId } = await beginWithAbac(begin)
    give(strange.NOT ?? '')
    give(limit(`${name} StringStartsWith 'shop/'`), objectId, group.id)
    for (const desired of [inputs, check])
      expectAttached(await attach({ ...desired, repositories: 'shop/web' }), { changed: false })
  })

  it('above the registry gets an additional assignment', async ({ begin }) => {
    const { attach, inputs, check, give, group, grants, objectId } = await beginWithAbac(begin)
    const { condition } = give(strange.NOT ?? '', objectId, group.id)
    expectUnknown(await attach({ ...check, repositories: shop }))
    expectAttached(await attach({ ...inputs, repositories: shop }), { changed: true })
    expect(grants()).toMatchObject([{ condition }, { condition: limit(`${name} StringStartsWithIgnoreCase 'shop/'`) }])
    expectAttached(await attach({ ...check, repositories: shop }), { changed: false })
  })

  it('is unknown, and unchanged, if it belongs to a group', async ({ begin }) => {
    const { attach, inputs, check, give, world, objectId } = await beginWithAbac(begin)
    const pullers = world.addGroup('pullers', { members: [objectId] })
    const given = give(strange.NOT ?? '', pullers.objectId)
    const desired = { group: pullers.objectId, repositories: shop }
    expectUnknown(await attach({ ...check, ...desired }))
    expectLeftAlone(await attach({ ...inputs, ...desired }), given, world.roleAssignments.slice())
  })

  it('is not the only drift if a membership is missing too', async ({ begin }) => {
    const { attach, check, give, world } = await beginWithAbac(begin)
    const pullers = world.addGroup('pullers')
    give(strange.NOT ?? '', pullers.objectId)
    const end = await attach({ ...check, group: pullers.objectId, repositories: shop })
    expectFailure(end, 'DRIFT')
    expect(end.report.plan).toMatchObject([{ operation: 'add-group-member' }])
    expect(end.report.pairs).toMatchObject([
      { status: 'missing', lacks: [{ kind: 'member', group: pullers.objectId }] },
    ])
    expect(end.report.unknown).toHaveLength(1)
  })
})

describe('AcrPull with a condition at a registry in RBAC mode', () => {
  const conditions = {
    'on repositories': limit(`${name} StringEquals 'team/app'`),
    'on pulling': `((!(ActionMatches{'Microsoft.ContainerRegistry/registries/pull/read'})) OR (${name} StringEquals 'team/app'))`,
  }

  const give = ({ world, cluster }: Scenario, { id }: Pick<Registry, 'id'>, condition: string) =>
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: id, condition })

  it.for(Object.entries(conditions))('is unknown, and left unchanged: %s', async ([, condition], { begin }) => {
    const scenario = await begin()
    const { attach, registry, grants } = scenario
    const given = give(scenario, registry, condition)
    expectUnknown(await attach({ mode: 'check' }))
    expectLeftAlone(await attach(), given, grants())
  })

  it("doesn't matter if a grant without one is inherited", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry, group } = scenario
    give(scenario, registry, conditions['on pulling'])
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: group.id })
    for (const mode of ['check', 'attach']) expectAttached(await attach({ mode }), { changed: false })
  })

  it("doesn't matter if a broader role gives access", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry, group } = scenario
    give(scenario, registry, conditions['on pulling'])
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: group.id })
    const end = await attach({ mode: 'check' })
    expect(end.report.pairs).toMatchObject([{ status: 'attached', grantedBy: 'broader-role' }])
    expect(end.report.unknown).toHaveLength(1)
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false' })
  })

  it('is found above the registry, and gets an assignment at the registry', async ({ begin }) => {
    const scenario = await begin()
    const { attach, grants, group } = scenario
    give(scenario, group, conditions['on pulling'])
    expectUnknown(await attach({ mode: 'check' }))
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(2)
    expectAttached(await attach({ mode: 'check' }), { changed: false })
  })
})
