import { describe, expect } from 'vitest'
import { letDeploy, pairEnds } from '../../support/estate.js'
import { adviceIn, commandsIn } from '../../support/good-advice.js'
import { unwrapped } from '../../support/reading.js'
import { armRequests, expectFailure, it, type Scenario, type StepEnd } from '../../support/scenario.js'

const check = { mode: 'check', 'fail-on-drift': 'false' }

/** All commands that a step prints: those of its errors and findings, and those of the drift. */
const printed = ({ report, summary }: StepEnd): string[] => [
  ...new Set([...adviceIn(report).flatMap(({ commands }) => commands), ...commandsIn(summary)].map(unwrapped)),
]

/** The printed commands that delete or remove something, and those that grant something. */
const changesIn = (end: StepEnd): string[] =>
  printed(end).filter(command => /\b(?:delete|remove|role assignment create|aks update|member add)\b/.test(command))

describe('a cluster of another tenant', () => {
  it.for(['itself', 'its identity'])(
    'without a grant is unknown to check, and no drift: %s',
    async (which, { begin }) => {
      const scenario = await begin()
      const { attach, group, world, subscription } = scenario
      const tenantId = world.addTenant('fabrikam')
      const foreign = group.addUserAssignedIdentity('foreign', { tenantId })
      const identity = which === 'itself' ? 'SystemAssigned' : 'UserAssigned'
      const cluster = group.addCluster('aks-foreign', { identity, kubeletIdentity: foreign })
      if (which === 'itself') Object.assign(cluster.body.identity as object, { tenantId })
      letDeploy(scenario, subscription.id)
      const end = await attach({ ...check, cluster: 'aks-foreign' })
      expect(end.outputs.drift).toBe('false')
      expect(end.report.pairs).toMatchObject([{ status: 'unknown', error: { code: 'PRINCIPAL_NOT_FOUND' } }])
      expect(changesIn(end)).toEqual([])
    },
  )
})

/** A customer's subscription, which is delegated to the tenant that the step is signed in to. */
function addCustomer({ world, deployer }: Scenario) {
  const theirs = world.addSubscription({ tenantId: world.addTenant('fabrikam'), managedByTenants: [world.tenantId] })
  const group = theirs.addResourceGroup('rg-theirs')
  letDeploy({ world, deployer }, group.id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  return { registry: group.addRegistry('fabrikamacr') }
}

const tenantLooks = (end: StepEnd) => armRequests(end, 'GET').filter(({ path }) => path === '/subscriptions')

describe('an own cluster', () => {
  it('without a grant at a registry of another tenant is unknown to check', async ({ begin }) => {
    const scenario = await begin()
    const { registry } = addCustomer(scenario)
    const end = await scenario.attach({ ...check, registry: registry.id })
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(end.outputs.drift).toBe('false')
    expect(changesIn(end)).toEqual([])
    expect(tenantLooks(end)).toHaveLength(1)
  })

  it('gets no role in another tenant: refused at once, and only then tenants are asked for', async ({ begin }) => {
    const scenario = await begin()
    const { registry } = addCustomer(scenario)
    const end = await scenario.attach({ registry: `${registry.id}\n${scenario.registry.id}` })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(pairEnds(end)).toEqual(['PRINCIPAL_NOT_FOUND', 'attached'])
    expect(armRequests(end, 'PUT')).toHaveLength(2)
    expect(tenantLooks(end)).toHaveLength(1)
    expect(tenantLooks(await scenario.attach())).toEqual([])
  })
})
