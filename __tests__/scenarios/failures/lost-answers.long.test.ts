import { describe, expect } from 'vitest'
import { repositoryRights, type Fault } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { beginWithAbac, letDeploy, grantAccess } from '../../support/estate.js'
import { armRequests, expectAttached, expectFailure, it } from '../../support/scenario.js'
import { letImport, type ImageScenario } from '../../support/image-world.js'

const headers = { 'content-type': 'application/json; charset=utf-8' }

const answers: Fault = { method: 'GET', status: 200, headers, body: '{}' }

const lists = { path: /\/roleAssignments$/i }

/** Each write: the request, the world and the inputs of the step that sends it. */
const kinds: [what: string, request: Fault, prepare: (scenario: ImageScenario) => Record<string, string>][] = [
  ['an assignment', { method: 'PUT', path: '/roleAssignments/' }, () => ({})],
  [
    'a deletion',
    { method: 'DELETE', path: '/roleAssignments/' },
    scenario => {
      grantAccess(scenario)
      return { mode: 'detach' }
    },
  ],
  [
    'a membership',
    { method: 'POST', path: '/members/' },
    ({ world, deployer }) => ({ group: world.addGroup('acr-pullers', { owners: [deployer.objectId] }).objectId }),
  ],
  ['an import', { method: 'POST', path: '/importImage' }, () => ({ images: 'nginx:1.27' })],
  [
    'a registry',
    { method: 'PUT', path: /\/registries\/newacr$/i },
    ({ world, deployer, group }) => {
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
      const registry = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
      return { registry, 'create-registry': 'Basic', location: 'westeurope' }
    },
  ],
]

describe('a list of role assignments in another form', () => {
  it('such as {} is requested again', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ ...answers, ...lists })
    const end = await attach({ mode: 'check' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', attached: 'true' } })
    simulator.faults.add({ ...answers, ...lists })
    const detached = await attach({ mode: 'detach' })
    expect(detached).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(grants()).toEqual([])
  })

  it('is no drift if it persists', async ({ begin }) => {
    const { attach, simulator } = await begin()
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ ...answers, ...lists, times: Infinity })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.drift).toBe('false')
  })
})

describe('a write whose answer was lost', () => {
  const put = { method: 'PUT', path: '/roleAssignments/', after: true }

  it('is not mistaken for done because of the earlier state: an update', async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator, group, grants } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    const inputs = { registry: 'abacacr', timeout: '5s' }
    expectAttached(await attach({ ...inputs, repositories: 'team/app' }), { changed: true })
    const before = grants().map(({ condition }) => condition)
    simulator.faults.add({ ...put, after: false, status: 500, times: Infinity })
    const end = await attach({ ...inputs, repositories: 'team/app\nteam/other' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.report.plan).toMatchObject([{ operation: 'update-role-assignment' }])
    expect(end.outputs).toMatchObject({ attached: 'false', changed: 'false' })
    expect(grants().map(({ condition }) => condition)).toEqual(before)
  })
})

describe('a limited grant that another job writes while the answer to this one is lost', () => {
  const broken: [string, Fault][] = [
    ['a cut connection', { reset: true }],
    ['half of its JSON', { status: 201, headers, body: '{"id":"/subscr' }],
    ['HTTP 500', { status: 500 }],
  ]
  const throttled: [string, Fault] = ['HTTP 429', { status: 429, headers: { 'retry-after': '1' } }]
  const put = { method: 'PUT', path: '/roleAssignments/' }

  /** Lets the other job write as soon as Azure has the request of this one, and this one lose its answer. */
  const cases = [
    ...broken.map(([how, fault]) => [
      `done, ${how}, then widened`,
      { ...fault, after: true },
      ['team/app', 'other/app'],
    ]),
    ...broken.map(([how, fault]) => [`done, ${how}, then overwritten`, { ...fault, after: true }, ['other/app']]),
    ...[...broken, throttled].map(([how, fault]) => [`not done, ${how}, then widened`, fault, ['other/app']]),
  ] as [string, Fault, string[]][]

  it.for(
    cases.flatMap(each =>
      ['none', 'assignment'].map(verify => [`${each[0]}, verify: ${verify}`, each[1], each[2], verify] as const),
    ),
  )('keeps what both allow: %s', async ([, fault, more, verify], { begin }) => {
    const { attach, abac, grants, inputs, limit, objectId, simulator, world } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id, 'old/app')
    const others = () => Promise.resolve(Object.assign(grant, { condition: repositoryCondition(['old/app', ...more]) }))
    simulator.faults.add({ ...put, ...fault, until: others })
    const end = await attach({ ...inputs, repositories: 'team/app', verify })
    expectAttached(end, { changed: true })
    const lost = ['old/app', 'other/app', 'team/app'].filter(
      repository => !repositoryRights(world, abac, objectId, repository, 0).includes('pull'),
    )
    expect(lost).toEqual([])
    expect(armRequests(end, 'PUT')).toHaveLength(more.includes('team/app') ? 1 : 2)
    expect(grants()).toHaveLength(1)
  })

  it('keeps what another one has added to a new assignment', async ({ begin }) => {
    const { attach, abac, grants, inputs, objectId, simulator, world } = await beginWithAbac(begin)
    const condition = repositoryCondition(['team/app', 'other/app'])
    const others = () => Promise.resolve(Object.assign(grants()[0] ?? {}, { condition }))
    simulator.faults.add({ ...put, reset: true, after: true, until: others })
    const end = await attach({ ...inputs, repositories: 'team/app' })
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(repositoryRights(world, abac, objectId, 'other/app', 0)).toContain('pull')
  })
})

describe('a write of which every answer is lost', () => {
  it.for(kinds)('counts as a change if it was carried out: %s', async ([, request, prepare], { begin }) => {
    const scenario = letImport(await begin())
    const inputs = prepare(scenario)
    scenario.simulator.faults.add({ ...request, after: true, reset: true, times: Infinity })
    const end = await scenario.attach(inputs)
    expect(end.outputs, end.log).toMatchObject({ changed: 'true', 'error-code': '' })
  })

  it.for(kinds.slice(0, 3))('is a failure if it was not: %s', async ([, request, prepare], { begin }) => {
    const scenario = letImport(await begin())
    const inputs = prepare(scenario)
    if (inputs.group)
      scenario.world.assignRole({ principalId: inputs.group, role: 'AcrPull', scope: scenario.registry.id })
    scenario.simulator.faults.add({ ...request, reset: true, times: Infinity })
    const end = await scenario.attach({ ...inputs, timeout: '10s' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('false')
  })
})

describe('a service principal cluster', () => {
  it('can express in different ways that it has no identity', async ({ begin }) => {
    const { attach, group, world, deployer } = await begin()
    const cluster = group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    ;(cluster.body as { identity?: unknown }).identity = { type: 'None' }
    world.grantGraphPermission(deployer, 'Application.Read.All')
    expectAttached(await attach({ cluster: 'aks-old' }), { changed: true })
  })
})
