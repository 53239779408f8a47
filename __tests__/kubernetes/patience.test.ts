import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { pulls } from '../support/pull-scenario.js'
import {
  expectNoPods,
  expectProvenOn,
  expectPulls,
  it,
  whenProbed,
  type RealScenario,
} from '../support/real-cluster.js'
import { expectFailure } from '../support/scenario.js'

/** Makes the registry refuse the credentials of nodes, as after a switch of its mode. */
function refuseCredentials({ simulator, registry }: RealScenario): void {
  const body = { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }
  // containerd asks again with GET if POST is refused.
  simulator.faults.add({ host: registry.loginServer, path: '/oauth2/token', status: 401, body, times: Infinity })
}

describe.each(['kubectl', 'run-command'])('with probe-with: %s', way => {
  const inputs = { 'probe-with': way }

  it('a credential that the registry no longer accepts is waited out', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: 8000 } })
    const [end] = await Promise.all([
      scenario.pull({ ...inputs, timeout: '4m' }),
      whenProbed(scenario).then(async () => {
        refuseCredentials(scenario)
        await pause(25_000)
        scenario.simulator.faults.clear()
      }),
    ])
    await expectProvenOn(end, scenario)
    for (const { durationSeconds } of pulls(end)) expect(durationSeconds).toBeGreaterThan(20)
  })

  it('a credential that stays refused is not called a missing role', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: 5000 } })
    const [end] = await Promise.all([
      scenario.pull({ ...inputs, timeout: '40s' }),
      whenProbed(scenario).then(() => {
        refuseCredentials(scenario)
      }),
    ])
    expectFailure(end, 'PULL_DENIED')
    expectPulls(end, { verdict: 'denied', cause: 'stale-credential' })
    await expectNoPods(scenario.pods)
  })

  it('a quota of one pod is enough for all nodes, also while they are refused', async ({ begin }) => {
    const scenario = await begin({ timing: { propagationMs: 15_000 } })
    const { cluster, namespace } = scenario
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'quota', namespace },
      spec: { hard: { pods: '1' } },
    })
    const end = await scenario.pull({ ...inputs, 'probe-nodes': 'all', timeout: '4m' })
    await expectProvenOn(end, scenario)
  })
})
