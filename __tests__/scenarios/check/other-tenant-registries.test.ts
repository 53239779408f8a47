import { expect } from 'vitest'
import { findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, onceIt, writes, type Scenario } from '../../support/scenario.js'

/** A registry of a customer, whose subscription is delegated to the tenant of the step and of its clusters. */
function addTheirs(scenario: Scenario) {
  const { world, deployer } = scenario
  const theirs = world.addSubscription({ tenantId: world.addTenant('fabrikam'), managedByTenants: [world.tenantId] })
  const group = theirs.addResourceGroup('rg-theirs')
  const registry = group.addRegistry('fabrikamacr')
  letDeploy(scenario, group.id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  return registry
}

const isTenantLook = ({ path }: { path: string }): boolean => path === '/subscriptions'

onceIt('an own cluster at a registry of another tenant is unknown to check, and no drift', async ({ begin }) => {
  const scenario = await begin({ runner: { workflow: 'nightly', job: 'check', eventName: 'schedule' } })
  const theirs = addTheirs(scenario)
  const inputs = { mode: 'check', registry: theirs.id, 'drift-issue': 'true' }
  for (const more of [{}, { 'fail-on-drift': 'false' }, { group: crypto.randomUUID() }]) {
    const end = await scenario.attach({ ...inputs, ...more })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(end.outputs).toMatchObject({ attached: 'false', drift: 'false' })
    expect(end.report.pairs).toMatchObject([{ status: 'unknown', lacks: [] }])
    expect(end.report.plan).toEqual([])
    expect(writes(end)).toEqual([])
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az account show .*homeTenantId/)])
  }
  expect(scenario.world.github.issues).toEqual([])
})

onceIt(
  'an own cluster gets no role there: the refusal says why, at once, and at no request before it',
  async ({ begin }) => {
    const scenario = await begin()
    const theirs = addTheirs(scenario)
    const { attach, world, registry } = scenario
    const before = world.roleAssignments.length
    const end = await attach({ registry: `${theirs.id}\n${registry.id}` })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(pairEnds(end)).toEqual(['PRINCIPAL_NOT_FOUND', 'attached'])
    expect(world.roleAssignments).toHaveLength(before + 1)
    expect(armRequests(end, 'PUT')).toHaveLength(2)
    const [error] = errorsOf(end)
    expect(error?.message).toMatch(/fabrikamacr .*another tenant.*AuthorizationFailed/)
    // No role of the deployer would help.
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az account show /)])
    // The tenants are only asked for after the refusal, and not by a step that is not refused.
    expect(armRequests(end, 'GET').filter(isTenantLook)).toHaveLength(1)
  },
)

onceIt('a cluster with a service principal is shown its way across tenants', async ({ begin }) => {
  const scenario = await begin()
  const theirs = addTheirs(scenario)
  const { clientId } = scenario.world.addApplication('old-sp')
  scenario.group.addCluster('aks-old', { identity: 'ServicePrincipal', servicePrincipalClientId: clientId })
  const end = await scenario.attach({ cluster: 'aks-old', registry: theirs.id })
  expectFailure(end, 'PRINCIPAL_NOT_FOUND')
  const [error] = errorsOf(end)
  expect(error?.fix.text).toContain(`make the application ${clientId} multi-tenant`)
  expect(error?.fix.text).not.toContain('managed identity')
})

onceIt('an own cluster at a registry whose tenant can not be read is unknown to check', async ({ begin }) => {
  const scenario = await begin()
  const hub = scenario.world.addSubscription().addResourceGroup('rg-hub').addRegistry('hubacr')
  letDeploy(scenario, hub.id)
  const error = { code: 'AuthorizationFailed', message: 'No.' }
  scenario.simulator.faults.add({ method: 'GET', path: /^\/subscriptions$/, status: 403, body: { error } })
  const end = await scenario.attach({ mode: 'check', registry: hub.id })
  expectFailure(end, 'PRINCIPAL_NOT_FOUND')
  expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
})

onceIt('a registry in another subscription of the own tenant is as any other', async ({ begin }) => {
  const scenario = await begin()
  const { attach, world, registry } = scenario
  const hub = world.addSubscription().addResourceGroup('rg-hub').addRegistry('hubacr')
  letDeploy(scenario, hub.id)
  const drift = await attach({ mode: 'check', registry: hub.id })
  expectFailure(drift, 'DRIFT')
  expect(drift.report.pairs).toMatchObject([{ status: 'missing' }])
  expect(armRequests(drift, 'GET').filter(isTenantLook)).toHaveLength(1)
  const end = await attach({ registry: hub.id })
  expectAttached(end, { changed: true })
  const again = await attach({ mode: 'check', registry: hub.id })
  expectAttached(again, { changed: false })
  const near = await attach({ mode: 'check', registry: registry.id, 'fail-on-drift': 'false' })
  expect(near.outputs.drift).toBe('true')
  // A check lists them once, for their names.
  const looks = [end, again, near].map(each => armRequests(each, 'GET').filter(isTenantLook).length)
  expect(looks).toEqual([0, 1, 1])
  expect(findingCodes(near)).toEqual([])
})
