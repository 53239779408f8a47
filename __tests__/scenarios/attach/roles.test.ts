import { describe, expect } from 'vitest'
import type { Registry } from 'azure-simulator'
import { findingCodes, letDeploy, roleIds } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import {
  expectAttached,
  expectFailure,
  it,
  whenRequested,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

const pullAction = 'Microsoft.ContainerRegistry/registries/pull/read'
const pushAction = 'Microsoft.ContainerRegistry/registries/push/write'
const contentAction = 'Microsoft.ContainerRegistry/registries/repositories/content/read'
const metadataAction = 'Microsoft.ContainerRegistry/registries/repositories/metadata/read'
const repositoryName = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'

/** A registry that honours repository permissions, where the deployer can assign roles. */
async function beginWithAbac(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const abac = scenario.group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
  letDeploy(scenario, abac.id)
  const principalId = scenario.cluster.kubeletIdentity.objectId
  const give = (role: string, scope: string, condition?: string) =>
    scenario.world.assignRole({ principalId, role, scope, ...(condition && { condition }) })
  return { ...scenario, abac, principalId, give, inputs: { registry: 'abacacr' } }
}

/** The condition as documented by Microsoft, for some names and prefixes. */
const limit = (...tests: string[]) =>
  `((!(ActionMatches{'${contentAction}'}) AND !(ActionMatches{'${metadataAction}'})) OR (${tests.join(' OR ')}))`
const named = (name: string) => `${repositoryName} StringEqualsIgnoreCase '${name}'`
const under = (prefix: string) => `${repositoryName} StringStartsWithIgnoreCase '${prefix}'`

describe('role: auto', () => {
  it('follows each registry: one step serves both modes', async ({ begin }) => {
    const { attach, grants, registry, abac } = await beginWithAbac(begin)
    const end = await attach({ registry: 'contosoacr\nabacacr' })
    expectAttached(end, { changed: true })
    expect(grants().map(({ scope, roleDefinitionId }) => [scope, roleDefinitionId.slice(-36)])).toEqual(
      expect.arrayContaining([
        [registry.id, roleIds.acrPull],
        [abac.id, roleIds.repositoryReader],
      ]) as unknown,
    )
    expect(end.report.pairs.map(({ role }) => role)).toEqual(['AcrPull', 'Container Registry Repository Reader'])
    expect(writes(end)).toHaveLength(2)
  })

  it.for(['AcrPull', 'AcrPush', 'Contributor', 'Owner', 'Reader'])(
    "doesn't count %s on an ABAC registry as access, and reports that",
    async (role, { begin }) => {
      const { attach, inputs, give, abac, grants, group } = await beginWithAbac(begin)
      const scope = role === 'AcrPull' ? abac.id : group.id
      give(role, scope)
      const end = await attach(inputs)
      expectAttached(end, { changed: true })
      expect(grants()).toHaveLength(2)
      expect(end.report.findings).toMatchObject([
        { code: 'ROLE_IGNORED_BY_ABAC', severity: 'warning', subject: abac.id },
      ])
      expect(end.report.findings[0]?.message).toMatch(new RegExp(`\\b${role}\\b.* ${scope}\\b`))
      expect(end.report.findings[0]?.message).toContain('ABAC mode')
      expectAttached(await attach(inputs), { changed: false })
    },
  )

  it("doesn't count a repository role on an RBAC registry as access", async ({ begin }) => {
    const { attach, give, registry, grants } = await beginWithAbac(begin)
    give('Container Registry Repository Reader', registry.id)
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(2)
  })
})

describe('role: both', () => {
  const both = { registry: 'contosoacr\nabacacr', role: 'both' }
  const roles = ['AcrPull', 'Container Registry Repository Reader']

  it('assigns the roles of both modes at each registry, side by side, and survives a move from one mode to the other', async ({
    begin,
  }) => {
    const { attach, grants, registry, abac } = await beginWithAbac(begin)
    const end = await attach(both)
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(4)
    expect(writes(end)).toHaveLength(4)
    expect(end.report.pairs.map(({ role, lacks }) => [role, lacks])).toEqual(roles.map(role => [role, []]))
    registry.body.properties.roleAssignmentMode = 'AbacRepositoryPermissions'
    abac.body.properties.roleAssignmentMode = 'LegacyRegistryPermissions'
    const moved = await attach(both)
    expectAttached(moved, { changed: false })
    expect(moved.report.pairs.map(({ role }) => role)).toEqual(roles.toReversed())
    expect(moved.report.findings).toEqual([])
    expect(writes(moved)).toEqual([])
    const gone = await attach({ ...both, mode: 'detach' })
    expect(gone.exitCode).toBe(0)
    expect(gone.report.pairs.map(({ status }) => status)).toEqual(['detached', 'detached'])
    expect(grants()).toEqual([])
  })

  it('is drift in check if the other one is missing, while today decides on access', async ({ begin }) => {
    const { attach, give, registry, abac, grants } = await beginWithAbac(begin)
    give('AcrPull', registry.id)
    const end = await attach({ ...both, mode: 'check', 'fail-on-drift': 'false' })
    expect(end.outputs).toMatchObject({ drift: 'true', attached: 'false' })
    expect(end.report.pairs.map(({ status, role, lacks }) => [status, role, lacks.map(lack => lack.role)])).toEqual([
      ['attached', 'AcrPull', ['Container Registry Repository Reader']],
      ['missing', 'Container Registry Repository Reader', roles.toReversed()],
    ])
    expect(end.report.findings).toEqual([])
    expect(end.log).toContain('loses access when contosoacr moves to ABAC')
    give('Container Registry Repository Reader', abac.id)
    expectAttached(await attach(both), { changed: true })
    expect(grants()).toHaveLength(4)
  })

  it('writes one assignment more than auto, side by side', async ({ begin }) => {
    const { attach, registry, simulator } = await begin({ variations: 'encoding' })
    const isGrant = ({ method, path }: { method: string; path: string }): boolean =>
      method === 'PUT' && path.includes('/roleAssignments/')
    simulator.faults.add({
      method: 'PUT',
      path: /\/roleAssignments\//,
      until: () => whenRequested(simulator, isGrant, 2),
    })
    const end = await attach({ registry: registry.id, role: 'both' })
    expectAttached(end, { changed: true })
    expect(writes(end)).toHaveLength(2)
    expect(end.requests.length).toBeLessThanOrEqual(12)
  })

  it('limits the repository role alone', async ({ begin }) => {
    const { attach, grants } = await beginWithAbac(begin)
    const limited = { ...both, repositories: 'team/app' }
    expectAttached(await attach(limited), { changed: true })
    const conditions = grants().map(({ roleDefinitionId, condition }) => [roleDefinitionId.slice(-36), condition])
    expect(conditions.filter(([id]) => id === roleIds.acrPull)).toEqual([1, 2].map(() => [roleIds.acrPull, null]))
    expect(conditions.filter(([id]) => id === roleIds.repositoryReader)).toEqual(
      [1, 2].map(() => [roleIds.repositoryReader, limit(named('team/app'))]),
    )
    expect(writes(await attach(limited))).toEqual([])
  })
})

describe('repositories', () => {
  const repositories = 'team/app\ntools/*'

  it('limit the grant by a condition', async ({ begin }) => {
    const { attach, inputs, grants } = await beginWithAbac(begin)
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: true })
    expect(grants()).toMatchObject([{ condition: limit(named('team/app'), under('tools/')), conditionVersion: '2.0' }])
    expect(writes(await attach({ ...inputs, repositories }))).toEqual([])
  })

  const spellings: Record<string, string> = {
    'in another order': limit(under('tools/'), named('team/app')),
    'with more than is wanted': limit(named('team/other'), under('team/'), under('tools/')),
    'by a shorter prefix': limit(under('t')),
    'with lists of values': limit(
      `${repositoryName} ForAnyOfAnyValues:StringEqualsIgnoreCase {'team/app', 'team/other'}`,
      `${repositoryName} StringStartsWithIgnoreCase {'tools/'}`,
    ),
    'with other operators, spacing and letter case':
      `(\n (\n  !(actionMatches{'${contentAction.toUpperCase()}'}) && !(ActionMatches{'${metadataAction}'})\n )\n ||\n (\n  ` +
      `${repositoryName} StringEquals 'team/app' || ${repositoryName} StringStartsWith 'tools/'\n )\n)`,
    'with each name in brackets of its own': limit(`(${named('team/app')})`, `((${under('tools/')}))`),
  }

  it.for(Object.entries(spellings))('are recognised %s', async ([, condition], { begin }) => {
    const { attach, inputs, give, abac } = await beginWithAbac(begin)
    const { id } = give('Container Registry Repository Reader', abac.id, condition)
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(end.outputs['role-assignment-id']).toBe(id)
  })

  it('widen a narrower grant, which keeps its name and what it allowed', async ({ begin }) => {
    const { attach, inputs, give, abac, grants } = await beginWithAbac(begin)
    const { name } = give('Container Registry Repository Reader', abac.id, limit(named('old/app'), under('tools/')))
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: true })
    expect(end.report.plan).toMatchObject([{ operation: 'update-role-assignment' }])
    expect(grants()).toMatchObject([{ name, condition: limit(named('old/app'), under('tools/'), named('team/app')) }])
    expect(writes(end)).toMatchObject([{ method: 'PUT', status: 201 }])
    expectAttached(await attach({ ...inputs, repositories }), { changed: false })
  })

  it('keep repositories that another job has allowed in the meantime', async ({ begin }) => {
    const { attach, inputs, give, abac, grants, whenAnswered } = await beginWithAbac(begin)
    const grant = give('Container Registry Repository Reader', abac.id, limit(named('old/app')))
    const theirs = limit(named('old/app'), named('other/app'))
    whenAnswered(
      ({ method, path }) => method === 'GET' && /\/roleAssignments$/i.test(path),
      () => Object.assign(grant, { condition: theirs }),
    )
    const end = await attach({ ...inputs, repositories: 'team/app' })
    expectAttached(end, { changed: true })
    expect(end.report.plan).toMatchObject([{ operation: 'update-role-assignment' }])
    expect(writes(end)).toHaveLength(1)
    expect(grants()).toMatchObject([{ condition: limit(named('old/app'), named('other/app'), named('team/app')) }])
  })

  it('are not limited if the grant has no condition', async ({ begin }) => {
    const { attach, inputs, give, group, grants } = await beginWithAbac(begin)
    give('Container Registry Repository Reader', group.id)
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: false })
    expect(grants()).toMatchObject([{ condition: null }])
  })

  it('are added to a narrower inherited grant', async ({ begin }) => {
    const { attach, inputs, give, group, grants } = await beginWithAbac(begin)
    give('Container Registry Repository Reader', group.id, limit(named('team/app')))
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: true })
    expect(end.report.plan).toMatchObject([{ operation: 'create-role-assignment' }])
    expect(grants()).toHaveLength(2)
  })

  it('make a limited grant partial if all repositories are needed', async ({ begin }) => {
    const { attach, inputs, give, abac, grants } = await beginWithAbac(begin)
    give('Container Registry Repository Reader', abac.id, limit(named('team/app')))
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(end.report.plan).toMatchObject([{ operation: 'update-role-assignment' }])
    expect(grants()).toMatchObject([{ condition: null }])
  })

  it('are refused on an RBAC registry, before any write', async ({ begin }) => {
    const { attach, grants } = await beginWithAbac(begin)
    const end = await attach({ repositories })
    expectFailure(end, 'INVALID_INPUT')
    // Switching the mode takes the access of everybody who pulls by AcrPull.
    expect(end.log).not.toContain('az acr update')
    expect(grants()).toEqual([])
    expect(writes(end)).toEqual([])
  })
})

describe('a role given by name', () => {
  const forms = { name: 'AcrPull', 'name in other letter case': 'acrpull', GUID: roleIds.acrPull.toUpperCase() }

  it.for(Object.entries(forms))('is found by its %s', async ([, role], { begin }) => {
    const { attach, grants } = await begin()
    expectAttached(await attach({ role }), { changed: true })
    expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([roleIds.acrPull])
  })

  const permissions: Record<string, { actions: string[]; notActions?: string[] }> = {
    'the action itself': { actions: [pullAction] },
    'a wildcard in the middle': { actions: ['microsoft.containerregistry/*/READ'] },
    'a wildcard that excepts other actions': { actions: ['*'], notActions: ['Microsoft.Authorization/*'] },
  }

  it.for(Object.entries(permissions))(
    'can be a custom one with %s, by name and by GUID',
    async ([, permission], { begin }) => {
      const { attach, world, subscription, grants } = await begin()
      const custom = world.addCustomRole({
        roleName: "Puller's role",
        assignableScopes: [subscription.id],
        ...permission,
      })
      expectAttached(await attach({ role: "Puller's role" }), { changed: true })
      expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([custom.name])
      const end = await attach({ role: custom.name })
      expectAttached(end, { changed: false })
      expect(end.report.pairs).toMatchObject([{ role: "Puller's role" }])
    },
  )

  const pullsNothing: Record<string, (registry: Registry) => Parameters<Scenario['world']['addCustomRole']>[0]> = {
    'excepts the action': ({ id }) => ({
      roleName: 'None',
      actions: ['*'],
      notActions: ['*/pull/*'],
      assignableScopes: [id],
    }),
    'has it as a data action': ({ id }) => ({ roleName: 'None', dataActions: [pullAction], assignableScopes: [id] }),
    'allows something else': ({ id }) => ({ roleName: 'None', actions: [pushAction], assignableScopes: [id] }),
  }

  it.for(Object.entries(pullsNothing))('is rejected before any write if it %s', async ([, make], { begin }) => {
    const { attach, world, registry } = await begin()
    world.addCustomRole(make(registry))
    const end = await attach({ role: 'None' })
    expectFailure(end, 'INVALID_INPUT')
    expect(errorsOf(end)[0]?.message).toMatch(/\bNone\b.*contosoacr.*\bRBAC mode\b/)
    expect(end.log).toContain('role: auto')
    expect(writes(end)).toEqual([])
  })

  it('is rejected before any write if the mode of the registry ignores it', async ({ begin }) => {
    const { attach, inputs } = await beginWithAbac(begin)
    const end = await attach({ ...inputs, role: 'AcrPull' })
    expectFailure(end, 'INVALID_INPUT')
    expect(errorsOf(end)[0]?.message).toMatch(/AcrPull .*abacacr.*\bABAC mode\b/)
    expect(writes(end)).toEqual([])
  })

  it.for(['Puller', '11111111-1111-4111-8111-111111111111'])(
    "is rejected if it doesn't exist: %s",
    async (role, { begin }) => {
      const { attach } = await begin()
      const end = await attach({ role })
      expectFailure(end, 'INVALID_INPUT')
      expect(errorsOf(end)[0]?.message).toContain(role)
      expect(end.log).toMatch(/az role definition list --subscription [\w-]+ --query "\[\]\.roleName" --output tsv$/m)
      expect(writes(end)).toEqual([])
    },
  )
})

describe('a role that the pull identity holds', () => {
  it.for(['resource group', 'subscription'] as const)(
    'is reported as excess if it allows more, and the pull role is added: Contributor of the %s',
    async (level, { begin }) => {
      const { attach, world, cluster, registry, group, subscription, grants } = await begin()
      const scope = level === 'subscription' ? subscription.id : group.id
      const { id } = world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'Contributor', scope })
      const end = await attach()
      expectAttached(end, { changed: true })
      expect(grants()).toHaveLength(2)
      expect(world.assignments.findSame(registry.id, cluster.kubeletIdentity.objectId, roleIds.acrPull)).toBeDefined()
      expect(end.report.findings).toMatchObject([{ code: 'EXCESS_ROLE', severity: 'warning', subject: cluster.id }])
      expect(end.report.findings[0]?.message).toMatch(new RegExp(`\\bContributor\\b.* ${scope}\\b`))
      // It is not advised to be deleted: other registries below that scope may be pulled from by it.
      expect(end.report.findings[0]?.fix.commands).toEqual([
        expect.stringMatching(new RegExp(`^az rest --method get --url '?${id}\\?`)),
      ])
      expect(end.report.plan[0]?.reason).toContain('Contributor')

      const again = await attach()
      expectAttached(again, { changed: false })
      expect(findingCodes(again)).toEqual(['EXCESS_ROLE'])
    },
  )

  it('is not joined by one of the inputs that is not needed, which then nobody is said to be able to use', async ({
    begin,
  }) => {
    const { attach, world, cluster, registry, grants } = await begin()
    const principalId = cluster.kubeletIdentity.objectId
    world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ role: 'AcrPush' })
    expectAttached(end, { changed: false })
    expect(grants()).toHaveLength(1)
    expect(findingCodes(end)).toEqual([])
  })

  it('is sufficient if it is a custom one that only pulls', async ({ begin }) => {
    const { attach, world, cluster, group, subscription } = await begin()
    const { name } = world.addCustomRole({
      roleName: 'Image puller',
      actions: [pullAction, 'Microsoft.ContainerRegistry/registries/read'],
      assignableScopes: [subscription.id],
    })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: group.id })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'inherited', role: 'Image puller' }])
    expect(findingCodes(end)).toEqual([])
  })

  it("doesn't count if its definition was deleted or can't be read", async ({ begin }) => {
    const { attach, world, cluster, registry, subscription, grants } = await begin()
    const { name } = world.addCustomRole({
      roleName: 'Gone',
      actions: [pullAction],
      assignableScopes: [subscription.id],
    })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: registry.id })
    world.roles.pop()
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(2)
  })
})
