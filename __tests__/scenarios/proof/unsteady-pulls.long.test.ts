import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import { connectionOf } from '../../support/network.js'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const
const image = 'contosoacr.azurecr.io/team/app:v1'

/** Assigns the role so long ago that no refusal is expected any more. */
function grant({ cluster, world, registry }: PullScenario, hours = 1): void {
  const { objectId: principalId } = cluster.kubeletIdentity
  const assignment = world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
  assignment.updatedOn = new Date(Date.now() - hours * 3_600_000).toISOString()
}

const found = ({ report }: StepEnd, code: string) => report.findings.filter(each => each.code === code)

describe('a node that pulls only at a later attempt', () => {
  onceIt.for(ways)('although nothing explains it, is a notice with its first refusal (%s)', async (way, { begin }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'gpu', count: 1 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    grant(scenario)
    const { kubernetes } = scenario.cluster
    const node = kubernetes.nodes.map(({ metadata }) => metadata.name).find(name => name.includes('gpu')) ?? ''
    kubernetes.pullFaults.push({ message: pullMessages.denied(image), node, times: 1 })
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
    expect(pulls(end).find(pull => pull.node === node)).toMatchObject({
      attempts: 2,
      firstRefusal: expect.stringContaining('failed to fetch anonymous token') as string,
    })
    const [notice, ...others] = found(end, 'PULL_UNSTEADY')
    expect(others).toEqual([])
    expect(notice).toMatchObject({ severity: 'notice', subject: scenario.cluster.id })
    expect(notice?.message).toMatch(
      /^1 of the 2 probed nodes .*gpu.*, 2 attempts\).* Only they have the pool gpu\. The first refusal: /,
    )
  })

  onceIt('is none while the role is new', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    grant(scenario, 0)
    scenario.cluster.kubernetes.pullFaults.push({ message: pullMessages.denied(image), times: 1 })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(pulls(end)).toMatchObject([{ attempts: 2 }])
    expect(found(end, 'PULL_UNSTEADY')).toEqual([])
  })
})

describe('a registry with two private endpoints', () => {
  onceIt.for([
    ['noSuchHost', 1],
    ['timeout', 1],
    ['tls', 0],
  ] as const)('may have one DNS record for both, if nodes can not reach it (%s)', async ([fault, count], { begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'system', count: 1 }] })
    grant(scenario)
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
