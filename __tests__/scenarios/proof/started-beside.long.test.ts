import { describe, expect } from 'vitest'
import { pullMessages, type RequestRecord } from 'azure-simulator'
import { commandStart, watchDeletions, watchPods } from '../../support/command-starts.js'
import { expectProven, letPull, type PullScenario } from '../../support/pull-scenario.js'
import { armRequests, it } from '../../support/scenario.js'

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

  it.for([
    ['is still running', { pullMs: 120_000 }],
    ['has ended', {}],
  ] as const)('are told apart if the answer is late, and the first %s', async ([, timing], { begin }) => {
    const scenario = letPull(await begin({ timing }), { privateCluster: true })
    const seen = watchPods(scenario)
    const deleted = watchDeletions(scenario)
    const isStart = ({ method, path }: RequestRecord): boolean =>
      method === commandStart.method && commandStart.path.test(path)
    scenario.whenAnswered(isStart, () => Object.assign(scenario.world.timing, { pullMs: 10 }), 2)
    // The action waits 25 s for it.
    scenario.simulator.faults.add({ ...commandStart, skip: 1, after: true, delayMs: 40_000 })
    const end = await scenario.pull()
    expectProven(end, scenario)
    // Nodes, the first and the second; on a busy machine, a slow one is followed by another.
    expect(armRequests(end, 'POST', '/runCommand').length).toBeGreaterThanOrEqual(3)
    expect(seen.most).toBe(1)
    expect(seen.makers.size).toBeGreaterThanOrEqual(2)
    expect(deleted.byOthers(seen.last)).toEqual([])
  })
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
