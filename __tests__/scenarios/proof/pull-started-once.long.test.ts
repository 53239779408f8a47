import { describe, expect } from 'vitest'
import { type Pod, pullMessages, type RequestRecord } from 'azure-simulator'
import { type PullScenario, expectProven, letPull } from '../../support/pull-scenario.js'
import { armRequests, it } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

/** The requests that start commands in a cluster. The first one of a run lists the nodes, the second creates pods. */
const commandStart = { method: 'POST', path: /\/runCommand$/i }

/** An answer to one of them that does not show whether it was carried out. */
const serverError = { status: 500, body: { error: { code: 'InternalServerError', message: 'Try again.' } } }

/** The command that created a pod. */
const commandOf = ({ metadata }: Pod): string => metadata.labels?.['attach-acr/command'] ?? ''

/** Watches the probe pods of a cluster. @returns their maximum number at a time, the commands that created them, and the last of those */
function watchPods({ cluster: { kubernetes } }: PullScenario): { most: number; makers: Set<string>; last: string } {
  const seen = { most: 0, makers: new Set<string>(), last: '' }
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (resource !== 'pods' || type !== 'ADDED') return
    const { pods } = kubernetes
    seen.most = Math.max(seen.most, pods.length)
    for (const pod of pods) seen.makers.add(commandOf(pod))
    seen.last = commandOf(object as Pod)
  })
  return seen
}

/**
 * Watches who deletes the probe pods of a cluster: a command names itself in the selector of its own ones.
 * @returns a function with the selectors that deleted pods of a command and don't name it
 */
function watchDeletions({ cluster: { kubernetes }, whenAnswered }: PullScenario): {
  byOthers: (command: string) => string[]
} {
  const deletions: { selector: string; commands: string[] }[] = []
  let gone: string[] = []
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (resource === 'pods' && type === 'DELETED') gone.push(commandOf(object as Pod))
  })
  whenAnswered(
    ({ method, host, query }) => {
      if (method === 'DELETE' && host.includes('azmk8s')) {
        deletions.push({ selector: query.labelSelector ?? '', commands: gone })
        gone = []
      }
      return false
    },
    () => undefined,
  )
  const namesIt = (selector: string, command: string): boolean =>
    new RegExp(`attach-acr/command in \\([^)]*\\b${command}\\b`).test(selector)
  return {
    byOthers: command =>
      deletions.flatMap(({ selector, commands }) =>
        commands.includes(command) && !namesIt(selector, command) ? selector : [],
      ),
  }
}

const image = 'contosoacr.azurecr.io/team/app:v1'

const isStart = ({ method, path }: { method: string; path: string }): boolean =>
  method === commandStart.method && commandStart.path.test(path)

const refused = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')

/** The n-th request to the API server with this method and end of the path. */
interface Moment {
  method: string
  path: string
  earlier?: number
}

const pods = { path: '/pods' }

/** What a command does, in its order: its pods are refused at first, so that it creates others. */
const moments: [name: string, moment: Moment][] = [
  ['it asks for the first time', { method: 'GET', path: '/api' }],
  ['it creates its pods', { method: 'POST', ...pods }],
  ['it looks at them', { method: 'GET', ...pods }],
  ['it looks at them again', { method: 'GET', ...pods, earlier: 1 }],
  ['it deletes them', { method: 'DELETE', ...pods }],
  ['it creates others', { method: 'POST', ...pods, earlier: 1 }],
  ['it looks at the others', { method: 'GET', ...pods, earlier: 3 }],
  ['it reads what the nodes said', { method: 'GET', path: '/events' }],
]

/** Resolves when the cluster has answered that request; those before this call don't count. */
const reached = ({ whenAnswered }: PullScenario, { method, path, earlier = 0 }: Moment): Promise<void> =>
  new Promise(resolve => {
    const isMoment = (request: RequestRecord): boolean =>
      request.host.includes('azmk8s') && request.method === method && request.path.endsWith(path)
    whenAnswered(isMoment, resolve, earlier)
  })

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

describe.concurrent('two commands of a run, because the answer to the first was lost', () => {
  it.for([['nothing of it has begun', undefined], ...moments] as const)(
    'never delete the pods of each other if the second starts when %s',
    async ([, moment], { begin }) => {
      const scenario = letPull(await begin(), { privateCluster: true })
      scenario.cluster.kubernetes.pullFaults.push({ message: refused, times: 4 })
      const seen = watchPods(scenario)
      const deleted = watchDeletions(scenario)
      const until = (): Promise<void> => (moment ? reached(scenario, moment) : Promise.resolve())
      scenario.simulator.faults.add({ ...commandStart, skip: 1, after: true, reset: true, until })
      const end = await scenario.pull()
      expectProven(end, scenario)
      // The nodes are listed, then each of the two.
      expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
      expect(seen.most).toBe(1)
      expect(deleted.byOthers(seen.last)).toEqual([])
    },
  )
})

describe.concurrent('the commands of two runs', () => {
  it.for([['it lists the nodes', { method: 'GET', path: '/nodes' }], ...moments] as const)(
    'never delete the pods of each other if the second starts when %s',
    async ([, moment], { begin }) => {
      const scenario = letPull(await begin(), { privateCluster: true })
      scenario.cluster.kubernetes.pullFaults.push({ message: refused, times: 2 })
      const seen = watchPods(scenario)
      const deleted = watchDeletions(scenario)
      const first = scenario.pull()
      await reached(scenario, moment)
      const ends = await Promise.all([first, scenario.pull()])
      for (const end of ends) expect(end.outputs, end.log).toMatchObject({ verified: 'pull', 'error-code': '' })
      expect(scenario.cluster.kubernetes.pods).toEqual([])
      expect(seen.makers.size).toBe(2)
      for (const maker of seen.makers) expect(deleted.byOthers(maker)).toEqual([])
    },
  )
})
