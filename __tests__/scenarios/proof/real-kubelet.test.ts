import { describe, expect } from 'vitest'
import { joinMessages, pullMessages } from '../../../simulator/services/kubernetes/nodes/pull-messages.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const image = 'contosoacr.azurecr.io/team/app:v1'
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }

/** Has so much time go by during the first pull, ten seconds at once. */
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

describe('a pull that takes long, of which a kubelet says no more than that it has begun', () => {
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
      if (seconds === 240) expect(end.log).toMatch(/still pulling team\/app:v1 \([1-4] min\)/)
    },
  )

  onceIt.for(ways)('is no reason to give up a node, and is told when the time is over (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: 600_000 } }), oneNode)
    const end = await scenario.pull({ 'probe-with': way, timeout: '12s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.findings).toEqual([])
    expect(end.log).toContain('was still pulling')
    expect(pulls(end)).toMatchObject([{ verdict: 'slow', attempts: 1 }])
  })

  onceIt(
    'may come after refusals: then it is pulling that the node is said to be',
    async ({ begin, onTestFinished }) => {
      const scenario = letPull(await begin({ timing: { pullMs: 600_000 } }), oneNode)
      const lapse = createTimeLapse('kubectl', onTestFinished)
      slowDown(scenario, lapse, 60_000)
      const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '60s' }, { environment: lapse.environment })
      expectFailure(end, 'PROBE_FAILED')
    },
  )
})

describe('a node on which each start takes seconds', () => {
  onceIt.for(ways)('is refused, and that is said, though the last try was not heard (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { podStartMs: 3500, propagationMs: 3_600_000 } }), oneNode)
    const end = await scenario.pull({ 'probe-with': way, timeout: '16s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).not.toContain('did not refuse')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', message: expect.stringContaining('401') as string }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(1)
  })

  onceIt('because of a CPU limit lets the gate open within 3 s of what the role does', async ({ begin }) => {
    // As recorded: with a limit of 10m a refusal takes 3.6 s, and a start 7 s.
    const scenario = letPull(await begin({ timing: { startCpuMs: 35, propagationMs: 12_000 } }), oneNode)
    const { kubernetes } = scenario.cluster
    const end = await scenario.pull({ 'probe-with': 'kubectl' })
    expectProven(end, scenario)
    const written = Date.parse(scenario.grants()[0]?.createdOn ?? '')
    const seconds = end.report.pairs[0]?.propagationSeconds ?? Infinity
    expect(written).not.toBeNaN()
    expect(seconds).toBeLessThan(12 + 3)
    for (const { spec } of kubernetes.podsCreated)
      expect(spec.containers[0]?.resources?.limits).toMatchObject({ cpu: '100m', memory: '64Mi' })
  })
})

describe('a message that joins what a credential and no credential came to', () => {
  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['a tag', 'team/app:v9', 'not found'],
          ['a repository', 'team/none:v1', 'not found'],
          ['a platform', 'team/arm:v1', 'no match for platform'],
        ] as const
      ).map(([what, name, told]) => [what, way, name, told] as const),
    ),
  )('is about %s that is not there, and that is known at once (%s)', async ([, way, name, told], { begin }) => {
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
    expect(end.log).toContain(told)
    expect(end.log).not.toContain('401')
    expect(cluster.kubernetes.podsCreated).toHaveLength(1)
  })

  onceIt.for(ways)('is about layers that are broken, and not about a role (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const broken = `failed to pull and unpack image "${image}": failed to extract layer sha256:0a: archive/tar: invalid tar header: unknown`
    scenario.cluster.kubernetes.pullFaults.push({ message: joinMessages([broken, pullMessages.denied(image)]) })
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('invalid tar header')
    expect(pulls(end)).toMatchObject([{ verdict: 'failed' }])
  })
})
