import { describe, expect, type TestContext } from 'vitest'
import { apiFaults, pullMessages, type Pod } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const host = /azmk8s/
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }
const denied = { message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') }

/** Makes that much time pass in the course of some real seconds once the given number of pods has been created, and calls a function at its start. */
function passAfterPods(
  { cluster: { kubernetes } }: PullScenario,
  lapse: TimeLapse,
  passing: { pods: number; ms: number; inMs: number },
  onTestFinished: TestContext['onTestFinished'],
  onBegin: () => void = () => undefined,
): void {
  kubernetes.runCommand.programs = lapse.programs
  let left = passing.pods
  const stop = kubernetes.store.onChange(({ type, resource }) => {
    if (type !== 'ADDED' || resource !== 'pods') return
    left -= 1
    if (left > 0) return
    stop()
    onBegin()
    const steps = passing.inMs / 250
    let step = 0
    const timer = setInterval(() => {
      step += 1
      if (step <= steps) lapse.pass(passing.ms / steps)
      else clearInterval(timer)
    }, 250)
    onTestFinished(() => {
      clearInterval(timer)
    })
  })
}

describe('an API server that is away for a moment', () => {
  onceIt.for(ways)(
    'is no reason to give a node up whose kubelet comes back (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      const { kubernetes } = scenario.cluster
      kubernetes.pullFaults.push({ ...denied, times: 1 })
      // As recorded: the kubelet takes the second pod 52 s after the break.
      kubernetes.podFaults.push({ kind: 'silent', afterMs: 10_000, skip: 1, times: 1 })
      const lapse = createTimeLapse(way, onTestFinished)
      passAfterPods(scenario, lapse, { pods: 2, ms: 52_000, inMs: 10_000 }, onTestFinished, () => {
        scenario.simulator.faults.add({ host, method: 'GET', path: /\/pods$/, times: 2, ...apiFaults.dropped() })
      })
      const end = await scenario.pull({ 'probe-with': way, timeout: '180s' }, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(pulls(end)).toMatchObject([{ attempts: 2 }])
      expect(end.report.findings).toEqual([])
    },
  )
})

describe('an API server that stays away after a refusal', () => {
  onceIt.for(ways)('is reported, not that the node is refused (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    scenario.cluster.kubernetes.pullFaults.push(denied)
    const lapse = createTimeLapse(way, onTestFinished)
    passAfterPods(scenario, lapse, { pods: 2, ms: 110_000, inMs: 5000 }, onTestFinished, () => {
      scenario.simulator.faults.add({ host, times: Infinity, ...apiFaults.unavailable() })
    })
    const end = await scenario.pull({ 'probe-with': way, timeout: '120s' }, { environment: lapse.environment })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs[0]?.error?.message).toMatch(/refused until \d\d:\d\d:\d\d UTC and the API server has not/)
    expect(pulls(end)).toMatchObject([{ verdict: 'denied' }])
  })
})

describe('a node that dies after it has accepted a pod', () => {
  onceIt.for(ways)(
    'gives way to another one of its pool as soon as the cluster says so (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 2 }] })
      const { kubernetes } = scenario.cluster
      const [dying = '', spare = ''] = kubernetes.nodes.map(({ metadata }) => metadata.name)
      kubernetes.pullFaults.push({ ...denied, times: 1 })
      kubernetes.podFaults.push({ kind: 'dies', node: dying, skip: 1 })
      const lapse = createTimeLapse(way, onTestFinished)
      let [diedAt, askedAt] = [0, 0]
      kubernetes.store.onChange(({ type, resource, object }) => {
        if (type !== 'ADDED' || resource !== 'pods' || (object as Pod).spec.nodeName !== spare) return
        askedAt ||= lapse.now()
      })
      passAfterPods(scenario, lapse, { pods: 2, ms: 200_000, inMs: 40_000 }, onTestFinished, () => {
        diedAt = lapse.now()
        // After 45 s.
        const timer = setTimeout(() => {
          kubernetes.setReady(dying, false)
        }, 9000)
        onTestFinished(() => {
          clearTimeout(timer)
        })
      })
      const end = await scenario.pull({ 'probe-with': way, timeout: '10m' }, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(pulls(end)).toMatchObject([{ node: spare, verdict: 'pulled' }])
      expect((askedAt - diedAt) / 1000).toBeLessThan(100)
      expect(end.log).toContain(', and has not answered since; ')
    },
  )
})

describe('the last silent node of a pool', () => {
  onceIt.for(ways)(
    'that was refused before is reported as silent, not as refused (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      const { kubernetes } = scenario.cluster
      kubernetes.pullFaults.push(denied)
      kubernetes.podFaults.push({ kind: 'silent', skip: 1 })
      const lapse = createTimeLapse(way, onTestFinished)
      passAfterPods(scenario, lapse, { pods: 2, ms: 110_000, inMs: 5000 }, onTestFinished)
      const end = await scenario.pull({ 'probe-with': way, timeout: '120s' }, { environment: lapse.environment })
      expectFailure(end, 'PROBE_FAILED')
      // It was waited for until the deadline.
      expect(lapse.now()).toBeGreaterThan(90_000)
      const text = expect.stringContaining('401') as string
      expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'no-credential', message: text, attempts: 2 }])
      const { message = '', fix } = end.report.pairs[0]?.error ?? {}
      expect(message).toMatch(/refused until \d\d:\d\d:\d\d UTC and has accepted no pod since/)
      expect(message).toContain('401')
      expect(fix?.commands.join('\n')).not.toContain('az role')
    },
  )

  onceIt.for(ways)(
    'is abandoned long before the deadline if the cluster reports it as not ready, and it stays so (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      const { kubernetes } = scenario.cluster
      kubernetes.podFaults.push({ kind: 'silent' })
      const lapse = createTimeLapse(way, onTestFinished)
      passAfterPods(scenario, lapse, { pods: 1, ms: 1_500_000, inMs: 30_000 }, onTestFinished, () => {
        const [node] = kubernetes.nodes
        if (node) kubernetes.setReady(node.metadata.name, false)
      })
      const end = await scenario.pull({ 'probe-with': way, timeout: '6h' }, { environment: lapse.environment })
      expectFailure(end, 'PROBE_FAILED')
      expect(end.report.findings).toMatchObject([{ code: 'POOL_SKIPPED' }])
    },
  )
})
