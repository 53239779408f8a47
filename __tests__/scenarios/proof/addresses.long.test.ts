import { describe, expect } from 'vitest'
import { pullMessages, type Registry } from 'azure-simulator'
import { connectionOf } from '../../support/network.js'
import { expectProven, letPull, type PullScenario } from '../../support/pull-scenario.js'
import { armRequests, expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
type Way = (typeof ways)[number]
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }
const hour = 3_600_000

/** Changes properties of a registry, with the date of this change. */
function change(registry: Registry, properties: Record<string, unknown>, agoMs = hour): void {
  Object.assign(registry.body.properties, properties)
  Object.assign(registry.body.systemData ?? {}, { lastModifiedAt: new Date(Date.now() - agoMs).toISOString() })
}

const disabled = { publicNetworkAccess: 'Disabled' }

const connected = (scenario: PullScenario, ...state: [status: string, provisioningState?: string]) => ({
  privateEndpointConnections: [connectionOf(scenario, scenario.registry, ...state)],
})

/** Time that passes in pauses alone, in the action and in the cluster. */
function lapseOf(scenario: PullScenario, way: Way, onTestFinished: Parameters<typeof createTimeLapse>[1]): TimeLapse {
  const lapse = createTimeLapse(way, onTestFinished)
  scenario.cluster.kubernetes.runCommand.programs = lapse.programs
  return lapse
}

/** Three tries within half a minute, by the first pair. */
function expectDecided(end: StepEnd, lapse: TimeLapse, attempts = 3): void {
  expectFailure(end, 'REGISTRY_UNREACHABLE')
  // Rights are there.
  expect(end.outputs.attached).toBe('true')
  const [pair] = end.report.pairs
  expect(pair?.error).toMatchObject({ cause: 'firewall' })
  expect(pair?.pulls).toMatchObject([{ verdict: 'unreachable', cause: 'firewall', attempts }])
  expect(lapse.now()).toBeLessThan(attempts * 10_000)
}

describe('a node that the registry refuses by its address', () => {
  onceIt.for(ways)(
    'is told so after three tries, whether the role is new or not (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved') })
      // The first attach writes the role; the check finds one that is recent.
      for (const mode of ['attach', 'check']) {
        const lapse = lapseOf(scenario, way, onTestFinished)
        const end = await scenario.pull({ 'probe-with': way, mode }, { environment: lapse.environment })
        expectDecided(end, lapse)
      }
    },
  )

  onceIt.for(ways.flatMap(way => ([undefined, 'Pending'] as const).map(status => [way, status] as const)))(
    'is told so at once if no private endpoint is approved, although all of it is new (%s, %s)',
    async ([way, status], { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      change(scenario.registry, { ...disabled, ...(status && connected(scenario, status)) }, 60_000)
      const lapse = lapseOf(scenario, way, onTestFinished)
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectDecided(end, lapse, 1)
      // As in check, which asks no node.
      const { outputs } = await scenario.pull({ 'probe-with': way, mode: 'check' })
      expect(outputs).toMatchObject({ attached: 'true', ready: 'false', drift: 'true' })
    },
  )

  onceIt.for(ways)(
    'is told so by each registry, while another still learns of its role (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin({ timing: { propagationMs: hour } }), oneNode)
      const { world, group, deployer, registry, cluster } = scenario
      const other = group.addRegistry('otheracr')
      other.images.push('team/app', 'v1')
      world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: other.id })
      change(registry, disabled)
      const lapse = lapseOf(scenario, way, onTestFinished)
      let refused = 0
      cluster.kubernetes.store.onChange(({ type, resource, object }) => {
        const { reason, message = '' } = object as { reason?: string; message?: string }
        if (type !== 'ADDED' || resource !== 'events' || reason !== 'Failed' || !/otheracr.*: 401/.test(message)) return
        refused += 1
        if (refused === 6) world.passTime(hour)
      })
      const inputs = {
        registry: 'contosoacr\notheracr',
        'probe-image': 'contosoacr.azurecr.io/team/app:v1\notheracr.azurecr.io/team/app:v1',
        'probe-with': way,
      }
      const end = await scenario.pull(inputs, { environment: lapse.environment })
      expectFailure(end, 'REGISTRY_UNREACHABLE')
      expect(end.report.pairs).toMatchObject([
        // One command tries for both.
        { status: 'failed', pulls: [{ cause: 'firewall', attempts: way === 'kubectl' ? 1 : 3 }] },
        { status: 'attached', verified: 'pull', pulls: [{ verdict: 'pulled' }] },
      ])
      expect(lapse.now()).toBeLessThan(120_000)
      // One command lists the nodes, one ends with the decision, one goes on for the other registry, and one may delete.
      if (way === 'run-command') expect(armRequests(end, 'POST', '/runCommand').length).toBeLessThan(6)
    },
  )
})

describe('a network that is being changed', () => {
  const cases: Record<string, (scenario: PullScenario) => void> = {
    'because the registry was written a minute ago': scenario => {
      change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved') }, 60_000)
    },
    'because the registry is updated': ({ registry }) => {
      change(registry, { ...disabled, provisioningState: 'Updating' })
    },
    'because another private endpoint waits for approval': scenario => {
      const { privateEndpointConnections: approved } = connected(scenario, 'Approved')
      const { privateEndpointConnections: waiting } = connected(scenario, 'Pending')
      change(scenario.registry, { ...disabled, privateEndpointConnections: [...approved, ...waiting] })
    },
    'because a private endpoint is updated': scenario => {
      change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved', 'Updating') })
    },
    'because the cluster is updated': scenario => {
      change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved') })
      scenario.cluster.body.properties.provisioningState = 'Updating'
    },
  }

  onceIt.for(ways.flatMap(way => Object.keys(cases).map(name => [name, way] as const)))(
    'is waited for %s (%s)',
    async ([name, way], { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      const { cluster, registry } = scenario
      cases[name]?.(scenario)
      const lapse = lapseOf(scenario, way, onTestFinished)
      let refused = 0
      cluster.kubernetes.store.onChange(({ type, resource, object }) => {
        const { reason, message = '' } = object as { reason?: string; message?: string }
        if (type !== 'ADDED' || resource !== 'events' || reason !== 'Failed' || !message.includes(': 403')) return
        refused += 1
        // The private endpoint has its name.
        if (refused === 5) cluster.kubernetes.privateEndpoints.add(registry.loginServer)
      })
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(refused).toBe(5)
    },
  )

  onceIt(
    'counts as done as soon as an old registry refuses, but not before: earlier failures decide nothing',
    async ({ begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved') })
      const image = 'contosoacr.azurecr.io/team/app:v1'
      // While a private DNS zone is set up, its name may not resolve at all.
      scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.noSuchHost(image), times: 4 })
      const lapse = lapseOf(scenario, 'kubectl', onTestFinished)
      const end = await scenario.pull({}, { environment: lapse.environment })
      expectFailure(end, 'REGISTRY_UNREACHABLE')
      expect(end.report.pairs[0]?.pulls).toMatchObject([{ cause: 'firewall', attempts: 7 }])
    },
  )
})
