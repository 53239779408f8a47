import { describe, expect, type TestContext } from 'vitest'
import { apiFaults, pullMessages, type Pod, type KubernetesObject } from 'azure-simulator'
import { expectProven, letPull, pulls, oneNode, type PullScenario } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, it, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const host = /azmk8s/

const image = 'contosoacr.azurecr.io/team/app:v1'

const byRunCommand = { 'probe-with': 'run-command' }

const runCommands = (end: StepEnd) => armRequests(end, 'POST', '/runCommand')

/** By node and image, what became of the layers. */
const layersOf = (end: StepEnd) => end.report.pairs.flatMap(pair => pair.pulls.map(({ layers }) => layers))

/** Time that passes in the pauses inside the cluster. */
function lapseIn({ cluster }: PullScenario, onTestFinished: TestContext['onTestFinished']): TimeLapse {
  const lapse = createTimeLapse('run-command', onTestFinished)
  cluster.kubernetes.runCommand.programs = lapse.programs
  return lapse
}

/** The approximate time of an attempt, in addition to the pauses. */
const tryMs = 2000

describe('a command whose pods still pull when it ends, after a minute', () => {
  /** Pulls for 6 s, during which more than a minute passes. */
  async function pullLong(scenario: PullScenario, onTestFinished: TestContext['onTestFinished']): Promise<StepEnd> {
    const { kubernetes } = scenario.cluster
    const lapse = lapseIn(scenario, onTestFinished)
    scenario.world.timing.pullMs = 6000
    const stop = kubernetes.store.onChange(({ type, resource, object }) => {
      if (type !== 'ADDED' || resource !== 'events') return
      if ((object as KubernetesObject & { reason?: string }).reason !== 'Pulling') return
      stop()
      setTimeout(() => {
        lapse.pass(61_000)
      }, 1500)
    })
    const end = await scenario.pull({ ...byRunCommand, timeout: '300s' }, { environment: lapse.environment })
    expectProven(end, scenario)
    return end
  }

  it('is followed by one that hears of a registry that drops packets, and tries again', async ({
    begin,
    onTestFinished,
  }) => {
    const scenario = letPull(await begin(), oneNode)
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.timeout(image), times: 1 })
    const end = await pullLong(scenario, onTestFinished)
    expect(pulls(end)).toMatchObject([{ attempts: 2 }])
    // One lists the nodes.
    expect(runCommands(end)).toHaveLength(3)
  })
})

describe('inside a command', () => {
  it('a node is not given up whose kubelet comes back after a break of the API server', async ({
    begin,
    onTestFinished,
  }) => {
    const scenario = letPull(await begin(), oneNode)
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    // As recorded: the kubelet takes the second pod 52 s after the break.
    kubernetes.podFaults.push({ kind: 'silent', afterMs: 10_000, skip: 1, times: 1 })
    const lapse = lapseIn(scenario, onTestFinished)
    let pods = 0
    const stop = kubernetes.store.onChange(({ type, resource }) => {
      if (type === 'ADDED' && resource === 'pods') pods += 1
      if (pods < 2) return
      stop()
      scenario.simulator.faults.add({ host, method: 'GET', path: /\/pods$/, times: 2, ...apiFaults.dropped() })
      let passed = 0
      const timer = setInterval(() => {
        lapse.pass(1300)
        passed += 1300
        if (passed >= 52_000) clearInterval(timer)
      }, 250)
      onTestFinished(() => {
        clearInterval(timer)
      })
    })
    const end = await scenario.pull({ ...byRunCommand, timeout: '180s' }, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 2 }])
    expect(kubernetes.podsCreated).toHaveLength(2)
  })

  it.for([
    ['create pods', { method: 'POST', path: /\/pods\b/ }],
    ['list pods', { method: 'GET', path: /\/pods$/ }],
  ] as const)('what the nodes said counts even if the API server can no longer %s', async ([, request], { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), oneNode)
    let made = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      made += 1
      if (made === 2) scenario.simulator.faults.add({ host, ...request, times: Infinity, ...apiFaults.unavailable() })
    })
    const end = await scenario.pull({ ...byRunCommand, timeout: '25s' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'no-credential' }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(0)
  })
})

describe('an image that the nodes have', () => {
  it('is not said to have been there when a later try pulls it', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    expectProven(await scenario.pull(), scenario)
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.timeout(image), times: 1 })
    const end = await scenario.pull()
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled', attempts: 2, layers: 'unknown' }])
    expect(end.report.findings.filter(({ code }) => code === 'IMAGE_NOT_PROBED')).toEqual([])
  })

  it('proves the role only in a check, whether layers can be fetched or not', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { registry, cluster } = scenario
    const nightly = { mode: 'check', timeout: '5s' }
    const notices = ({ report }: StepEnd) => report.findings.filter(({ code }) => code === 'IMAGE_NOT_PROBED')
    const attached = await scenario.pull()
    expectProven(attached, scenario)
    expect(layersOf(attached)).toEqual(['fetched'])

    cluster.kubernetes.blockedDataEndpoints.set(registry.loginServer, 'forbidden')
    const memory = await scenario.pull(nightly)
    expectProven(memory, scenario)
    expect(notices(memory)).toMatchObject([{ severity: 'notice', subject: registry.id }])
    expect(memory.outputs).toMatchObject({ attached: 'true', drift: 'false' })
    expect(layersOf(memory)).toEqual(['on-node'])

    registry.images.push('team/app', 'v1', { platforms: ['linux/amd64'], content: 'rebuilt' })
    const lost = await scenario.pull(nightly)
    expectFailure(lost, 'REGISTRY_UNREACHABLE')
    expect(pulls(lost)).toMatchObject([{ verdict: 'unreachable', cause: 'data-endpoint', layers: 'unknown' }])

    cluster.kubernetes.blockedDataEndpoints.clear()
    const proof = await scenario.pull(nightly)
    expectProven(proof, scenario)
    expect(layersOf(proof)).toEqual(['fetched'])
    expect(notices(proof)).toEqual([])
  })
})

describe('a namespace whose limit range exceeds the resources of a probe pod', () => {
  it('still accepts it', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { kubernetes } = scenario.cluster
    kubernetes.addLimitRange('default', [{ type: 'Container', min: { cpu: '100m', memory: '64Mi' } }])
    expectProven(await scenario.pull(), scenario)
    expect(kubernetes.podsCreated).toHaveLength(1)
  })
})

describe('what nodes say in events before their pods say so', () => {
  it('ends a try, and lets the other nodes be asked', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000, relistMs: 12_000 } }), {
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
  it('each is asked once more, in time and by no other command', async ({ begin, onTestFinished }) => {
    const count = 20
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), {
      agentPools: [{ name: 'system', count }],
    })
    const { world, cluster } = scenario
    const lapse = createTimeLapse('run-command', onTestFinished)
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
      const isRefused = status.containerStatuses?.some(({ state }) => state.waiting?.reason === 'ErrImagePull') === true
      if (!isRefused || could) return
      if (refused.size === 0) lapse.pass(lateMs)
      refused.add(node)
      if (refused.size < tries.size || (tries.get(node) ?? 0) < 3) return
      could = { at: Date.now(), lapsed: lapse.now() }
      for (const assignment of world.roleAssignments)
        assignment.effectiveAt = Math.min(assignment.effectiveAt, could.at)
    })
    const inputs = { ...byRunCommand, 'probe-nodes': 'all', timeout: '1h' }
    const end = await scenario.pull(inputs, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(count)
    expect([later.length, new Set(later.map(({ node }) => node)).size]).toEqual([count, count])
    // One has pulled before the others are asked.
    expect(Math.max(...later.map(({ at }) => at))).toBeLessThanOrEqual(lateMs / 20 - 2 * tryMs)
    const startedSince = end.requests.filter(({ path, at }) => path.endsWith('/runCommand') && at > (could?.at ?? 0))
    expect(startedSince).toEqual([])
  })
})
