import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const codes = ({ report }: StepEnd) => report.findings.map(({ code }) => code)

/** A cluster whose identity has held the role for an hour. */
function attached(scenario: PullScenario): PullScenario {
  const { world, cluster, registry } = scenario
  const grant = world.assignRole({
    principalId: cluster.kubeletIdentity.objectId,
    role: 'AcrPull',
    scope: registry.id,
  })
  grant.updatedOn = new Date(Date.now() - 3_600_000).toISOString()
  return scenario
}

describe('without a running operation', () => {
  onceIt.for([
    ['check', 'kubectl'],
    ['attach', 'run-command'],
  ] as const)('three tries decide that a node is refused (%s, %s)', async ([mode, way], { begin }) => {
    const scenario = attached(letPull(await begin()))
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message })
    const end = await scenario.pull({ mode, 'probe-with': way })
    expectFailure(end, mode === 'check' ? 'DRIFT' : 'PULL_DENIED')
    expect(end.log).toContain('PULL_DENIED')
    // A role assigned an hour ago has reached the nodes.
    expect(end.log).toMatch(/the node was refused( \(401\))?(: it offered no credential)?( {3}.*)?$/m)
    expect(end.log).not.toContain('reached')
    expect(pulls(end)).toMatchObject([{ verdict: 'denied', attempts: 3 }])
  })

  onceIt('a fresh grant by another run is waited for', async ({ begin }) => {
    const scenario = attached(letPull(await begin()))
    for (const grant of scenario.grants()) grant.updatedOn = new Date().toISOString()
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message, times: 5 })
    const end = await scenario.pull({ mode: 'check' })
    expect(end.outputs, end.log).toMatchObject({ verified: 'pull', drift: 'false' })
    expect(pulls(end)).toMatchObject([{ attempts: 6 }])
  })
})

describe('the limits of a proof are reported', () => {
  onceIt("in a check without an image to pull, which isn't drift", async ({ begin }) => {
    const scenario = attached(letPull(await begin()))
    const source = scenario.world.addSourceRegistry('mcr.microsoft.com')
    source.push('oss/v2/kubernetes/pause', '3.10.2', { platforms: ['linux/amd64', 'linux/arm64'] })
    const end = await scenario.pull({ mode: 'check', 'probe-image': '' })
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', drift: 'false', verified: 'assignment' })
    expect(codes(end)).toEqual(['IMAGE_NOT_PROBED'])
    expect(scenario.cluster.kubernetes.podsCreated).toEqual([])
  })

  onceIt('from a registry that allows anonymous pull: the network, but not the role', async ({ begin }) => {
    const scenario = letPull(await begin())
    const properties = (scenario.registry.body as { properties: Record<string, unknown> }).properties
    properties.anonymousPullEnabled = true
    const end = await scenario.pull()
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled' }])
    expect(codes(end)).toContain('ANONYMOUS_PULL')
    expect(end.summary).toMatch(/^### ⚠ .*aks-prod-1/m)
  })

  onceIt('by service accounts: no proof for the kubelet identity', async ({ begin }) => {
    const contoso = await begin()
    const puller = contoso.group.addUserAssignedIdentity('shop-puller')
    const scenario = letPull(contoso, { serviceAccountPull: { defaultIdentity: puller } })
    const { world, registry } = scenario
    world.assignRole({ principalId: puller.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull()
    expect(end.exitCode, end.log).toBe(0)
    expect(end.outputs).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(pulls(end)).toMatchObject([{ verdict: 'pulled' }])
    expect(codes(end)).toContain('SERVICE_ACCOUNT_PULL')
  })
})

describe('a leftover pod', () => {
  onceIt('of Run Command is reported, with the command that deletes it', async ({ begin }) => {
    const scenario = attached(letPull(await begin(), { privateCluster: true }))
    const body = { kind: 'Status', status: 'Failure', reason: 'Forbidden', message: 'pods is forbidden', code: 403 }
    scenario.simulator.faults.add({ host: /azmk8s/, method: 'DELETE', status: 403, body, times: Infinity })
    const end = await scenario.pull()
    expect(end.outputs.verified, end.log).toBe('pull')
    const warnings = end.annotations.filter(({ level }) => level === 'warning').map(({ message }) => message)
    expect(warnings).toContainEqual(
      expect.stringMatching(/\n {2}az aks command invoke [^]*kubectl delete pods --namespace default/),
    )
  })
})
