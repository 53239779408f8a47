import { describe, expect } from 'vitest'
import { pullMessages } from 'azure-simulator'
import type { Scenario } from '../../support/scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'

/** A group that the deployer can give the role to and add members to. */
function letGroup(scenario: Scenario) {
  const { world, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  return world.addGroup('acr-pullers')
}

describe('access through a group', () => {
  const agentPools = [{ name: 'system', count: 3 }]

  onceIt('is waited for node by node, and those that have passed are left alone', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const group = letGroup(scenario)
    const { podsCreated, pullFaults } = scenario.cluster.kubernetes
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    for (const times of [1, 2]) pullFaults.push({ node: `vmss00000${times}`, message, times })
    const end = await scenario.pull({ group: group.objectId, 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ attempts }) => attempts)).toEqual([1, 2, 3])
    const made = podsCreated.map(({ spec }) => spec.nodeName?.at(-1))
    expect(made).toEqual(['0', '1', '2', '1', '2', '2'])
  })

  onceIt('that does not come in time is denied, with the token cache named', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: 3_600_000 } }), { agentPools })
    const group = letGroup(scenario)
    const end = await scenario.pull({ group: group.objectId, timeout: '2s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).toMatch(/token.*\bup to a day\b/)
    expect(end.log).toContain('on-timeout: assign-directly')
  })

  onceIt('is followed by a direct role if that is requested, and the proof continues', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: 3_600_000 } }), { agentPools })
    const group = letGroup(scenario)
    const end = await scenario.pull({ group: group.objectId, timeout: '2s', 'on-timeout': 'assign-directly' })
    expectProven(end, scenario)
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'direct', changed: true }])
    expect(end.report.plan.at(-1)).toMatchObject({
      operation: 'create-role-assignment',
      principalType: 'ServicePrincipal',
    })
    expect(scenario.world.directory.membersOf(group)).toHaveLength(1)
    expect(scenario.grants()).toHaveLength(1)
  })

  onceIt('that existed before is proven, too', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const { world, cluster, registry } = scenario
    const group = world.addGroup('acr-pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: group.objectId, role: 'AcrPull', scope: registry.id })
    const end = await scenario.pull()
    expectProven(end, scenario)
    expect(end.outputs.changed).toBe('false')
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group' }])
  })
})
