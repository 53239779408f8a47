import { describe, expect } from 'vitest'
import type { PodsLeft } from 'kubernetes'
import { letPull, type PullScenario } from '../../support/pull-scenario.js'
import { warningsOf } from '../../support/reading.js'
import { armRequests, expectFailure, it, readLog, type Start, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

/** Pulls that last longer than the job. */
const slow = { timing: { pullMs: 600_000 } }

/** Cancels the job while a command inside the cluster waits for pulls. */
async function cancelled(scenario: PullScenario, start: Start): Promise<StepEnd> {
  const { kubernetes } = scenario.cluster
  const end = await scenario.pull({}, { ...start, cancel: { when: () => kubernetes.podsCreated.length > 0 } })
  expectFailure(end, 'CANCELLED')
  expect(end.msToCancel).toBeLessThan(7000)
  expect(kubernetes.podsCreated.length).toBeGreaterThan(0)
  return end
}

/** The note for the post step. */
function noteOf({ state }: StepEnd): PodsLeft {
  const notes = Object.values(state).filter(Boolean)
  expect(notes).toHaveLength(1)
  return JSON.parse(notes[0] ?? '') as PodsLeft
}

describe.concurrent('a cancelled job that could only start the deletion of its pods by Run Command', () => {
  it('has it checked by the post step', async ({ begin, onTestFinished }) => {
    const time = createTimeLapse('run-command', onTestFinished)
    const scenario = letPull(await begin(slow), { privateCluster: true })
    scenario.cluster.kubernetes.runCommand.programs = time.programs
    let before = 0
    const meanwhile = (): void => {
      before = scenario.simulator.requests.length
    }
    const end = await cancelled(scenario, { environment: time.environment, meanwhile })
    expect(noteOf(end)).toMatchObject({ kind: 'pods', cluster: scenario.cluster.id, prober: 'run-command' })
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(armRequests({ requests: scenario.simulator.requests.slice(before) }, 'POST', '/runCommand')).toHaveLength(1)
    expect(warningsOf(readLog(end.post?.stdout ?? ''))).toEqual([])
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  it('has them deleted by the post step if that deletion fails', async ({ begin }) => {
    const scenario = letPull(await begin(slow), { privateCluster: true })
    const { kubernetes } = scenario.cluster
    kubernetes.store.onChange(({ type, resource }) => {
      // The next command is the deletion.
      if (type === 'ADDED' && resource === 'pods')
        Object.assign(kubernetes.runCommand, { failure: 'Evicted', failures: 1 })
    })
    let left = 0
    const meanwhile = (): void => {
      left = kubernetes.pods.length
    }
    const end = await cancelled(scenario, { meanwhile })
    expect(left).toBeGreaterThan(0)
    // Until then, the command that was running may also create pods.
    expect(noteOf(end).startsUntil).toBeGreaterThan(Date.now() - 60_000)
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(readLog(end.post?.stdout ?? '').annotations).toEqual([])
    expect(kubernetes.pods).toEqual([])
  })
})
