import { describe, expect } from 'vitest'
import { pullMessages, type Pod } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const

/** The approximate time of an attempt, in addition to the pauses. */
const tryMs = 2000

/** A cluster with one node, and the times when its pods were created and refused, counted in pause time. */
function watchPods(scenario: PullScenario, lapse: TimeLapse) {
  const { kubernetes } = scenario.cluster
  kubernetes.runCommand.programs = lapse.programs
  const made: number[] = []
  const refused: number[] = []
  const seen = new Set<string>()
  const hooks: { onRefused?: (count: number) => void } = {}
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (resource !== 'pods') return
    const { metadata, status } = object as Pod
    if (type === 'ADDED') made.push(lapse.now())
    const isRefused = status.containerStatuses?.some(({ state }) => state.waiting?.reason === 'ErrImagePull') === true
    if (!isRefused || seen.has(metadata.name)) return
    seen.add(metadata.name)
    hooks.onRefused?.(refused.push(lapse.now()))
  })
  return { made, refused, hooks }
}

const refusal = { message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') }

describe('the gate opens soon after the node could pull', () => {
  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['within seconds', 0],
          ['after a quarter of an hour', 880_000],
        ] as const
      ).map(([when, lateMs]) => [when, way, lateMs] as const),
    ),
  )('a role that counts %s (%s)', async ([, way, lateMs], { begin, onTestFinished }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    const lapse = createTimeLapse(way, onTestFinished)
    const { made, refused, hooks } = watchPods(scenario, lapse)
    const tries = 3
    scenario.cluster.kubernetes.pullFaults.push({ ...refusal, times: tries })
    // The wait starts after the first refusal; the node could pull from the last refusal on.
    hooks.onRefused = count => {
      if (count === 1) lapse.pass(lateMs)
    }
    const end = await scenario.pull({ 'probe-with': way, timeout: '1h' }, { environment: lapse.environment })
    expect(end.outputs, end.log).toMatchObject({ attached: 'true', verified: 'pull' })
    expect(made).toHaveLength(tries + 1)
    expect(refused).toHaveLength(tries)
    const couldAt = refused[tries - 1] ?? NaN
    const most = Math.max(3000, (couldAt - (made[0] ?? NaN)) / 20)
    expect((made[tries] ?? NaN) - couldAt).toBeLessThanOrEqual(most - tryMs)
    // There is no wait after the successful pull.
    expect(lapse.now()).toBe(made[tries])
  })
})

describe('what nodes say in events before their pods say so', () => {
  onceIt('ends a try, and lets the other nodes be asked', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000, relistMs: 4000 } }), {
      agentPools: [{ name: 'system', count: 2 }],
    })
    const { kubernetes } = scenario.cluster
    /** The images that the others had by their status when a pod was created. */
    const said: string[][] = []
    const reasons = new Set<string | undefined>()
    kubernetes.store.onChange(({ type, resource, object }) => {
      if (resource === 'events' && (object as { reason?: string }).reason === 'Failed')
        for (const assignment of scenario.world.roleAssignments) assignment.effectiveAt = 0
      if (resource !== 'pods') return
      for (const { state } of (object as Pod).status.containerStatuses ?? []) reasons.add(state.waiting?.reason)
      if (type === 'ADDED')
        said.push(kubernetes.pods.flatMap(({ status }) => status.containerStatuses?.map(each => each.imageID) ?? []))
    })
    const end = await scenario.pull({ 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([
      { attempts: 2, layers: 'fetched' },
      { attempts: 1, layers: 'fetched' },
    ])
    // The refused pod was deleted before it said so; the first node's second one had no image yet when that of the second node was created.
    expect(reasons).not.toContain('ErrImagePull')
    expect(said).toEqual([[], [], ['']])
  })
})

describe('the gate for 20 nodes opens as for one', () => {
  onceIt.for(ways)(
    'each is asked once more, in time and by no other command (%s)',
    async (way, { begin, onTestFinished }) => {
      const count = 20
      const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), {
        agentPools: [{ name: 'system', count }],
      })
      const { world, cluster } = scenario
      const lapse = createTimeLapse(way, onTestFinished)
      cluster.kubernetes.runCommand.programs = lapse.programs
      const lateMs = 880_000
      const tries = new Map<string, number>()
      const refused = new Set<string>()
      const later: { node: string; at: number }[] = []
      let could: { at: number; lapsed: number } | undefined
      cluster.kubernetes.store.onChange(({ type, resource, object }) => {
        if (resource !== 'pods') return
        const { spec, status } = object as Pod
        const node = spec.nodeName ?? ''
        if (type === 'ADDED' && could) later.push({ node, at: lapse.now() - could.lapsed })
        if (type === 'ADDED') tries.set(node, (tries.get(node) ?? 0) + 1)
        const isRefused =
          status.containerStatuses?.some(({ state }) => state.waiting?.reason === 'ErrImagePull') === true
        if (!isRefused || could) return
        if (refused.size === 0) lapse.pass(lateMs)
        refused.add(node)
        if (refused.size < tries.size || (tries.get(node) ?? 0) < 3) return
        could = { at: Date.now(), lapsed: lapse.now() }
        for (const assignment of world.roleAssignments)
          assignment.effectiveAt = Math.min(assignment.effectiveAt, could.at)
      })
      const inputs = { 'probe-with': way, 'probe-nodes': 'all', timeout: '1h' }
      const end = await scenario.pull(inputs, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(pulls(end)).toHaveLength(count)
      expect([later.length, new Set(later.map(({ node }) => node)).size]).toEqual([count, count])
      // One has pulled before the others are asked.
      expect(Math.max(...later.map(({ at }) => at))).toBeLessThanOrEqual(lateMs / 20 - 2 * tryMs)
      const startedSince = end.requests.filter(({ path, at }) => path.endsWith('/runCommand') && at > (could?.at ?? 0))
      expect(startedSince).toEqual([])
    },
  )
})

describe('a refusal without a running operation', () => {
  onceIt.for(ways)('is decided by three attempts within 30 s (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    const { world, cluster, registry } = scenario
    const { objectId } = cluster.kubeletIdentity
    const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    grant.updatedOn = new Date(Date.now() - 3_600_000).toISOString()
    const lapse = createTimeLapse(way, onTestFinished)
    const { made } = watchPods(scenario, lapse)
    cluster.kubernetes.pullFaults.push(refusal)
    const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', attempts: 3 }])
    expect(made).toHaveLength(3)
    expect(lapse.now()).toBeLessThanOrEqual(30_000 - 3 * tryMs)
    // They are far enough apart to distinguish a hiccup from a refusal.
    expect(lapse.now()).toBeGreaterThan(10_000)
  })
})
