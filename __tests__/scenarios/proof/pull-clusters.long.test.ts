import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { armRequests, it } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

const runCommands = (end: Parameters<typeof armRequests>[0]) => armRequests(end, 'POST', '/runCommand')

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
})
