import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { repositoryCondition } from 'repository-conditions'
import { apiFaults, joinMessages, pullMessages } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

const ways = ['kubectl', 'run-command'] as const
const image = 'contosoacr.azurecr.io/team/app:v1'
const oneNode = { agentPools: [{ name: 'system', count: 1 }] }
const hour = 3_600_000

/** Assigns a role that is so old that no refusal counts as temporary. */
function grantLongAgo({ cluster, world, registry }: PullScenario, role = 'AcrPull'): void {
  const grant = world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role, scope: registry.id })
  grant.updatedOn = new Date(Date.now() - hour).toISOString()
}

/** Switches the registry to ABAC, with the right role in place. */
function switchMode(scenario: PullScenario): void {
  const { properties } = scenario.registry.body as { properties: { roleAssignmentMode?: string } }
  properties.roleAssignmentMode = 'AbacRepositoryPermissions'
  grantLongAgo(scenario, 'Container Registry Repository Reader')
}

/** The cause in the error and in the first pull. */
function expectCause(end: StepEnd, cause: string | null): void {
  expect(end.report.pairs[0]?.error).toMatchObject({ cause })
  expect(pulls(end)[0]).toMatchObject({ verdict: 'denied', cause })
}

const commandsOf = (end: StepEnd): string[] => end.report.pairs[0]?.error?.fix.commands ?? []

describe('a credential from before a switch of the registry’s mode', () => {
  onceIt.for(ways)('is waited out, because the right role is there (%s)', async (way, { begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    const { world, cluster } = scenario
    grantLongAgo(scenario)
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

  onceIt.for(ways)(
    'that outlasts the timeout is never reported as a missing role (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(await begin(), oneNode)
      grantLongAgo(scenario)
      expectProven(await scenario.pull({ 'probe-with': way }), scenario)
      switchMode(scenario)
      const lapse = createTimeLapse(way, onTestFinished)
      scenario.cluster.kubernetes.runCommand.programs = lapse.programs
      const end = await scenario.pull({ 'probe-with': way, timeout: '90s' }, { environment: lapse.environment })
      expectFailure(end, 'PULL_DENIED')
      expectCause(end, 'stale-credential')
      // Three attempts within half a minute would decide about a role.
      expect(pulls(end)[0]?.attempts).toBeGreaterThan(3)
      expect(commandsOf(end)).toEqual([expect.stringContaining('roleAssignmentMode')])
      expect(end.log).toMatch(
        /aks-pull: the node was refused \(401\): the registry no longer accepts its cached credential/,
      )
    },
  )

  onceIt('is waited for no longer than the kubelet of that version keeps it', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    grantLongAgo(scenario)
    const { kubernetes } = scenario.cluster
    for (const { status } of kubernetes.nodes) status.nodeInfo.kubeletVersion = 'v1.35.3'
    kubernetes.pullFaults.push({ message: pullMessages.staleCredential(image) })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const began = performance.now()
    const end = await scenario.pull({ 'probe-with': 'kubectl' }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expectCause(end, 'stale-credential')
    // What a busy machine takes for the attempts is part of the wait.
    expect(lapse.now() + performance.now() - began).toBeGreaterThan(200_000)
    expect(lapse.now()).toBeLessThan(420_000)
    expect(end.report.pairs[0]?.error?.fix.text).toContain('timeout: 10m')
  })

  onceIt('is followed by a decision within three tries, if there is no role', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    grantLongAgo(scenario)
    const { pullFaults } = scenario.cluster.kubernetes
    const stale = joinMessages([pullMessages.staleCredential(image), pullMessages.denied(image)])
    const without = joinMessages([pullMessages.insufficientScope(image), pullMessages.denied(image)])
    pullFaults.push({ message: stale, times: 4 }, { message: without })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const end = await scenario.pull({ 'probe-with': 'kubectl' }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expectCause(end, 'role')
    expect(pulls(end)).toMatchObject([{ attempts: 7 }])
  })
})

describe('a refusal', () => {
  onceIt.for(ways)('of a good credential without the role names role and repositories (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const abac = scenario.group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('other/app', 'v1')
    scenario.world.assignRole({
      principalId: scenario.deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app' } }
    const spec = { containers: [{ name: 'app', image: 'abacacr.azurecr.io/other/app:v1' }] }
    const file = join(mkdtempSync(join(tmpdir(), 'manifests-')), 'app.json')
    writeFileSync(file, JSON.stringify({ ...pod, spec }))
    const inputs = { registry: 'abacacr', repositories: 'team/*', 'probe-image': '', manifests: file }
    const end = await scenario.pull({ ...inputs, 'probe-with': way, timeout: '30m' })
    expectFailure(end, 'PULL_DENIED')
    expectCause(end, 'role')
    const { text } = end.report.pairs[0]?.error?.fix ?? { text: '' }
    for (const part of ['Container Registry Repository Reader', 'other/app', 'team/*']) expect(text).toContain(part)
  })

  onceIt.for(ways)('of a node without a credential shows the roles of its identity (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }), oneNode)
    const end = await scenario.pull({ 'probe-with': way, timeout: '4s' })
    expectFailure(end, 'PULL_DENIED')
    expectCause(end, 'no-credential')
    expect(commandsOf(end)).toEqual([expect.stringContaining('az role assignment list')])
  })
})

describe('a condition about @Resource', () => {
  onceIt('is not known to work: a notice says so until a node has pulled', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { world, cluster, deployer, group } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    abac.images.push('team/app', 'v1')
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const condition = repositoryCondition(['team/*']).replaceAll('@Request', '@Resource')
    const reader = { role: 'Container Registry Repository Reader', scope: abac.id, condition }
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, ...reader })
    const inputs = { registry: 'abacacr', repositories: 'team/*' }
    const doubted = ({ report }: StepEnd) => report.findings.map(({ code, severity }) => [code, severity])
    const assigned = await scenario.pull({ ...inputs, verify: 'assignment', 'probe-image': '' })
    expect(assigned.outputs).toMatchObject({ attached: 'true', verified: 'assignment', changed: 'false' })
    expect(doubted(assigned)).toEqual([['ROLE_IGNORED_BY_ABAC', 'notice']])
    const proven = await scenario.pull(inputs)
    expect(proven.outputs).toMatchObject({ attached: 'true', verified: 'pull' })
    expect(doubted(proven)).toEqual([])
  })
})

describe('a failure that only looks like another one', () => {
  onceIt('of a registry with a customer-managed key names its key vault next to the firewall', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { properties } = scenario.registry.body as { properties: Record<string, unknown> }
    properties.encryption = {
      status: 'enabled',
      keyVaultProperties: { keyIdentifier: 'https://contoso-kv.vault.azure.net/keys/acr', identity: 'some-client-id' },
    }
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.forbidden(image) })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(end.report.pairs[0]?.error).toMatchObject({ cause: 'firewall' })
    expect(end.report.pairs[0]?.error?.message).toContain("or the registry can't read its key in the key vault")
    expect(commandsOf(end)).toEqual([expect.stringContaining('key: encryption.keyVaultProperties')])
  })

  onceIt('of something that answers without TLS is REGISTRY_UNREACHABLE', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.plainHttp(image) })
    const end = await scenario.pull({ timeout: '2s' })
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'plain-http' }])
  })

  onceIt.for(['webPage', 'tokenWebPage'] as const)(
    'of a proxy that answers with a web page is REGISTRY_UNREACHABLE (%s)',
    async (page, { begin }) => {
      const scenario = letPull(await begin(), oneNode)
      scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages[page](image) })
      const end = await scenario.pull({ timeout: '2s' })
      expectFailure(end, 'REGISTRY_UNREACHABLE')
      expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'proxy' }])
    },
  )

  onceIt('of a node that was abandoned is not reported as a timeout', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin(), oneNode)
    scenario.cluster.kubernetes.podFaults.push({ kind: 'silent' })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const timer = setInterval(() => {
      lapse.pass(5000)
    }, 1000)
    onTestFinished(() => {
      clearInterval(timer)
    })
    const end = await scenario.pull({ 'probe-with': 'kubectl', timeout: '2m' }, { environment: lapse.environment })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.report.pairs[0]?.error?.message).not.toMatch(/timeout/)
    expect(end.report.pairs[0]?.error?.fix.text).not.toContain('longer timeout')
  })
})

describe('an API server that has just restarted', () => {
  const host = /azmk8s/

  onceIt.for(ways)('may refuse requests that it has allowed before (%s)', async (way, { begin }) => {
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

  onceIt.for(ways)('is believed at once if it has not allowed the request before (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const refusal = {
      host,
      method: 'POST',
      path: /\/pods\b/,
      times: Infinity,
      ...apiFaults.forbidden('create', 'pods'),
    }
    scenario.simulator.faults.add(refusal)
    const end = await scenario.pull({ 'probe-with': way })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.report.durationSeconds).toBeLessThan(30)
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })
})

onceIt("is proven in check by today's role, although the one after a move to ABAC is missing", async ({ begin }) => {
  const scenario = letPull(await begin(), oneNode)
  grantLongAgo(scenario)
  const end = await scenario.pull({ mode: 'check', role: 'both', 'fail-on-drift': 'false' })
  expect(end.outputs).toMatchObject({ attached: 'true', drift: 'true', verified: 'pull' })
  expect(end.report.pairs).toMatchObject([
    { status: 'attached', role: 'AcrPull', lacks: [{ role: 'Container Registry Repository Reader' }] },
  ])
  expect(end.report.notes.join()).not.toContain('no node was asked')
})
