import { describe, expect, type TestContext } from 'vitest'
import { pullMessages, type KubernetesObject } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }

/** How long a dial that nobody answers takes in simulated time, and how long the simulated node waits for it; in milliseconds. */
const dialMs = 30_000
const timing = { dialMs: 1500 }

/** Makes half a minute pass in the course of each dial: the provider's at the start of a pod, and then those of a pull. */
function passDials(
  { cluster: { kubernetes } }: PullScenario,
  lapse: TimeLapse,
  dials: { provider: number; pull: number },
  onTestFinished: TestContext['onTestFinished'],
): void {
  kubernetes.runCommand.programs = lapse.programs
  const steps = 6
  const timers: NodeJS.Timeout[] = []
  onTestFinished(() => {
    timers.forEach(clearTimeout)
  })
  const pass = (count: number): void => {
    for (let step = 0; step < count * steps; step += 1) {
      const afterMs = (step * timing.dialMs) / steps
      timers.push(
        setTimeout(() => {
          lapse.pass(dialMs / steps)
        }, afterMs),
      )
    }
  }
  kubernetes.store.onChange(({ type, resource, object }) => {
    if (type !== 'ADDED') return
    const { reason } = object as KubernetesObject & { reason?: string }
    if (resource === 'pods') pass(dials.provider)
    if (resource === 'events' && reason === 'Pulling') pass(dials.pull)
  })
}

describe('a registry that drops packets', () => {
  onceIt.for(
    ways.flatMap(way =>
      (
        [
          ['without a credential', { provider: 1, pull: 1 }],
          ['with a cached credential', { provider: 0, pull: 2 }],
        ] as const
      ).map(([what, dials]) => [what, way, dials] as const),
    ),
  )('is unreachable for a node %s, as the kubelet said (%s)', async ([, way, dials], { begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing }), oneNode)
    const { kubernetes } = scenario.cluster
    if (dials.provider === 0) expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    kubernetes.droppedRegistries.add(scenario.registry.loginServer)
    const lapse = createTimeLapse(way, onTestFinished)
    passDials(scenario, lapse, dials, onTestFinished)
    const timeout = way === 'kubectl' ? '150s' : '90s'
    const end = await scenario.pull({ 'probe-with': way, timeout }, { environment: lapse.environment })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    const text = expect.stringContaining('i/o timeout') as string
    expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'connection', message: text }])
  })

  onceIt.for(ways)('is unreachable if only its data endpoint does (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing }), oneNode)
    scenario.cluster.kubernetes.blockedDataEndpoints.set(scenario.registry.loginServer, 'timeout')
    const lapse = createTimeLapse(way, onTestFinished)
    passDials(scenario, lapse, { provider: 0, pull: 1 }, onTestFinished)
    const end = await scenario.pull({ 'probe-with': way, timeout: '93s' }, { environment: lapse.environment })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'data-endpoint' }])
  })

  onceIt.for(ways)('does not spoil the proof for another one (%s)', async (way, { begin }) => {
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

  onceIt(
    'is heard of by the command that has kept the pod, which then tries again',
    async ({ begin, onTestFinished }) => {
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
    },
  )

  onceIt.for(ways)('may be the reason before anything was heard of it (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { dialMs: 600_000 } }), oneNode)
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    scenario.cluster.kubernetes.droppedRegistries.add(scenario.registry.loginServer)
    const end = await scenario.pull({ 'probe-with': way, timeout: '12s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(pulls(end)).toMatchObject([{ verdict: 'slow', attempts: 1 }])
    const [first] = end.report.pairs[0]?.error?.fix.commands ?? []
    expect(first).toContain('az aks check-acr')
  })
})
