import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { grantPull, letPull, pulls, oneNode, ways } from '../../support/pull-scenario.js'
import { expectFailure, it } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'
import { inRun } from '../../support/nights.js'
import { connectionOf } from '../../support/network.js'
import { hour } from '../../support/hour.js'

describe('without a running operation', () => {
  it.for([
    ['check', 'kubectl'],
    ['attach', 'run-command'],
  ] as const)('three tries decide that a node is refused (%s, %s)', async ([mode, way], { begin }) => {
    const scenario = letPull(await begin())
    grantPull(scenario)
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message })
    const end = await scenario.pull({ mode, 'probe-with': way })
    expectFailure(end, mode === 'check' ? 'DRIFT' : 'PULL_DENIED')
    expect(end.log).toContain('PULL_DENIED')
    expect(end.outputs.attached).toBe('false')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', attempts: 3 }])
  })
})

describe('a node that is refused while another one of its cluster fails otherwise', () => {
  it.for(['unreachable', 'failed'] as const)(
    '(%s) stays in the issue until it pulls or leaves',
    async (other, { begin }) => {
      const runner = { workflow: 'nightly', job: 'check', eventName: 'schedule' }
      const agentPools = [
        { name: 'system', count: 2 },
        { name: 'user', count: 1 },
      ]
      const scenario = letPull(await begin({ runner, variations: 'none' }), { agentPools })
      grantPull(scenario)
      const { kubernetes } = scenario.cluster
      const reference = 'contosoacr.azurecr.io/team/app:v1'
      const message = other === 'failed' ? 'a new error of containerd' : pullMessages.blobNoSuchHost(reference)
      kubernetes.pullFaults.push(
        { node: '-system-', message: pullMessages.denied(reference) },
        { node: '-user-', message },
      )
      const inputs = { mode: 'check', 'drift-issue': 'x', 'fail-on-drift': 'false', timeout: '10s' }
      const first = await scenario.pull(inputs, inRun(1))
      expect(first.outputs).toMatchObject({ drift: 'true', ready: 'false', 'drift-issue-number': '1' })
      expect(first.report.pairs).toMatchObject([{ status: 'missing', error: { code: 'PULL_DENIED' } }])
      expect(
        pulls(first)
          .map(({ verdict }) => verdict)
          .sort(),
      ).toEqual(['denied', other].sort())
      const refused = pulls(first).find(({ verdict }) => verdict === 'denied')?.node ?? ''
      kubernetes.pullFaults.length = 0
      kubernetes.cordon(refused)
      const second = await scenario.pull(inputs, inRun(2))
      expect(second.report.pairs).toMatchObject([{ status: 'attached', verified: 'pull', unasked: [refused] }])
      const { issues } = scenario.world.github
      expect(issues).toMatchObject([{ state: 'open' }])
      kubernetes.removeNode(refused)
      await scenario.pull(inputs, inRun(3))
      expect(issues).toMatchObject([{ state: 'closed' }])
    },
  )
})

describe('a node that the registry refuses by its address', () => {
  it('is told so at once if no private endpoint is approved, although all of it is new', async ({ begin }) => {
    const scenario = letPull(await begin(), oneNode)
    const { registry } = scenario
    const privateEndpointConnections = [connectionOf(scenario, registry, 'Pending')]
    Object.assign(registry.body.properties, { publicNetworkAccess: 'Disabled', privateEndpointConnections })
    Object.assign(registry.body.systemData ?? {}, { lastModifiedAt: new Date(Date.now() - 60_000).toISOString() })
    const end = await scenario.pull()
    expectFailure(end, 'REGISTRY_UNREACHABLE')
    // Rights are there.
    expect(end.outputs.attached).toBe('true')
    expect(pulls(end)).toMatchObject([{ verdict: 'unreachable', cause: 'firewall', attempts: 1 }])
    // As in check, which asks no node.
    const { outputs } = await scenario.pull({ mode: 'check' })
    expect(outputs).toMatchObject({ attached: 'true', ready: 'false', drift: 'true' })
  })
})

describe('a cluster that pulls with a service principal', () => {
  it.for(ways)('whose secret is no longer accepted is refused (%s)', async (way, { begin, onTestFinished }) => {
    const contoso = await begin()
    const { world, deployer } = contoso
    const application = world.addApplication('old-sp')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const { clientId: servicePrincipalClientId } = application
    const scenario = letPull(contoso, { ...oneNode, identity: 'ServicePrincipal', servicePrincipalClientId })
    const { registry, cluster } = scenario
    const grant = world.assignRole({ principalId: application.objectId, role: 'AcrPull', scope: registry.id })
    grant.updatedOn = new Date(Date.now() - hour).toISOString()
    application.secrets.length = 0
    const lapse = createTimeLapse(way, onTestFinished)
    cluster.kubernetes.runCommand.programs = lapse.programs
    const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', cause: 'secret', attempts: 3 }])
    expect(end.report.pairs[0]?.error?.fix.commands.at(-1)).toContain('--enable-managed-identity')
    expect(lapse.now()).toBeLessThan(30_000)
  })
})

describe('one pool that is refused while another pulls', () => {
  it.for(ways)('is not waited for, and named (%s)', async (way, { begin, onTestFinished }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'apps', count: 1 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    const { kubernetes } = scenario.cluster
    kubernetes.pullFaults.push({ node: /apps/, message: pullMessages.denied('contosoacr.azurecr.io/team/app:v1') })
    const lapse = createTimeLapse(way, onTestFinished)
    kubernetes.runCommand.programs = lapse.programs
    const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
    expectFailure(end, 'PULL_DENIED')
    expect(end.outputs).toMatchObject({ attached: 'true', ready: 'false' })
    expect(pulls(end)).toMatchObject([
      { verdict: 'pulled' },
      { verdict: 'denied', pool: 'apps', cause: 'no-credential' },
    ])
    expect(end.report.pairs[0]?.error?.message).toMatch(/apps.*AKSUbuntu-2204gen2containerd-202509\.11\.0.*Ubuntu/)
    expect(lapse.now()).toBeLessThan(way === 'kubectl' ? 60_000 : 360_000)
  })
})
