import { describe, expect } from 'vitest'
import { parse } from 'yaml'
import { readText } from '../../../scripts/readme-tables.js'
import { pullMessages } from 'azure-simulator'
import { armRequests, expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

/** The rules of the ClusterRole in docs/permissions.md. */
const [, clusterRole = ''] = /```yaml\n(apiVersion: rbac[\s\S]+?)```/.exec(readText('docs/permissions.md')) ?? []
const documentedRules = (parse(clusterRole) as { rules: { verbs: string[] }[] }).rules

const noKubectl = { environment: { PATH: '/nowhere' } }
const runCommands = (end: Parameters<typeof armRequests>[0]) => armRequests(end, 'POST', '/runCommand')

describe('a cluster with pools of all kinds', () => {
  const agentPools = [
    { name: 'system', count: 2 },
    { name: 'arm', count: 1, arch: 'arm64' as const, vmSize: 'Standard_D4pds_v5' },
    { name: 'win', count: 1, osType: 'Windows' as const },
    { name: 'empty', count: 0 },
  ]

  onceIt('is probed on one node of each suitable pool, and the other pools are reported', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool, arch }) => [pool, arch])).toEqual([
      ['system', 'amd64'],
      ['arm', 'arm64'],
    ])
    expect(end.report.findings.map(({ code, message }) => [code, message])).toEqual([
      ['POOL_SKIPPED', expect.stringMatching(/\bpool win of aks-pull\b.*\(windows\/amd64\)/)],
    ])
    expect(end.log).toMatch(/\b2 nodes \(system, arm; empty .*; win .*\(windows\/amd64\)\)/)
  })

  onceIt('leaves out the nodes that the image was not built for', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.registry.images.push('team/amd', 'v1', { platforms: ['linux/amd64'] })
    const end = await scenario.pull({ 'probe-image': 'team/amd:v1', 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool, verdict }) => [pool, verdict])).toEqual([
      ['system', 'pulled'],
      ['system', 'pulled'],
    ])
    const skipped = end.report.findings.map(({ message }) => message)
    expect(skipped).toContainEqual(expect.stringMatching(/\bpool arm of aks-pull\b.*\(linux\/arm64\)/))
  })

  onceIt('fails for an image that fits no node', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    const end = await scenario.pull({ 'probe-image': 'team/arm:v1' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(end.log).toContain("can't pull contosoacr.azurecr.io/team/arm:v1: it has no linux/amd64")
  })

  onceIt('without a ready node is reported', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    scenario.cluster.kubernetes.setReady('aks-system-12345678-vmss000000', false)
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toMatch(/\bsystem: no .*\bready\b/)
  })
})

describe('a private cluster', () => {
  onceIt('with many nodes takes one round, too', async ({ begin }) => {
    const agentPools = [{ name: 'system', count: 20 }]
    const scenario = letPull(await begin(), { privateCluster: true, agentPools })
    const end = await scenario.pull({ 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(20)
    expect(runCommands(end)).toHaveLength(2)
  })

  onceIt('with too many nodes for one command is probed on one of them while it is refused', async ({ begin }) => {
    const agentPools = [{ name: 'system', count: 260 }]
    const scenario = letPull(await begin(), { privateCluster: true, agentPools })
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ message, times: 2 })
    const end = await scenario.pull({ 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end)).toHaveLength(260)
    // One checks, one waits on one node, and two probe the others.
    expect(runCommands(end)).toHaveLength(4)
    expect(scenario.cluster.kubernetes.podsCreated).toHaveLength(260 + 2)
  })

  onceIt('with thousands of nodes is looked at whole', async ({ begin }) => {
    const agentPools = [
      { name: 'system', count: 3200 },
      { name: 'last', count: 1 },
    ]
    const scenario = letPull(await begin(), { privateCluster: true, agentPools })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool }) => pool)).toEqual(['system', 'last'])
    expect(runCommands(end)).toHaveLength(2)
  })

  onceIt('reports final refusals immediately', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    const end = await scenario.pull({ 'probe-image': 'team/app:v9' })
    expectFailure(end, 'IMAGE_NOT_FOUND')
    expect(pulls(end)).toMatchObject([{ verdict: 'not-found', attempts: 1 }])
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  onceIt('is given up at the timeout', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { propagationMs: 3_600_000 } }), { privateCluster: true })
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).toContain('401 Unauthorized')
    expect(scenario.cluster.kubernetes.pods).toEqual([])
  })

  onceIt('with Run Command disabled is reported before any request to it', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true, disableRunCommand: true })
    const end = await scenario.pull()
    expectFailure(end, 'CLUSTER_UNREACHABLE')
    expect(end.log).toContain('disableRunCommand=false')
    expect(runCommands(end)).toEqual([])
    expect(end.outputs.changed).toBe('true')
  })

  onceIt('whose policies refuse the pods is reported with the policy', async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    scenario.cluster.kubernetes.policies.push({ name: 'no-probes', deny: () => 'probes are not welcome' })
    const end = await scenario.pull()
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('probes are not welcome')
  })

  onceIt("reports the reason if the command can't be run", async ({ begin }) => {
    const scenario = letPull(await begin(), { privateCluster: true })
    scenario.cluster.kubernetes.runCommand.failure = 'ImagePullBackoff'
    const end = await scenario.pull({ timeout: '4s' })
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('ImagePullBackoff')
  })
})

describe('the way in', () => {
  onceIt('is Run Command if kubectl is not installed', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ 'probe-with': 'auto' }, noKubectl)
    expectProven(end, scenario)
    expect(runCommands(end)).toHaveLength(2)
  })

  onceIt('is not replaced if it was given', async ({ begin }) => {
    const scenario = letPull(await begin())
    const end = await scenario.pull({ 'probe-with': 'kubectl' }, noKubectl)
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('kubectl is not on the runner')
    expect(runCommands(end)).toEqual([])
  })

  onceIt('uses Run Command if the API server accepts only other addresses', async ({ begin }) => {
    const scenario = letPull(await begin(), { authorizedIpRanges: ['192.0.2.0/24'] })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(end.log).toMatch(/\bwith AKS Run Command\b/)
    const refused = await scenario.pull({ 'probe-with': 'kubectl', timeout: '5s' })
    expectFailure(refused, 'CLUSTER_UNREACHABLE')
    expect(refused.log).toContain('probe-with: run-command')
  })
})

describe('a cluster with Entra ID', () => {
  onceIt('is accessed with the runner’s own token, which is masked', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true, disableLocalAccounts: true })
    const end = await scenario.pull({ 'probe-with': 'kubectl' })
    expectProven(end, scenario)
    expect(end.log).toContain('with kubectl')
    const tokens = end.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'))
    expect(tokens).toHaveLength(2)
  })

  onceIt('gives Run Command that token, too', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true, privateCluster: true })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(runCommands(end)).toHaveLength(2)
  })

  onceIt('without permissions inside is reported with the missing ones', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: false })
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain('forbidden')
    expect(end.log).toContain('kind: ClusterRoleBinding, metadata: {name: attach-acr-probe-')
    scenario.cluster.kubernetes.bind({ principalId: scenario.deployer.objectId, role: documentedRules })
    expectProven(await scenario.pull(), scenario)
  })
})

describe('a cluster that', () => {
  onceIt('is stopped gets the grant, and the proof fails', async ({ begin }) => {
    const scenario = letPull(await begin(), { powerState: 'Stopped' })
    const end = await scenario.pull()
    expectFailure(end, 'CLUSTER_STOPPED')
    expect(end.outputs.changed).toBe('true')
    expect(end.log).toContain('az aks start')
    // In a check it isn't drift.
    const check = await scenario.pull({ mode: 'check' })
    expect(check).toMatchObject({ exitCode: 0 })
    expect(check.outputs).toMatchObject({ drift: 'false', verified: 'assignment' })
  })

  onceIt('the signed-in identity has no access to is reported with the smallest role', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    const { world, deployer, cluster } = scenario
    for (const assignment of [...world.roleAssignments])
      if (assignment.scope === cluster.id && assignment.principalId === deployer.objectId)
        world.assignments.remove(assignment)
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.log).toContain('AKS Probe')
    const other = await scenario.pull({ 'probe-with': 'run-command' })
    expectFailure(other, 'AUTHORIZATION_FAILED')
    expect(other.log).toContain('--role "AKS Probe"')
  })

  onceIt('has a quota, or no such namespace, gets an error that says so', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    scenario.cluster.kubernetes.addQuota('default', { pods: '0' })
    const end = await scenario.pull()
    expectFailure(end, 'PROBE_FAILED')
    expect(end.log).toContain('kubectl describe resourcequota --namespace default')
    expect(pulls(end)).toMatchObject([{ verdict: 'refused' }])
    const other = await scenario.pull({ 'probe-namespace': 'nowhere' })
    expectFailure(other, 'PROBE_FAILED')
    expect(other.log).toContain('kubectl create namespace nowhere')
  })
})

describe('several clusters', () => {
  onceIt('are probed in parallel, and one that fails does not stop the others', async ({ begin }) => {
    const scenario = letPull(await begin(), {})
    scenario.group.addCluster('aks-closed', { privateCluster: true, disableRunCommand: true })
    const end = await scenario.pull({ cluster: 'aks-pull\naks-closed', 'probe-with': 'auto' })
    expectFailure(end, 'CLUSTER_UNREACHABLE')
    expect(end.report.pairs.map(({ status, verified }) => [status, verified])).toEqual([
      ['attached', 'pull'],
      ['failed', 'none'],
    ])
  })
})
