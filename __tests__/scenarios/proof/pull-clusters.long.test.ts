import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { documentedRules } from '../../support/documented-roles.js'
import { armRequests, expectFailure, it } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

const runCommands = (end: Parameters<typeof armRequests>[0]) => armRequests(end, 'POST', '/runCommand')

describe('a cluster with pools of all kinds', () => {
  const agentPools = [
    { name: 'system', count: 2 },
    { name: 'arm', count: 1, arch: 'arm64' as const, vmSize: 'Standard_D4pds_v5' },
    { name: 'win', count: 1, osType: 'Windows' as const },
    { name: 'empty', count: 0 },
  ]

  it('is probed on one node of each suitable pool, and the other pools are reported', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool, arch }) => [pool, arch])).toEqual([
      ['system', 'amd64'],
      ['arm', 'arm64'],
    ])
    expect(end.report.findings.map(({ code }) => code)).toEqual(['POOL_SKIPPED'])
  })
})

describe('a private cluster', () => {
  it('with too many nodes for one command is probed on one of them while it is refused', async ({ begin }) => {
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

  it('with thousands of nodes is looked at whole', async ({ begin }) => {
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
})

describe('a cluster with Entra ID', () => {
  it('is accessed with the runner’s own token, which is masked', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true, disableLocalAccounts: true })
    const end = await scenario.pull({ 'probe-with': 'kubectl' })
    expectProven(end, scenario)
    expect(end.log).toContain('with kubectl')
    const tokens = end.requests.filter(({ path }) => path.includes('/oauth2/v2.0/token'))
    expect(tokens).toHaveLength(2)
  })

  it('gives Run Command that token, too', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true, privateCluster: true })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(runCommands(end)).toHaveLength(2)
  })

  it('without permissions inside is reported with the missing ones', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: false })
    const end = await scenario.pull()
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const { nodes, pods } = documentedRules()
    const { kubernetes } = scenario.cluster
    kubernetes.bind({ principalId: scenario.deployer.objectId, role: nodes })
    kubernetes.bind({ principalId: scenario.deployer.objectId, role: pods, namespace: 'default' })
    expectProven(await scenario.pull(), scenario)
  })
})

describe('a cluster that', () => {
  it('is stopped gets the grant, and the proof fails', async ({ begin }) => {
    const scenario = letPull(await begin(), { powerState: 'Stopped' })
    const end = await scenario.pull()
    expectFailure(end, 'CLUSTER_STOPPED')
    expect(end.outputs.changed).toBe('true')
    // In a check it isn't drift.
    const check = await scenario.pull({ mode: 'check' })
    expect(check).toMatchObject({ exitCode: 0 })
    expect(check.outputs).toMatchObject({ drift: 'false', verified: 'assignment' })
  })
})

describe('several clusters', () => {
  it('are probed in parallel, and one that fails does not stop the others', async ({ begin }) => {
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
