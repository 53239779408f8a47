import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { commandStart, serverError, watchPods } from '../../support/command-starts.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, it } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const image = 'contosoacr.azurecr.io/team/app:v1'

const isStart = ({ method, path }: { method: string; path: string }): boolean =>
  method === commandStart.method && commandStart.path.test(path)

describe.concurrent('a command that started although the request got no answer', () => {
  const page = { status: 202, headers: { 'content-type': 'text/html' }, body: '<html>gateway</html>' }

  it.for([
    ['a connection that breaks', { reset: true }],
    ['an error of the server', serverError],
    ['a gateway that gives up', { ...serverError, status: 504 }],
    ["a web page in place of Azure's answer", page],
  ] as const)('has its pods deleted before another starts: %s', async ([, lost], { begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    // Refused for long enough that the first command is still running when the second starts.
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 3 })
    const seen = watchPods(scenario)
    scenario.simulator.faults.add({ ...commandStart, skip: 1, after: true, ...lost })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
    expect(seen.most).toBe(1)
    expect(seen.makers.size).toBe(2)
  })

  it('that Azure throttles has not started, so no command is searched for', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    scenario.simulator.faults.add({ ...commandStart, skip: 1, status: 429, headers: { 'retry-after': '1' } })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end)[0]?.durationSeconds).toBeLessThan(30)
  })

  it('is awaited if it starts slowly', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const { timing } = scenario.world
    const startIn = (ms: number) => (): void => void Object.assign(timing, { runCommandStartMs: ms })
    scenario.whenAnswered(isStart, startIn(6000))
    scenario.whenAnswered(isStart, startIn(0), 1)
    const seen = watchPods(scenario)
    scenario.simulator.faults.add({ ...commandStart, skip: 1, after: true, reset: true })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
    expect(seen.most).toBe(1)
    expect(seen.makers.size).toBe(2)
  })

  it('is awaited although timeout is over, if Azure takes half a minute to start it', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const { timing } = scenario.world
    scenario.whenAnswered(isStart, () => void Object.assign(timing, { runCommandStartMs: 30_000 }))
    const end = await scenario.pull({ timeout: '2s', 'probe-with': 'run-command' })
    expectProven(end, scenario)
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(2)
  })

  it('at the timeout leaves no pod, due to the post step', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), { privateCluster: true })
    const { faults } = scenario.simulator
    faults.add({ ...commandStart, skip: 1, times: Infinity, after: true, reset: true })
    const meanwhile = (): void => {
      faults.clear()
    }
    const end = await scenario.pull({ timeout: '3s' }, { meanwhile })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.post).toMatchObject({ exitCode: 0, stderr: '' })
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })
})

it('a command whose start failed is searched for as long as a start can take, before another creates pods', async ({
  begin,
  onTestFinished,
}) => {
  const time = createTimeLapse('run-command', onTestFinished)
  const scenario = letPull(await begin(), { privateCluster: true })
  const { kubernetes } = scenario.cluster
  kubernetes.runCommand.programs = time.programs
  const seen = watchPods(scenario)
  const now = (): number => Date.now() + time.now()
  let failedAt = NaN
  scenario.whenAnswered(isStart, () => (failedAt = now()), 1)
  const created: number[] = []
  kubernetes.store.onChange(({ type, resource }) => {
    if (type === 'ADDED' && resource === 'pods') created.push(now() - failedAt)
  })
  scenario.simulator.faults.add({ ...commandStart, skip: 1, ...serverError })
  const end = await scenario.pull({}, { environment: time.environment })
  expectProven(end, scenario)
  expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
  expect(seen.most).toBe(1)
  expect(created).toHaveLength(1)
  expect(created[0]).toBeGreaterThan(59_000)
})
