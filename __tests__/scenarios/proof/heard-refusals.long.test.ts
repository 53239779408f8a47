import { describe, expect } from 'vitest'
import { apiFaults } from 'azure-simulator'
import { letPull, pulls } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'

const oneNode = { agentPools: [{ name: 'system', count: 1 }] }
const host = /azmk8s/

describe('what the nodes said inside a command of Run Command', () => {
  onceIt.for([
    ['create pods', { method: 'POST', path: /\/pods\b/ }],
    ['list pods', { method: 'GET', path: /\/pods$/ }],
  ] as const)('counts even if the API server can no longer %s', async ([, request], { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), oneNode)
    let made = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      made += 1
      if (made === 2) scenario.simulator.faults.add({ host, ...request, times: Infinity, ...apiFaults.unavailable() })
    })
    const end = await scenario.pull({ 'probe-with': 'run-command', timeout: '25s' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'no-credential' }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(0)
  })
})

describe('an attempt by kubectl', () => {
  onceIt('counts even if the API server can no longer list its pod', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), oneNode)
    let made = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      made += 1
      const request = { host, method: 'GET', path: /\/pods$/, times: Infinity }
      if (made === 2) scenario.simulator.faults.add({ ...request, ...apiFaults.unavailable() })
    })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '15s' })
    expectFailure(end, 'PULL_DENIED')
    expect(made).toBe(2)
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', attempts: 2 }])
  })
})
