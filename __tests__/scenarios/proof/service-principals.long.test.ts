import { describe, expect } from 'vitest'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt, type Scenario } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const hour = 3_600_000

/** A cluster that pulls with the secret of an application, which the deployer can read. */
function letPrincipalPull(scenario: Scenario): PullScenario & { application: { objectId: string; secrets: string[] } } {
  const application = scenario.world.addApplication('old-sp')
  const { clientId: servicePrincipalClientId } = application
  const agentPools = [{ name: 'system', count: 1 }]
  const options = { identity: 'ServicePrincipal', servicePrincipalClientId, agentPools } as const
  scenario.world.grantGraphPermission(scenario.deployer, 'Application.Read.All')
  return { ...letPull(scenario, options), application }
}

function grantLongAgo({ world, registry, application }: ReturnType<typeof letPrincipalPull>): void {
  const grant = world.assignRole({ principalId: application.objectId, role: 'AcrPull', scope: registry.id })
  grant.updatedOn = new Date(Date.now() - hour).toISOString()
}

describe('a cluster that pulls with a service principal', () => {
  onceIt.for(ways)('is waited for while its new role arrives (%s)', async (way, { begin }) => {
    const scenario = letPrincipalPull(await begin({ timing: { propagationMs: hour } }))
    const { world, cluster, whenAnswered } = scenario
    // It arrives once the refusal has been seen.
    const isRefused = (): boolean => JSON.stringify(cluster.kubernetes.pods).includes('ErrImagePull')
    whenAnswered(isRefused, () => world.assignments.passTime(hour), 3)
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
    if (way === 'kubectl') expect(end.log).toContain('was refused (401): the role has not reached it yet')
  })

  onceIt.for(ways)(
    'whose secret is no longer accepted is refused after three tries, with what cures the secret (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPrincipalPull(await begin())
      grantLongAgo(scenario)
      scenario.application.secrets.length = 0
      const lapse = createTimeLapse(way, onTestFinished)
      scenario.cluster.kubernetes.runCommand.programs = lapse.programs
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectFailure(end, 'PULL_DENIED')
      expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'secret', attempts: 3 }])
      expect(lapse.now()).toBeLessThan(30_000)
      const { cause, fix } = end.report.pairs[0]?.error ?? {}
      expect(cause).toBe('secret')
      expect(fix?.commands).toEqual([expect.stringContaining('az ad app credential list')])
    },
  )
})
