import { describe, expect } from 'vitest'
import { disarm, letDeploy, pairEnds } from '../../support/estate.js'
import { adviceIn, commandsIn } from '../../support/good-advice.js'
import { advisedCommands, unwrapped } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  writes,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const check = { mode: 'check', 'fail-on-drift': 'false' }

/** All commands that a step prints: those of its errors and findings, and those of the drift. */
const printed = ({ report, summary }: StepEnd): string[] => [
  ...new Set([...adviceIn(report).flatMap(({ commands }) => commands), ...commandsIn(summary)].map(unwrapped)),
]

/** The printed commands that delete or remove something, and those that grant something. */
const changesIn = (end: StepEnd): string[] =>
  printed(end).filter(command => /\b(?:delete|remove|role assignment create|aks update|member add)\b/.test(command))

describe('a cluster of another tenant', () => {
  it.for(['with the tenant in the cluster', 'with the tenant in its identity'] as const)(
    'without a grant is unknown to check, and no drift: %s',
    async (where, { begin }) => {
      const scenario = await begin()
      const { attach, group, world, subscription } = scenario
      const tenantId = world.addTenant('fabrikam')
      const foreign = group.addUserAssignedIdentity('foreign', { tenantId })
      const isOfCluster = where === 'with the tenant in the cluster'
      const cluster = group.addCluster('aks-foreign', {
        identity: isOfCluster ? 'SystemAssigned' : 'UserAssigned',
        kubeletIdentity: foreign,
      })
      if (isOfCluster) Object.assign(cluster.body.identity as object, { tenantId })
      letDeploy(scenario, subscription.id)
      const end = await attach({ ...check, cluster: 'aks-foreign' })
      expect(end.outputs.drift).toBe('false')
      expect(end.report.pairs).toMatchObject([
        { status: 'unknown', error: { code: 'PRINCIPAL_NOT_FOUND' }, lacks: [], grantedBy: null },
      ])
      expect(end.report.plan).toEqual([])
      expect(changesIn(end)).toEqual([])
      expect(writes(end)).toEqual([])
    },
  )
})

/** A customer's subscription, which is delegated to the tenant that the step is signed in to. */
function addCustomer({ world, deployer }: Scenario) {
  const theirs = world.addSubscription({ tenantId: world.addTenant('fabrikam'), managedByTenants: [world.tenantId] })
  const group = theirs.addResourceGroup('rg-theirs')
  letDeploy({ world, deployer }, group.id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  return { group, registry: group.addRegistry('fabrikamacr') }
}

const tenantLooks = (end: StepEnd) => armRequests(end, 'GET').filter(({ path }) => path === '/subscriptions')

describe("a customer's cluster", () => {
  it('is not dead because the directory of the step does not know its identity', async ({ begin }) => {
    const scenario = await begin()
    const { group, registry } = addCustomer(scenario)
    const cluster = group.addCluster('aks-theirs')
    const { objectId: principalId } = cluster.kubeletIdentity
    scenario.world.assignRole({ principalId, role: 'AcrPull', scope: registry.id, principalType: 'ServicePrincipal' })
    const end = await scenario.attach({ ...check, cluster: cluster.id, registry: registry.id })
    expectAttached(end, { changed: false })
    expect(end.report.findings).toEqual([])
  })
})

describe('an own cluster', () => {
  it.for([
    ['another tenant', 'unknown', ({ registry }: ReturnType<typeof addCustomer>) => registry, 200],
    ['a tenant that can not be read', 'unknown', ({ registry }: ReturnType<typeof addCustomer>) => registry, 403],
    ['another subscription', 'missing', addHub, 200],
  ] as const)('at a registry of %s: without a grant %s to check', async ([, status, choose, answer], { begin }) => {
    const scenario = await begin()
    const registry = choose(addCustomer(scenario), scenario)
    const error = { code: 'AuthorizationFailed', message: 'No.' }
    if (answer === 403)
      scenario.simulator.faults.add({ method: 'GET', path: /^\/subscriptions$/, status: 403, body: { error } })
    const end = await scenario.attach({ ...check, registry: registry.id })
    expect(end.report.pairs).toMatchObject([{ status }])
    expect(end.outputs.drift).toBe(String(status === 'missing'))
    expect(changesIn(end)).toHaveLength(status === 'missing' ? 1 : 0)
    expect(tenantLooks(end)).toHaveLength(1)
  })

  it('gets no role in another tenant: refused at once, and only then tenants are asked for', async ({ begin }) => {
    const scenario = await begin()
    const { registry } = addCustomer(scenario)
    const end = await scenario.attach({ registry: `${registry.id}\n${scenario.registry.id}` })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(pairEnds(end)).toEqual(['PRINCIPAL_NOT_FOUND', 'attached'])
    expect(armRequests(end, 'PUT')).toHaveLength(2)
    expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az account show /)])
    expect(tenantLooks(end)).toHaveLength(1)
    expect(tenantLooks(await scenario.attach())).toEqual([])
  })
})

function addHub(_: unknown, scenario: Scenario) {
  const hub = scenario.world.addSubscription().addResourceGroup('rg-hub').addRegistry('hubacr')
  letDeploy(scenario, hub.id)
  return hub
}

describe('what is being deleted', () => {
  it.for(['name', 'ID'] as const)('is not attached: a cluster given by %s', async (how, { begin }) => {
    const scenario = await begin()
    const { attach, group, world, registry } = scenario
    const leaving = group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
    world.assignRole({ principalId: leaving.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const cluster = how === 'ID' ? leaving.id : 'aks-leaving'
    const inputs = { cluster: `${cluster}\naks-prod-1`, ...(how === 'name' && { 'resource-group': '' }) }
    letDeploy(scenario, scenario.subscription.id)
    const end = await attach(inputs)
    expectFailure(end, 'CLUSTER_STOPPED')
    expect(pairEnds(end)).toEqual(['CLUSTER_STOPPED', 'attached'])
    expect(writes(end)).toHaveLength(1)
    const night = await attach({ ...inputs, mode: 'check' })
    expectFailure(night, 'CLUSTER_STOPPED')
    expect(night.outputs.drift).toBe('false')
    expect(night.report.pairs.map(({ status }) => status)).toEqual(['failed', 'attached'])
  })

  it.for(['Deleting'])('is left out of * with a notice: a registry, %s', async (state, { begin }) => {
    const scenario = await begin()
    const { attach, group, world, cluster } = scenario
    const other = group.addRegistry('otheracr', { provisioningState: state })
    letDeploy(scenario, group.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: other.id })
    const expectLeftOut = ({ report }: StepEnd): void => {
      expect(report.pairs).toHaveLength(1)
      expect(report.findings).toMatchObject([{ code: 'AZURE_REFUSED', severity: 'notice', subject: other.id }])
    }
    const end = await attach({ registry: '*' })
    expectAttached(end, { changed: true })
    expectLeftOut(end)
    const night = await attach({ registry: '*', mode: 'check' })
    expectAttached(night, { changed: false })
    expect(night.outputs.drift).toBe('false')
    expectLeftOut(night)
  })

  it('is not created again meanwhile', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    const leaving = group.addRegistry('leavingacr', { provisioningState: 'Deleting' })
    disarm(scenario)
    letDeploy(scenario, group.id)
    const end = await attach({ registry: leaving.id, 'create-registry': 'Standard' })
    expectFailure(end, 'AZURE_REFUSED')
    expect(writes(end)).toEqual([])
  })
})
