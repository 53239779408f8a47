import { describe, expect } from 'vitest'
import { addImagePuller, expectDetached, held, letDeploy, roleIds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  it,
  whenRequested,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

const pullAction = 'Microsoft.ContainerRegistry/registries/pull/read'
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
    const scenario = await beginWithAbac(begin)
    const { attach, principalId, registry, abac } = scenario
    const end = await attach({ registry: 'contosoacr\nabacacr' })
    expectAttached(end, { changed: true })
    expect(held(scenario, principalId).sort()).toEqual(
      [
        [roleIds.acrPull, registry.id],
        [roleIds.repositoryReader, abac.id],
      ].sort(),
    )
    expect(writes(end)).toHaveLength(2)
  })
})

describe('role: both', () => {
  const both = { registry: 'contosoacr\nabacacr', role: 'both' }

  it('assigns the roles of both modes at each registry, and survives a move of it', async ({ begin }) => {
    const { attach, grants, registry, abac } = await beginWithAbac(begin)
    const end = await attach(both)
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(4)
    expect(writes(end)).toHaveLength(4)
    registry.body.properties.roleAssignmentMode = 'AbacRepositoryPermissions'
    abac.body.properties.roleAssignmentMode = 'LegacyRegistryPermissions'
    const moved = await attach(both)
    expectAttached(moved, { changed: false })
    expect(writes(moved)).toEqual([])
    expectDetached(await attach({ ...both, mode: 'detach' }), { changed: true })
    expect(grants()).toEqual([])
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

  it('widen a narrower grant, which keeps its name and what it allowed', async ({ begin }) => {
    const { attach, inputs, give, abac, grants, cluster } = await beginWithAbac(begin)
    const grant = give('Container Registry Repository Reader', abac.id, limit(named('old/app'), under('tools/')))
    const theirs = {
      description: 'Ticket 4711: do not remove',
      delegatedManagedIdentityResourceId: cluster.kubeletIdentity.id,
    }
    const { name } = Object.assign(grant, theirs)
    const end = await attach({ ...inputs, repositories })
    expectAttached(end, { changed: true })
    const condition = limit(named('old/app'), under('tools/'), named('team/app'))
    expect(grants()).toMatchObject([{ name, condition, ...theirs }])
    expect(writes(end)).toMatchObject([{ method: 'PUT', status: 201 }])
    expectAttached(await attach({ ...inputs, repositories }), { changed: false })
  })

  it.for(['', 'other'])(
    'of two jobs at once end with the access that both want, plus the existing access: %s',
    async (there, { begin }) => {
      const { attach, abac, principalId, inputs, world, simulator, give } = await beginWithAbac(begin)
      if (there) give('Container Registry Repository Reader', abac.id, limit(named(there)))
      // Each has checked before the other writes.
      const isWrite = ({ method }: { method: string }): boolean => method === 'PUT'
      simulator.faults.add({ method: 'PUT', times: 2, until: () => whenRequested(simulator, isWrite, 2) })
      const ends = await Promise.all(['team/app', 'tools/*'].map(repositories => attach({ ...inputs, repositories })))
      for (const end of ends) expectAttached(end, { changed: true })
      expect(held({ world }, principalId)).toEqual([[roleIds.repositoryReader, abac.id]])
      const after = await attach({ ...inputs, mode: 'check', repositories: ['team/app', 'tools/*', there].join('\n') })
      expectAttached(after, { changed: false })
    },
  )
})

describe('a role given by name', () => {
  it('can be a custom one, by name and by GUID', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, subscription, cluster, registry } = scenario
    const { name } = world.addCustomRole({
      roleName: "Puller's role",
      actions: [pullAction],
      assignableScopes: [subscription.id],
    })
    expectAttached(await attach({ role: "PULLER'S role" }), { changed: true })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[name, registry.id]])
    expectAttached(await attach({ role: name.toUpperCase() }), { changed: false })
  })
})

// All role definitions come in one page of 1,636,025 bytes, and only two filters of that list are documented (azure-api.md, section 12).

/** A subscription with hundreds of built-in roles, whose list has all of them whatever name is asked for. */
function addRoles(scenario: Scenario): string {
  const { world, cluster, deployer, subscription } = scenario
  letDeploy(scenario, subscription.id)
  world.addNoiseRoles()
  world.filtersRoleNames = false
  const long = world.roles.reduce((a, b) => (JSON.stringify(a.permissions) > JSON.stringify(b.permissions) ? a : b))
  for (const { objectId } of [cluster.kubeletIdentity, deployer])
    world.assignRole({ principalId: objectId, role: long.name, scope: subscription.id })
  return addImagePuller(scenario)
}

/** The lists of role definitions, each with its size in MB. */
const lists = (end: Parameters<typeof armRequests>[0]): number[] =>
  armRequests(end, 'GET', '/roleDefinitions')
    .filter(({ path }) => path.endsWith('/roleDefinitions'))
    .map(({ responseBytes }) => Math.round(responseBytes / 1e5) / 10)

describe('hundreds of role definitions in one page', () => {
  it('hold the role that is wanted by name, which is read once and then by its ID', async ({ begin }) => {
    const scenario = await begin({ variations: 'none' })
    const { attach } = scenario
    const name = addRoles(scenario)
    const inputs = { role: 'image PULLER' }
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(lists(end)).toEqual([1.6])
    const byId = await attach({ role: name })
    expectAttached(byId, { changed: false })
    expect(lists(byId)).toEqual([])
  })
})
