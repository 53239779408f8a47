import { describe, expect } from 'vitest'
import { disarm, everything, findingCodes, grantAccess, letDeploy, pairEnds } from '../../support/estate.js'
import { errorsOf, headlineOf } from '../../support/reading.js'
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
    expect(end.log).toMatch(/^✗ DRIFT {2}aks-prod-1 .*contosoacr: AcrPull /m)
    // The repair is in both the log and the summary.
    const repair = `az role assignment create --assignee-object-id ${scenario.cluster.kubeletIdentity.objectId}`
    for (const text of [end.log, end.summary]) expect(text).toContain(repair)
    expect(headlineOf(end)).toMatch(/^✗ aks-prod-1 .*contosoacr$/)
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
    expect(headlineOf(drift)).toMatch(/^✗ 2 of 2 .*abacacr.*contosoacr/)
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

  it("can't tell whether a registry exists if it may be in a group without read access", async ({ begin }) => {
    const scenario = await begin()
    const { attach, subscription, world, deployer } = scenario
    grantAccess(scenario)
    subscription.addResourceGroup('rg-shared').addRegistry('sharedacr')
    const inputs = { ...check, registry: 'contosoacr\nsharedacr' }
    const end = await attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(pairEnds(end)).toEqual(['attached', 'AUTHORIZATION_FAILED'])
    expect(end.report.pairs[1]).toMatchObject({ status: 'unknown' })
    expect(end.outputs.drift).toBe('false')
    expect(errorsOf(end)[0]?.message).toContain('sharedacr')
    // A caller who can read everything knows that one is gone.
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const gone = await attach({ ...check, registry: 'contosoacr\nnowhereacr' })
    expectFailure(gone, 'REGISTRY_NOT_FOUND')
    expect(gone.report.pairs[1]).toMatchObject({ status: 'missing', error: { code: 'REGISTRY_NOT_FOUND' } })
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
