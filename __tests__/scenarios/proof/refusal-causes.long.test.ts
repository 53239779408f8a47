import { describe, expect } from 'vitest'
import { apiFaults, type Registry, pullMessages } from 'azure-simulator'
import {
  deploy,
  expectProven,
  grantPull,
  letPull,
  pulls,
  type PullScenario,
  ways,
  oneNode,
} from '../../support/pull-scenario.js'
import { it, armRequests, expectFailure, type StepEnd, type Scenario } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'
import { connectionOf } from '../../support/network.js'

const hour = 3_600_000

/** Switches the registry to ABAC, with the right role in place. */
function switchMode(scenario: PullScenario): void {
  const { properties } = scenario.registry.body as { properties: { roleAssignmentMode?: string } }
  properties.roleAssignmentMode = 'AbacRepositoryPermissions'
  grantPull(scenario, 1, 'Container Registry Repository Reader')
}

type Way = (typeof ways)[number]

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

/** A cluster that pulls with the secret of an application, which the deployer can read. */
function letPrincipalPull(scenario: Scenario): PullScenario & { application: { objectId: string; secrets: string[] } } {
  const application = scenario.world.addApplication('old-sp')
  const { clientId: servicePrincipalClientId } = application
  const agentPools = [{ name: 'system', count: 1 }]
  const options = { identity: 'ServicePrincipal', servicePrincipalClientId, agentPools } as const
  scenario.world.grantGraphPermission(scenario.deployer, 'Application.Read.All')
  return { ...letPull(scenario, options), application }
}

function grantLongAgo({ world, registry, application }: ReturnType<typeof letPrincipalPull>): void {
  const grant = world.assignRole({ principalId: application.objectId, role: 'AcrPull', scope: registry.id })
  grant.updatedOn = new Date(Date.now() - hour).toISOString()
}

const host = /azmk8s/

const image = 'contosoacr.azurecr.io/team/app:v1'

const found = ({ report }: StepEnd, code: string) => report.findings.filter(each => each.code === code)

describe('a credential from before a switch of the registry’s mode', () => {
  it.for(ways)('is waited out, because the right role is there (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    const { world, cluster } = scenario
    grantPull(scenario)
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    switchMode(scenario)
    const lapse = createTimeLapse(way, onTestFinished)
    cluster.kubernetes.runCommand.programs = lapse.programs
    const before = cluster.kubernetes.podsCreated.length
    let refused = 0
    const stop = cluster.kubernetes.store.onChange(({ type, resource, object }) => {
      const { reason, message = '' } = object as { reason?: string; message?: string }
      if (type !== 'ADDED' || resource !== 'events' || reason !== 'Failed' || !message.includes('oauth token')) return
      refused += 1
      if (refused < 5) return
      stop()
      world.timing.credentialCacheMs = 0
    })
    const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(end.outputs.changed).toBe('false')
    expect(refused).toBe(5)
    expect(cluster.kubernetes.podsCreated.length - before).toBeGreaterThan(5)
    expect(pulls(end)).toMatchObject([{ cause: null }])
    expect(lapse.now()).toBeLessThan(60_000)
  })
})

describe('an API server that has just restarted', () => {
  it.for(ways)('may refuse requests that it has allowed before (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }), oneNode)
    const { faults } = scenario.simulator
    const once = { host, times: 1 }
    // One refusal of each request, after the first round.
    faults.add({ ...once, method: 'GET', path: /\/pods$/, skip: 3, ...apiFaults.forbidden('list', 'pods') })
    faults.add({ ...once, method: 'POST', path: /\/pods\b/, skip: 1, ...apiFaults.forbidden('create', 'pods') })
    let made = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      made += 1
      if (made === 4) scenario.world.passTime(hour)
    })
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
  })
})

describe('a node that the registry refuses by its address', () => {
  it('is told so after three tries if the rules are old, although the role is new', async ({
    begin,
    onTestFinished,
  }) => {
    const scenario = letPull(await begin(), oneNode)
    change(scenario.registry, { ...disabled, ...connected(scenario, 'Approved') })
    const lapse = lapseOf(scenario, 'kubectl', onTestFinished)
    const end = await scenario.pull({}, { environment: lapse.environment })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'firewall', attempts: 3 }])
    expect(lapse.now()).toBeLessThan(30_000)
  })

  it.for(ways.flatMap(way => ([undefined, 'Pending'] as const).map(status => [way, status] as const)))(
    'is told so at once if no private endpoint is approved, although all of it is new (%s, %s)',
    async ([way, status], { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      change(scenario.registry, { ...disabled, ...(status && connected(scenario, status)) }, 60_000)
      const lapse = lapseOf(scenario, way, onTestFinished)
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectFailure(end, 'REGISTRY_UNREACHABLE')
      // Rights are there.
      expect(end.outputs.attached).toBe('true')
      expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'firewall', attempts: 1 }])
      expect(lapse.now()).toBeLessThan(10_000)
      // As in check, which asks no node.
      const { outputs } = await scenario.pull({ 'probe-with': way, mode: 'check' })
      expect(outputs).toMatchObject({ attached: 'true', ready: 'false', drift: 'true' })
    },
  )

  it.for(ways)(
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

describe('an image outside of the repositories', () => {
  it('is refused for good, although the role is new', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { world, deployer, group } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('other/app', 'v1')
    const role = 'Role Based Access Control Administrator'
    world.assignRole({ principalId: deployer.objectId, role, scope: abac.id })
    const manifests = deploy('abacacr.azurecr.io/other/app:v1')
    const inputs = { registry: 'abacacr', repositories: 'team/*', manifests, 'probe-image': '' }
    const end = await scenario.pull({ ...inputs, timeout: '30m' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'role' }])
  })
})

describe('a cluster that pulls with a service principal', () => {
  it.for(ways)('is waited for while its new role arrives (%s)', async (way, { begin }) => {
    const scenario = letPrincipalPull(await begin({ timing: { propagationMs: hour } }))
    const { world, cluster, whenAnswered } = scenario
    // It arrives once the refusal has been seen.
    const isRefused = (): boolean => JSON.stringify(cluster.kubernetes.pods).includes('ErrImagePull')
    whenAnswered(isRefused, () => world.assignments.passTime(hour), 3)
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
  })

  it.for(ways)(
    'whose secret is no longer accepted is refused after three tries, with what cures the secret (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPrincipalPull(await begin())
      grantLongAgo(scenario)
      scenario.application.secrets.length = 0
      const lapse = createTimeLapse(way, onTestFinished)
      scenario.cluster.kubernetes.runCommand.programs = lapse.programs
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectFailure(end, 'PULL_DENIED')
      expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'secret', attempts: 3 }])
      expect(lapse.now()).toBeLessThan(30_000)
      const { cause, fix } = end.report.pairs[0]?.error ?? {}
      expect(cause).toBe('secret')
      expect(fix?.commands).toEqual([expect.stringContaining('az ad app credential list')])
    },
  )
})

describe('what the nodes said inside a command of Run Command', () => {
  it.for([
    ['create pods', { method: 'POST', path: /\/pods\b/ }],
    ['list pods', { method: 'GET', path: /\/pods$/ }],
  ] as const)('counts even if the API server can no longer %s', async ([, request], { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), oneNode)
    let made = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      made += 1
      if (made === 2) scenario.simulator.faults.add({ host, ...request, times: Infinity, ...apiFaults.unavailable() })
    })
    const end = await scenario.pull({ 'probe-with': 'run-command', timeout: '25s' })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'no-credential' }])
    expect(pulls(end)[0]?.attempts).toBeGreaterThan(0)
  })
})

describe('a node that pulls only at a later attempt', () => {
  it.for(ways)('although nothing explains it, is a notice with its first refusal (%s)', async (way, { begin }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'gpu', count: 1 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    grantPull(scenario)
    const { kubernetes } = scenario.cluster
    const node = kubernetes.nodes.map(({ metadata }) => metadata.name).find(name => name.includes('gpu')) ?? ''
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), node, times: 1 })
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
    expect(pulls(end).find(pull => pull.node === node)).toMatchObject({
      attempts: 2,
      firstRefusal: expect.stringContaining('anonymous') as string,
    })
    const [notice, ...others] = found(end, 'PULL_UNSTEADY')
    expect(others).toEqual([])
    expect(notice).toMatchObject({ severity: 'notice', subject: scenario.cluster.id })
  })
})

describe('a registry with two private endpoints', () => {
  it.for([
    ['noSuchHost', 1],
    ['timeout', 1],
    ['tls', 0],
  ] as const)('may have one DNS record for both, if nodes can not reach it (%s)', async ([fault, count], { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    grantPull(scenario)
    const { registry, cluster } = scenario
    const connection = connectionOf(scenario, registry, 'Approved')
    registry.body.properties.privateEndpointConnections = [connection, connection]
    cluster.kubernetes.pullFaults.push({ message: pullMessages[fault](image) })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    const collisions = found(end, 'PRIVATE_ENDPOINTS_COLLIDE')
    expect(collisions.map(({ severity }) => severity)).toEqual(Array.from({ length: count }, () => 'warning'))
    if (count > 0) expect(collisions[0]?.fix.commands.join('\n')).toContain("'/A/contosoacr'")
  })
})

describe('what a node reports', () => {
  const digest = `sha256:${'d'.repeat(64)}`
  const head = 'unexpected status from HEAD request to https://contosoacr.azurecr.io/v2/team/app/manifests/v1:'
  const ingest = '/var/lib/containerd/io.containerd.content.v1.content/ingest/41/data'
  const quarantine = { policies: { quarantinePolicy: { status: 'enabled' } } }
  const manifests = 'az acr manifest list-metadata'
  it.for([
    ['a full disk', `write ${ingest}: no space left on device`, {}, 'PROBE_FAILED', 'disk', 'kubectl describe node'],
    ['an upstream', `${head} 424 Failed Dependency`, {}, 'REGISTRY_UNREACHABLE', 'upstream', 'az acr cache list'],
    ['a 503', `${head} 503 Service Unavailable`, {}, 'REGISTRY_UNREACHABLE', 'unavailable', 'az acr show'],
    ['a quarantine, by tag', `${image}: not found`, quarantine, 'IMAGE_NOT_FOUND', null, manifests],
    ['a quarantine, by digest', `${head} 405 Method Not Allowed`, quarantine, 'AZURE_REFUSED', 'locked', manifests],
    ['a pull that waits its turn', '', {}, 'PROBE_FAILED', null, 'az aks check-acr'],
  ] as const)('has its cause and what to look at: %s', async ([, said, properties, code, cause, look], { begin }) => {
    const scenario = letPull(await begin({ timing: { pullMs: said ? 0 : 60_000 } }), oneNode)
    grantPull(scenario)
    change(scenario.registry, properties)
    const message = `failed to pull and unpack image "contosoacr.azurecr.io/team/app@${digest}": ${said}`
    if (said) scenario.cluster.kubernetes.pullFaults.push({ message })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, code)
    expect(pulls(end)).toMatchObject([{ cause }])
    expect(end.report.pairs[0]?.error?.fix?.commands.join('\n')).toContain(look)
  })
})
