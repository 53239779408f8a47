import { describe, expect } from 'vitest'
import { repositoryRights, type Fault } from 'azure-simulator'
import { repositoryCondition } from 'repository-conditions'
import { beginWithAbac, letDeploy } from '../../support/estate.js'
import { images, letImport } from '../../support/image-world.js'
import { armRequests, expectAttached, expectFailure, it, onceIt, writes, type StepEnd } from '../../support/scenario.js'

const headers = { 'content-type': 'application/json; charset=utf-8' }

const broken = [
  ['nothing', ''],
  ['{}', '{}'],
  ['[]', '[]'],
  ['null for a list', '{"value":null}'],
  ['half of the JSON', '{"value":[{"id":"/subscr'],
] as const

const answers = (body: string): Fault => ({ method: 'GET', status: 200, headers, body })

const lists = { path: /\/roleAssignments$/i }

/** The result of the only pair. */
const pairOf = ({ report }: StepEnd) => report.pairs[0]

describe('a list of role assignments in another form', () => {
  onceIt.for(broken)('such as %s is requested again', async ([, body], { begin }) => {
    const { attach, simulator, grants } = await begin()
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ ...answers(body), ...lists })
    const end = await attach({ mode: 'check' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { drift: 'false', attached: 'true' } })
    simulator.faults.add({ ...answers(body), ...lists })
    const detached = await attach({ mode: 'detach' })
    expect(detached).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(grants()).toEqual([])
  })

  it.for(['attach', 'check', 'detach'])(
    'is AZURE_UNAVAILABLE in %s if it persists, and not drift',
    async (mode, { begin }) => {
      const { attach, simulator, grants } = await begin()
      expectAttached(await attach(), { changed: true })
      const before = grants()
      simulator.faults.add({ ...answers('{}'), ...lists, times: Infinity })
      const end = await attach({ mode })
      expectFailure(end, 'AZURE_UNAVAILABLE')
      expect(end.outputs).toMatchObject({ drift: 'false', changed: 'false' })
      expect(end.log).toContain('the answer was not a list (HTTP 200)')
      expect(writes(end)).toEqual([])
      expect(grants()).toEqual(before)
    },
  )
})

describe('a list of role assignments with an unexpected status', () => {
  onceIt.for([202, 204] as const)('%i is requested again', async (status, { begin }) => {
    const { attach, simulator, grants } = await begin()
    expectAttached(await attach(), { changed: true })
    simulator.faults.add({ method: 'GET', ...lists, status, times: 2 })
    expect(await attach({ mode: 'check' })).toMatchObject({ exitCode: 0, outputs: { drift: 'false' } })
    simulator.faults.add({ method: 'GET', ...lists, status, times: Infinity })
    const end = await attach({ mode: 'detach' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(grants()).toHaveLength(1)
  })
})

describe('another broken answer', () => {
  onceIt.for<[string, Fault, Record<string, string>]>([
    ['of a cluster', { path: /\/managedClusters\/aks-prod-1$/i }, {}],
    ['with a list of clusters', { path: /\/managedClusters$/i }, { cluster: 'aks-prod-1', 'resource-group': '' }],
    ['with a list of registries', { path: /\/registries$/i }, {}],
  ])('%s is requested again', async ([, fault, inputs], { begin }) => {
    const { attach, simulator } = await begin()
    for (const [, body] of broken.slice(0, 3)) simulator.faults.add({ ...answers(body), ...fault })
    expectAttached(await attach(inputs), { changed: true })
  })

  onceIt('with the members of a group is requested again', async ({ begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    simulator.faults.add({ ...answers('{"value":null}'), path: '/transitiveMembers' })
    const end = await attach({ group: pullers.objectId })
    expectAttached(end, { changed: true })
    expect(end.requests.filter(({ path }) => path.endsWith('/transitiveMembers'))).toHaveLength(2)
  })

  onceIt('about a tag is requested again', async ({ begin }) => {
    const { attach, registry, digest, simulator } = letImport(await begin())
    registry.images.push('library/nginx', '1.27', { platforms: ['linux/amd64', 'linux/arm64'] })
    for (const [, body] of broken.slice(0, 3)) simulator.faults.add({ ...answers(body), path: /\/_tags\/1\.27$/ })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'present', digest }])
    expect(end.requests.filter(({ path }) => path.endsWith('/_tags/1.27'))).toHaveLength(4)
  })

  onceIt('of Microsoft Entra is requested again', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ host: 'login.microsoftonline.com', status: 200, headers, body: '{"access_tok' })
    expectAttached(await attach(), { changed: true })
  })
})

describe('a web page of a proxy with status 200 in place of an answer', () => {
  const page: Fault = {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!DOCTYPE html><html><body>Please sign in to the guest network</body></html>',
  }

  it.for<[string, Fault]>([
    ['the sign-in', { path: '/oauth2/v2.0/token' }],
    ['a cluster', { path: /\/managedClusters\/aks-prod-1$/i }],
    ['a list of registries', { path: /\/registries$/i }],
    ['a list of role assignments', lists],
    ['a write', { method: 'PUT', path: '/roleAssignments/' }],
  ])('leads to another request: %s', async ([, fault], { begin }) => {
    const { attach, simulator, grants } = await begin()
    simulator.faults.add({ ...fault, ...page })
    expectAttached(await attach(), { changed: true })
    expect(grants()).toHaveLength(1)
    // A check writes nothing.
    if (fault.method === 'PUT') return
    simulator.faults.add({ ...fault, ...page, times: Infinity })
    const end = await attach({ mode: 'check' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.log).toContain('web page')
    expect(end.outputs.drift).toBe('false')
  })

  it('in place of the answer to a writing POST leads to another request, too', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, cluster, simulator } = scenario
    letImport(scenario)
    const pullers = world.addGroup('acr-pullers')
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    simulator.faults.add({ method: 'POST', path: '/members/', ...page })
    simulator.faults.add({ method: 'POST', path: '/importImage', ...page })
    const end = await attach({ images: 'docker.io/library/nginx:1.27', group: pullers.objectId })
    expectAttached(end, { changed: true })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expect(images(end)).toMatchObject([{ status: 'imported' }])
  })

  it('does not count as a deletion', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    expectAttached(await attach(), { changed: true })
    const deletion = { method: 'DELETE', path: '/roleAssignments/', ...page }
    simulator.faults.add({ ...deletion, times: Infinity })
    const end = await attach({ mode: 'detach' })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(grants()).toHaveLength(1)
    simulator.faults.clear()
    simulator.faults.add(deletion)
    expect(await attach({ mode: 'detach' })).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(grants()).toEqual([])
  })

  it.for([401, 404])("with HTTP %i isn't mistaken for a resource either", async (status, { begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ path: /\/managedClusters\/aks-prod-1$/i, ...page, status, times: Infinity })
    expectFailure(await attach(), 'AZURE_UNAVAILABLE')
  })

  it.for([
    ['text', 'text/plain', 'no such route'],
    ['empty answer', 'text/plain', ''],
    ['JSON', 'application/json', '{"message":"no Route matched with those values"}'],
  ] as const)("with HTTP 404 and a gateway's %s isn't mistaken for one either", async ([, type, body], { begin }) => {
    const { attach, simulator, cluster, registry } = await begin()
    await attach()
    const inputs = { mode: 'check', cluster: cluster.id, registry: registry.id }
    for (const path of [/\/aks-prod-1$/i, /\/registries\/contosoacr$/i, /\/userAssignedIdentities\/[^/]+$/i]) {
      simulator.faults.clear()
      simulator.faults.add({ path, status: 404, headers: { 'content-type': type }, body, times: Infinity })
      const { outputs, log } = await attach(inputs)
      expect(outputs, log).toMatchObject({ drift: 'false', attached: 'false', 'error-code': 'AZURE_UNAVAILABLE' })
    }
  })
})

describe('a write whose answer was lost', () => {
  const put = { method: 'PUT', path: '/roleAssignments/', after: true }

  it('in the middle of its JSON is sent again', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    simulator.faults.add({ ...put, status: 201, headers, body: '{"id":"/subscr' })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'PUT')).toHaveLength(2)
    expect(grants()).toHaveLength(1)
  })

  onceIt('is searched for at each attempt', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    simulator.faults.add({ ...put, status: 201, headers, body: '{"id":"/subscr', times: Infinity })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toHaveLength(1)
  })

  it('counts as done by this run if Azure reports on the second attempt that it exists: an assignment', async ({
    begin,
  }) => {
    const { attach, simulator, grants } = await begin()
    const message =
      'The role assignment already exists. The ID of the existing role assignment is 716c4d159bc8476da3c16ccb70082517.'
    simulator.faults.add({ ...put, reset: true })
    simulator.faults.add({
      ...put,
      after: false,
      status: 409,
      body: { error: { code: 'RoleAssignmentExists', message } },
    })
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(pairOf(end)).toMatchObject({ changed: true })
    expect(grants()).toHaveLength(1)
  })

  it('counts as done by this run if it is found done: a deletion', async ({ begin }) => {
    const { attach, simulator, grants } = await begin()
    await attach()
    simulator.faults.add({ method: 'DELETE', path: '/roleAssignments/', after: true, reset: true })
    const end = await attach({ mode: 'detach' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
    expect(pairOf(end)).toMatchObject({ status: 'detached', changed: true })
    expect(armRequests(end, 'DELETE').map(({ status }) => status)).toContain(204)
    expect(grants()).toEqual([])
  })

  it('counts as done by this run if it is found done: a membership', async ({ begin }) => {
    const { attach, world, deployer, simulator, cluster } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    expectAttached(await attach({ group: pullers.objectId }), { changed: true })
    world.directory.removeMember(pullers, cluster.kubeletIdentity.objectId)
    simulator.faults.add({ method: 'POST', path: '/members/$ref', after: true, reset: true })
    expectAttached(await attach({ group: pullers.objectId }), { changed: true })
  })

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

  onceIt('was still carried out: the start of an import', async ({ begin }) => {
    const { attach, simulator, digest } = letImport(await begin())
    simulator.faults.add({ method: 'POST', path: '/importImage', after: true, reset: true, times: Infinity })
    const end = await attach({ images: 'nginx:1.27' })
    expectAttached(end, { changed: true })
    expect(images(end)).toMatchObject([{ status: 'imported', digest }])
  })

  onceIt('was still carried out: the creation of a registry', async ({ begin }) => {
    const { attach, simulator, world, deployer, group } = await begin()
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
    const id = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
    const put = { method: 'PUT', path: /\/registries\/newacr$/i, after: true }
    simulator.faults.add({ ...put, status: 201, headers, body: '{"id":', times: Infinity })
    const end = await attach({ registry: id, 'create-registry': 'Basic', location: 'westeurope' })
    expectAttached(end, { changed: true })
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

  it('is not called safe if the other job has put its old condition back', async ({ begin }) => {
    const { attach, abac, inputs, limit, objectId, whenAnswered } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id, 'old/app')
    const { condition } = grant
    whenAnswered(
      ({ method, path }) => method === 'PUT' && /\/roleAssignments\//i.test(path),
      () => Object.assign(grant, { condition }),
    )
    const end = await attach({ ...inputs, repositories: 'team/app', timeout: '5s' })
    expectFailure(end, 'PROPAGATION_TIMEOUT')
  })

  it("is left as it is if the other's condition is not understood", async ({ begin }) => {
    const { attach, abac, inputs, limit, objectId, simulator } = await beginWithAbac(begin)
    const grant = limit(objectId, abac.id, 'old/app')
    const condition =
      "(@Resource[Microsoft.ContainerRegistry/registries/repositories:name] StringNotEqualsIgnoreCase 'secret')"
    simulator.faults.add({ ...put, reset: true, until: () => Promise.resolve(Object.assign(grant, { condition })) })
    const end = await attach({ ...inputs, repositories: 'team/app', verify: 'none' })
    expectFailure(end, 'CONDITION_NOT_UNDERSTOOD')
    expect(end.log).not.toMatch(/not lost|nothing is lost/)
    expect(grant.condition).toBe(condition)
    expect(armRequests(end, 'PUT')).toHaveLength(1)
  })
})
