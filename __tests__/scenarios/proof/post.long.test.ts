import { describe, expect } from 'vitest'
import { warningsOf } from '../../support/reading.js'
import { expectAttached, it, onceIt, readLog, type Scenario, type StepEnd } from '../../support/scenario.js'
import { expectProven, letPull, type PullScenario, ways } from '../../support/pull-scenario.js'

/** Pulls take so long that the step is killed during them. */
const slow = { timing: { pullMs: 600_000 } }

/** Kills the step while the nodes pull, like the system when it runs out of memory. @returns its end, and the state before the post step */
async function killed(scenario: PullScenario, inputs: Record<string, string>, prepare: () => void = () => undefined) {
  const { kubernetes } = scenario.cluster
  const before = { pods: 0, requests: 0 }
  const end = await scenario.pull(inputs, {
    signal: 'SIGKILL',
    cancel: { when: () => kubernetes.podsCreated.length > 0 },
    meanwhile: () => {
      before.pods = kubernetes.pods.length
      before.requests = scenario.simulator.requests.length
      prepare()
    },
  })
  expect(end.exitCode).toBe(null)
  return { end, before, post: readLog(end.post?.stdout ?? '') }
}

const requestsOf = ({ simulator }: Scenario, { requests }: { requests: number }) => simulator.requests.slice(requests)

describe('the post step of a killed step', () => {
  it.for(ways)('deletes its pods and its kubeconfig, by %s', async (way, { begin }) => {
    const scenario = letPull(await begin(slow))
    const { end, before, post } = await killed(scenario, { 'probe-with': way, 'source-password': 'hunter2-secret' })
    expect(before.pods).toBeGreaterThan(0)
    expect(end.post?.stdout).toContain('::add-mask::hunter2-secret')
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(post.log).toMatch(/\bkilled\b.*\baks-prod-1\b.*\bnamespace default\b/)
    expect(post.annotations).toEqual([])
    expect(scenario.cluster.kubernetes.pods).toEqual([])
    expect(end.temporary).toEqual({})
    expect(post.log.includes('kubeconfig')).toBe(way === 'kubectl')
  })

  onceIt("without permission to delete them shows the command, and doesn't fail the job", async ({ begin }) => {
    const scenario = letPull(await begin(slow))
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }
    const { end, post } = await killed(scenario, { 'probe-with': 'kubectl' }, () => {
      scenario.simulator.faults.add({ host: /azmk8s/, method: 'DELETE', status: 403, body, times: Infinity })
    })
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    const [warning] = post.annotations
    expect(warning?.level).toBe('warning')
    expect(warning?.message).toContain('\n  kubectl delete pods --namespace default --selector attach-acr/run=')
    expect(scenario.cluster.kubernetes.pods).not.toEqual([])
    expect(end.temporary).toEqual({})
  })

  onceIt("without GitHub is reported, and doesn't fail the job", async ({ begin }) => {
    const scenario = letPull(await begin(slow))
    const { end, post } = await killed(scenario, { 'probe-with': 'kubectl' }, () => {
      scenario.simulator.faults.add({ host: 'githubusercontent.com', status: 500, times: Infinity })
    })
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(warningsOf(post)).toHaveLength(1)
    expect(end.temporary).toEqual({})
  })
})

describe('the post step', () => {
  const countBefore = (scenario: Scenario) => {
    const before = { requests: NaN }
    const meanwhile = (): void => {
      before.requests = scenario.simulator.requests.length
    }
    return { before, meanwhile }
  }

  const expectIdle = (end: StepEnd, scenario: Scenario, before: { requests: number }): void => {
    expect(end.post).toMatchObject({ exitCode: 0, stdout: '', stderr: '', summary: '', issues: [] })
    expect(requestsOf(scenario, before)).toEqual([])
  }

  it.for(ways)('does nothing after a proof by %s that ended by itself', async (way, { begin }) => {
    const scenario = letPull(await begin())
    const { before, meanwhile } = countBefore(scenario)
    const end = await scenario.pull({ 'probe-with': way }, { meanwhile })
    expectProven(end, scenario)
    expectIdle(end, scenario, before)
    expect(Object.keys(end.temporary)).not.toContainEqual(expect.stringContaining('kubeconfig'))
  })

  onceIt('does nothing after a cancelled proof that has deleted its pods', async ({ begin }) => {
    const scenario = letPull(await begin(slow))
    const { kubernetes } = scenario.cluster
    const { before, meanwhile } = countBefore(scenario)
    const cancel = { when: () => kubernetes.podsCreated.length > 0 }
    const end = await scenario.pull({ 'probe-with': 'kubectl' }, { cancel, meanwhile })
    expect(end.outputs['error-code']).toBe('CANCELLED')
    expect(kubernetes.pods).toEqual([])
    expectIdle(end, scenario, before)
  })

  onceIt('retries a deletion that the step failed to do', async ({ begin }) => {
    const scenario = letPull(await begin(slow))
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, method: 'DELETE', status: 403, body, times: Infinity })
    const end = await scenario.pull(
      { 'probe-with': 'kubectl', timeout: '2s' },
      {
        meanwhile: () => {
          expect(scenario.cluster.kubernetes.pods).not.toEqual([])
          scenario.simulator.faults.clear()
        },
      },
    )
    expect(end.exitCode).toBe(1)
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  it("does nothing without saved state, and doesn't run the action again", async ({ begin }) => {
    const scenario = await begin()
    const { before, meanwhile } = countBefore(scenario)
    const end = await scenario.attach({}, { post: true, meanwhile })
    expectAttached(end, { changed: true })
    expectIdle(end, scenario, before)
  })
})
