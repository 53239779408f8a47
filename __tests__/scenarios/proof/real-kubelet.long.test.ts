import { describe, expect } from 'vitest'
import { cpuLimitOf, joinMessages, pullMessages, startDelay } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const image = 'contosoacr.azurecr.io/team/app:v1'
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }

/** Makes that much time pass during the first pull, ten seconds at once. */
function slowDown({ cluster: { kubernetes } }: PullScenario, lapse: TimeLapse, ms: number): void {
  kubernetes.runCommand.programs = lapse.programs
  let left = ms
  const stop = kubernetes.store.onChange(({ type, resource, object }) => {
    if (type !== 'ADDED' || resource !== 'events' || (object as { reason?: string }).reason !== 'Pulling') return
    stop()
    const timer = setInterval(() => {
      const step = Math.min(10_000, left)
      left -= step
      if (step > 0) lapse.pass(step)
      else clearInterval(timer)
    }, 250)
  })
}

describe('a long pull, for which a kubelet reports only the start', () => {
  onceIt.for(ways.flatMap(way => ([45, 240] as const).map(seconds => [seconds, way] as const)))(
    'is waited for: %i s (%s)',
    async ([seconds, way], { begin, onTestFinished }) => {
      const scenario = letPull(await begin({ timing: { pullMs: 2000 + seconds * 40 } }), oneNode)
      const lapse = createTimeLapse(way, onTestFinished)
      slowDown(scenario, lapse, seconds * 1000)
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(lapse.now()).toBeGreaterThanOrEqual(seconds * 1000)
      expect(scenario.cluster.kubernetes.podsCreated).toHaveLength(1)
      expect(pulls(end)).toMatchObject([{ attempts: 1 }])
      if (seconds === 240) expect(end.log).toMatch(/still pulling team\/app:v1; \d+:\d\d left/)
    },
  )

  onceIt.for(ways)(
    "isn't a reason to give up on a node, and is reported at the timeout (%s)",
    async (way, { begin }) => {
      const scenario = letPull(await begin({ timing: { pullMs: 600_000 } }), oneNode)
      const end = await scenario.pull({ 'probe-with': way, timeout: '12s' })
      expectFailure(end, 'PROBE_FAILED')
      expect(end.report.findings).toEqual([])
      expect(end.log).toContain('still pulling')
      expect(pulls(end)).toMatchObject([{ verdict: 'slow', attempts: 1 }])
    },
  )

  onceIt('can come after refusals: the node is then reported as pulling', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 600_000 } }), oneNode)
    const lapse = createTimeLapse('kubectl', onTestFinished)
    slowDown(scenario, lapse, 60_000)
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '60s' }, { environment: lapse.environment })
    expectFailure(end, 'PROBE_FAILED')
  })
})

describe('a node on which each start takes seconds', () => {
  onceIt.for(ways)('is reported as refused, even if the last attempt got no answer (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { podStartMs: 3500, propagationMs: 3_600_000 } }), oneNode)
    const end = await scenario.pull({ 'probe-with': way, timeout: '24s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).not.toContain('did not refuse')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', message: expect.stringContaining('401') as string }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(1)
  })

  onceIt.for(ways)('is reported as refused, even if it gave no answers afterwards (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), oneNode)
    scenario.cluster.kubernetes.podFaults.push({ kind: 'silent', skip: 1 })
    const end = await scenario.pull({ 'probe-with': way, timeout: '18s' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([
      { verdict: 'denied', attempts: 2, message: expect.stringContaining('401') as string },
    ])
    expect(end.report.findings).toEqual([])
  })

  onceIt('because of its CPU limit still lets the gate open within 3 s', async ({ begin, onTestFinished }) => {
    // As recorded: with a limit of 10m a refusal takes 3.6 s, and a start 7 s.
    const scenario = letPull(await begin({ timing: { startCpuMs: 35 } }), oneNode)
    const { world, cluster } = scenario
    const { kubernetes } = cluster
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const made: number[] = []
    kubernetes.store.onChange(({ type, resource }) => {
      if (type === 'ADDED' && resource === 'pods') made.push(lapse.now())
    })
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 3 })
    const end = await scenario.pull({ 'probe-with': 'kubectl' }, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(made).toHaveLength(4)
    const pauses = made.slice(1).map((at, index) => at - (made[index] ?? NaN))
    for (const { spec } of kubernetes.podsCreated) {
      expect(spec.containers[0]?.resources?.limits).toMatchObject({ cpu: '100m', memory: '64Mi' })
      // The role can take effect just after a refused attempt: a pause and the starts of a sandbox and a container follow.
      const startMs = startDelay(world, cpuLimitOf(...spec.containers))
      expect(Math.max(...pauses) + 2 * startMs).toBeLessThan(3000)
    }
  })
})

describe('a message that joins the results with and without a credential', () => {
  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['tag', 'team/app:v9', 'not found'],
          ['repository', 'team/none:v1', 'not found'],
          ['platform', 'team/arm:v1', 'no match for platform'],
        ] as const
      ).map(([what, name, expected]) => [what, way, name, expected] as const),
    ),
  )('about a missing %s is recognised immediately (%s)', async ([, way, name, expected], { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    const { cluster, world, registry } = scenario
    const grant = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    grant.updatedOn = new Date(Date.now() - 60_000).toISOString()
    const end = await scenario.pull({ 'probe-with': way, 'probe-image': name })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(end.log).toContain(expected)
    expect(end.log).not.toMatch(/\b401\b/)
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })

  onceIt.for(ways)('about broken layers is not mistaken for a missing role (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const broken = `failed to pull and unpack image "${image}": failed to extract layer sha256:0a: archive/tar: invalid tar header: unknown`
    scenario.cluster.kubernetes.pullFaults.push({ message: joinMessages([broken, pullMessages.denied(image)]) })
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('invalid tar header')
    expect(pulls(end)).toMatchObject([{ verdict: 'failed' }])
  })
})

describe('a namespace whose limit range exceeds the resources of a probe pod', () => {
  onceIt.for(
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
