import { describe, expect, type TestContext } from 'vitest'
import { apiFaults, pullMessages, type Pod, type KubernetesObject } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario, ways, oneNode } from '../../support/pull-scenario.js'
import { expectFailure, it, armRequests } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const host = /azmk8s/

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

/** The approximate time of an attempt, in addition to the pauses. */
const tryMs = 2000

describe('an API server that is away for a moment', () => {
  it.for(ways)(
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

describe('a node that dies after it has accepted a pod', () => {
  it.for(ways)(
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
    },
  )
})

describe('the last silent node of a pool', () => {
  it.for(ways)(
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
      expect(message).toContain('401')
      expect(fix?.commands.join('\n')).not.toContain('az role')
    },
  )
})

describe('a registry that drops packets', () => {
  it.for(ways)('does not spoil the proof for another one (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { dialMs: 300 } }), oneNode)
    const { world, group, deployer, registry, cluster } = scenario
    const other = group.addRegistry('otheracr')
    other.images.push('team/app', 'v1')
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: other.id })
    cluster.kubernetes.droppedRegistries.add(registry.loginServer)
    // The second pod, of the same images, is still in its first dial at the end.
    let pods = 0
    cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      pods += 1
      if (pods === 2) Object.assign(world.timing, { dialMs: 600_000 })
    })
    const end = await scenario.pull({
      registry: 'contosoacr\notheracr',
      'probe-image': 'contosoacr.azurecr.io/team/app:v1\notheracr.azurecr.io/team/app:v1',
      ...{ 'probe-with': way, timeout: '20s' },
    })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(end.report.pairs).toMatchObject([
      { status: 'failed', pulls: [{ verdict: 'unreachable', cause: 'connection', attempts: 2 }] },
      { status: 'attached', verified: 'pull', pulls: [{ verdict: 'pulled' }] },
    ])
  })

  it('is heard of by the command that has kept the pod, which then tries again', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 6000 } }), oneNode)
    const { kubernetes } = scenario.cluster
    const timeouts = pullMessages.timeout(`${scenario.registry.loginServer}/team/app:v1`)
    kubernetes.pullFaults.push({ message: timeouts, times: 1 })
    const lapse = createTimeLapse('run-command', onTestFinished)
    kubernetes.runCommand.programs = lapse.programs
    const stop = kubernetes.store.onChange(({ type, resource, object }) => {
      if (type !== 'ADDED' || resource !== 'events') return
      if ((object as KubernetesObject & { reason?: string }).reason !== 'Pulling') return
      stop()
      // The first command ends after a minute.
      const timer = setTimeout(() => {
        lapse.pass(61_000)
      }, 1500)
      onTestFinished(() => {
        clearTimeout(timer)
      })
    })
    const inputs = { 'probe-with': 'run-command', timeout: '300s' }
    const end = await scenario.pull(inputs, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 2 }])
    // One lists the nodes.
    expect(armRequests(end, 'POST', '/runCommand')).toHaveLength(3)
  })
})

describe('a long pull, for which a kubelet reports only the start', () => {
  it.for(ways)('is waited for (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 11_600 } }), oneNode)
    const lapse = createTimeLapse(way, onTestFinished)
    passAfterPods(scenario, lapse, { pods: 1, ms: 240_000, inMs: 6000 }, onTestFinished)
    const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(lapse.now()).toBeGreaterThanOrEqual(240_000)
    expect(scenario.cluster.kubernetes.podsCreated).toHaveLength(1)
    expect(pulls(end)).toMatchObject([{ attempts: 1 }])
  })
})

describe('a namespace whose limit range exceeds the resources of a probe pod', () => {
  it.for(
    ways.flatMap(way =>
      (
        [
          ['a minimum', [{ type: 'Container', min: { cpu: '100m', memory: '64Mi' } }]],
          ['a ratio', [{ type: 'Container', maxLimitRequestRatio: { cpu: '2' } }]],
          ['a minimum for the pod', [{ type: 'Pod', min: { memory: '64Mi' } }]],
        ] as const
      ).map(([what, range]) => [what, way, range] as const),
    ),
  )('by %s still accepts it (%s)', async ([, way, range], { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { kubernetes } = scenario.cluster
    kubernetes.addLimitRange(
      'default',
      range.map(limit => ({ ...limit })),
    )
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    expect(kubernetes.podsCreated).toHaveLength(1)
  })
})

describe('what nodes say in events before their pods say so', () => {
  it('ends a try, and lets the other nodes be asked', async ({ begin }) => {
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
  it.for(ways)(
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
