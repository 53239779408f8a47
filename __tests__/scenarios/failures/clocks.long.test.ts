import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { expectFailure, it, type Scenario, type Start } from '../../support/scenario.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'

const minuteMs = 60_000

/** Moves the runner's clock: at once, or after it has been right for some time. */
const movedBy = (ms: number, afterMs = 0): Start => ({
  environment: {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`
      const { now } = Date
      const since = performance.now()
      Date.now = () => now() + (performance.now() - since >= ${afterMs} ? ${ms} : 0)
    `)}`,
  },
})

/** A cluster with a grant of this age, whose nodes are refused: so often, or always. */
function refused(scenario: Scenario, ageMs: number, times?: number): PullScenario {
  const pulling = letPull(scenario)
  const { world, cluster, registry } = pulling
  const grant = world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
  grant.updatedOn = new Date(Date.now() - ageMs).toISOString()
  const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
  cluster.kubernetes.pullFaults.push({ message, ...(times !== undefined && { times }) })
  return pulling
}

describe('a clock that is wrong', () => {
  it.for([20 * minuteMs, -20 * minuteMs])('by %i ms makes no grant older or younger', async (ms, { begin }) => {
    const recent = await refused(await begin(), 5 * minuteMs, 5).pull({ mode: 'check' }, movedBy(ms))
    expect(recent.outputs, recent.log).toMatchObject({ verified: 'pull', drift: 'false' })
    expect(pulls(recent)).toMatchObject([{ attempts: 6 }])
    const old = await refused(await begin(), 30 * minuteMs).pull({ mode: 'check' }, movedBy(ms))
    expectFailure(old, 'DRIFT')
    expect(pulls(old)).toMatchObject([{ verdict: 'denied', attempts: 3 }])
  })

  it.for([60 * minuteMs, -60 * minuteMs])(
    'that is set by %i ms in the middle changes no deadline',
    async (ms, { begin }) => {
      const scenario = letPull(await begin({ timing: { propagationMs: 8000 } }))
      const end = await scenario.pull({ timeout: '10m' }, movedBy(ms, 3000))
      expectProven(end, scenario)
      expect(end.report.durationSeconds).toBeGreaterThan(5)
      expect(end.report.durationSeconds).toBeLessThan(300)
      expect(Number(end.outputs['propagation-seconds'])).toBeLessThan(300)
      const never = letPull(await begin({ timing: { propagationMs: 60 * minuteMs } }))
      const refused = await never.pull({ timeout: '12s' }, movedBy(ms, 3000))
      expectFailure(refused, 'PULL_DENIED')
      expect(refused.report.durationSeconds).toBeGreaterThan(11)
      expect(refused.report.durationSeconds).toBeLessThan(300)
    },
  )
})
