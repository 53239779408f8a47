import { describe, expect } from 'vitest'
import {
  addImagePuller,
  beginWithAbac,
  disarm,
  everything,
  findingCodes,
  grantAccess,
  letDeploy,
  letReadOnly,
} from '../../support/estate.js'
import { refusedByArm } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  writes,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const check = { mode: 'check' }

/** The requests that change something in Azure; Resource Graph queries are POSTs, too. */
const changes = (end: StepEnd) => writes(end).filter(({ path }) => !path.endsWith('/Microsoft.ResourceGraph/resources'))

/** The operations of a plan, without the names that differ between runs. */
const planned = ({ report }: StepEnd) =>
  report.plan.map(({ operation, target, registry, principalId, description }) => ({
    operation,
    target,
    registry,
    principalId,
    description,
  }))

/** Leaves the deployer only Reader. */
function onlyRead(scenario: Scenario): void {
  disarm(scenario)
  scenario.world.assignRole({
    principalId: scenario.deployer.objectId,
    role: 'Reader',
    scope: scenario.subscription.id,
  })
}

describe('check', () => {
  it('succeeds, and needs only Reader, if nothing has drifted', async ({ begin }) => {
    const scenario = await begin()
    const { attach, cluster, registry } = scenario
    grantAccess(scenario)
    onlyRead(scenario)
    const before = everything(scenario)
    const end = await attach(check)
    expectAttached(end, { changed: false })
    expect(end.outputs).toMatchObject({ drift: 'false', verified: 'assignment' })
    expect(end.report).toMatchObject({ mode: 'check', drift: false, plan: [] })
    expect(end.report.pairs).toMatchObject([{ target: cluster.id, registry: registry.id, status: 'attached' }])
    expect(changes(end)).toEqual([])
    expect(scenario.world.roleAssignments).toEqual(before)
  })

  it('fails on drift, writes nothing, and reports what attach would write', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world } = scenario
    onlyRead(scenario)
    const before = everything(scenario)
    const end = await attach(check)
    expectFailure(end, 'DRIFT')
    expect(end.outputs).toMatchObject({ drift: 'true', changed: 'false', verified: 'none', 'role-assignment-id': '' })
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, changed: false, error: null }])
    const repair = `az role assignment create --assignee-object-id ${scenario.cluster.kubeletIdentity.objectId}`
    for (const text of [end.log, end.summary]) expect(text).toContain(repair)
    expect(changes(end)).toEqual([])
    expect(world.roleAssignments).toEqual(before)
  })

  it('plans exactly what attach then writes', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world, cluster } = scenario
    letDeploy(scenario, group.id)
    group.addCluster('aks-prod-2')
    group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: group.id })
    const inputs = { cluster: '*', registry: 'contosoacr\nabacacr' }
    const drift = await attach({ ...inputs, ...check })
    expectFailure(drift, 'DRIFT')
    expect(changes(drift)).toEqual([])
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(planned(drift)).toEqual(planned(end))
    expect(writes(end)).toHaveLength(drift.report.plan.length)
    expect(findingCodes(drift).sort()).toEqual(findingCodes(end).sort())
    expectAttached(await attach({ ...inputs, ...check }), { changed: false })
  })

  const losses: Record<string, (scenario: Scenario) => { id: string }> = {
    CLUSTER_NOT_FOUND: ({ cluster }) => cluster,
    REGISTRY_NOT_FOUND: ({ registry }) => registry,
  }

  it.for(Object.entries(losses))('reports missing resources as drift: %s', async ([code, lose], { begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry } = scenario
    grantAccess(scenario)
    const { id } = lose(scenario)
    world.resources.splice(
      world.resources.findIndex(resource => resource.id === id),
      1,
    )
    const end = await attach({ ...check, cluster: cluster.id, registry: registry.id })
    expectFailure(end, code)
    expect(end.outputs.drift).toBe('true')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', error: { code } }])
    expect(changes(end)).toEqual([])
  })

  it.for(['check', 'detach'])('never creates a registry: %s', async (mode, { begin }) => {
    const scenario = await begin()
    const { attach, registry, group, world } = scenario
    letDeploy(scenario, group.id)
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27')
    const before = world.resources.length
    const end = await attach({
      mode,
      registry: registry.id.replace('contosoacr', 'newacr'),
      'create-registry': 'Basic',
      ...(mode === 'check' && { images: 'docker.io/library/nginx:1.27 => x:1' }),
    })
    expectFailure(end, mode === 'check' ? 'DRIFT' : 'REGISTRY_NOT_FOUND')
    expect(changes(end)).toEqual([])
    expect(armRequests(end, 'PUT')).toEqual([])
    expect(world.resources).toHaveLength(before)
    if (mode === 'check') {
      // Nobody knows the login server before the registry exists.
      expect(end.outputs).toMatchObject({ 'registry-login-server': '', image: '' })
      expect(end.report.images).toMatchObject([{ image: null, name: 'x:1', status: 'missing', importable: true }])
      expect(end.report.plan.map(({ operation }) => operation)).toEqual(['create-registry', 'create-role-assignment'])
    }
  })
})

describe('the role of docs/permissions.md', () => {
  it('is sufficient for every way to name resources, and for roles that have to be read', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, subscription, cluster, registry } = scenario
    const identity = group.addUserAssignedIdentity('next-kubelet')
    const name = addImagePuller({ world, subscription })
    for (const { objectId } of [cluster.kubeletIdentity, identity])
      world.assignRole({ principalId: objectId, role: name, scope: group.id })
    letReadOnly(scenario)
    for (const inputs of [
      { cluster: '*', registry: 'contosoacr.azurecr.io' },
      { cluster: '*', 'resource-group': '', registry: registry.id },
      { cluster: cluster.id, 'kubelet-identity': identity.resourceId, role: 'Image puller' },
      { 'resource-group': '' },
    ]) {
      const end = await attach({ mode: 'check', ...inputs })
      expectAttached(end, { changed: false })
      expect(refusedByArm(end)).toEqual([])
      // It can read the identities, so nothing is asked of Microsoft Graph, where an Azure role gives no permission.
      expect(end.report.notes).toEqual([])
    }
  })
})

describe('a role of the inputs that no longer pulls', () => {
  it('because the mode of the registry was switched is drift, without a command that would assign it', async ({
    begin,
  }) => {
    const { attach, inputs, world, abac, objectId } = await beginWithAbac(begin)
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: abac.id })
    const end = await attach({ ...inputs, ...check, role: 'AcrPull' })
    expectFailure(end, 'DRIFT')
    expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null, error: { code: 'DRIFT' } }])
    expect(end.log + end.summary).not.toContain('az role assignment create')
    // attach can't make it true.
    const attached = await attach({ ...inputs, role: 'AcrPull' })
    expectFailure(attached, 'INVALID_INPUT')
    expect(writes(attached)).toEqual([])
  })

  it('because a custom role has lost its action is drift', async ({ begin }) => {
    const scenario = await begin()
    const role = addImagePuller(scenario)
    scenario.world.assignRole({
      principalId: scenario.cluster.kubeletIdentity.objectId,
      role,
      scope: scenario.registry.id,
    })
    const definition = scenario.world.roles.find(({ name }) => name === role)
    for (const permission of definition?.permissions ?? []) Object.assign(permission, { actions: [] })
    expectFailure(await scenario.attach({ ...check, role }), 'DRIFT')
    expectFailure(await scenario.attach({ role }), 'INVALID_INPUT')
  })
})

describe('job-summary: false', () => {
  it('writes no summary, in success and on drift; everything else is as ever', async ({ begin }) => {
    const { attach, grants, world } = await begin({
      runner: { workflow: 'nightly-drift', job: 'check', eventName: 'schedule' },
    })
    const quiet = { 'job-summary': 'false' }
    expect(await attach(quiet)).toMatchObject({ exitCode: 0, summary: '' })
    for (const grant of grants()) world.assignments.remove(grant)
    const end = await attach({ ...quiet, ...check, 'drift-issue': 'true' })
    expect(end).toMatchObject({ exitCode: 1, summary: '', outputs: { 'error-code': 'DRIFT' } })
    expect(end.report.drift).toBe(true)
    expect(world.github.issues).toHaveLength(1)
  })

  it('shows invalid inputs all the same', async ({ begin }) => {
    const { attach } = await begin()
    expect((await attach({ 'job-summary': 'false', verify: 'yes' })).summary).toContain('INVALID_INPUT')
    expect((await attach({ 'job-summary': 'maybe' })).outputs['error-code']).toBe('INVALID_INPUT')
  })
})
