import { describe, expect } from 'vitest'
import { pullMessages } from '../../../simulator/services/kubernetes/nodes/pull-messages.js'
import { hour } from '../../support/hour.js'
import type { Scenario } from '../../support/scenario.js'
import { expectFailure, onceIt } from '../../support/scenario.js'
import { expectProven, letPull, pulls } from '../../support/pull-scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

/** A group that the deployer may give the role to and add members to. */
function letGroup(scenario: Scenario) {
  const { world, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  return world.addGroup('acr-pullers')
}

describe('access through a group', () => {
  const agentPools = [{ name: 'system', count: 3, skewMs: 2500 }]

  onceIt('is waited for node by node, and those that have passed are left alone', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: 500 } }), { agentPools })
    const group = letGroup(scenario)
    // However slow the machine is, the last node is refused at first.
    const message = pullMessages.denied('contosoacr.azurecr.io/team/app:v1')
    scenario.cluster.kubernetes.pullFaults.push({ node: 'vmss000002', message, times: 1 })
    const end = await scenario.pull({ group: group.objectId, 'probe-nodes': 'all' })
    expectProven(end, scenario)
    const attempts = pulls(end).map(pull => pull.attempts)
    expect(attempts).toEqual([...attempts].sort((a, b) => a - b))
    expect(attempts.at(-1)).toBeGreaterThan(attempts[0] ?? 0)
    const made = scenario.cluster.kubernetes.podsCreated.map(({ spec }) => spec.nodeName)
    expect(made).toHaveLength(attempts.reduce((sum, count) => sum + count, 0))
  })

  onceIt('that does not come in time is denied, with the token cache named', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: 3_600_000 } }), { agentPools })
    const group = letGroup(scenario)
    const end = await scenario.pull({ group: group.objectId, timeout: '2s' })
    expectFailure(end, 'PULL_DENIED')
    expect(end.log).toContain('a node may keep the token that it has for up to a day')
    expect(end.log).toMatch(/through the group .* for up to a day/)
    expect(end.log).toContain('on-timeout: assign-directly')
  })

  onceIt('gives way to a direct role where that is wanted, and the proof goes on', async ({ begin }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: 3_600_000 } }), { agentPools })
    const group = letGroup(scenario)
    const end = await scenario.pull({ group: group.objectId, timeout: '2s', 'on-timeout': 'assign-directly' })
    expectProven(end, scenario)
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'direct', changed: true }])
    expect(end.log).toContain('the group did not take effect in time; the identity stays a member')
    expect(scenario.grants()).toHaveLength(1)
  })

  onceIt('that takes an hour is a page of log, and is shown by the minute', async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: hour } }), {
      agentPools: [{ name: 'system', count: 2, skewMs: 60_000 }],
    })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    let passed = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      scenario.world.passTime(lapse.now() - passed)
      passed = lapse.now()
    })
    const inputs = { group: letGroup(scenario).objectId, 'probe-nodes': 'all', timeout: '2h' }
    const end = await scenario.pull(inputs, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(Number(end.outputs['propagation-seconds'])).toBeGreaterThanOrEqual(hour / 1000)

    const lines = end.log.split('\n')
    expect(lines.length).toBeLessThanOrEqual(100)
    const first = lines.filter(line => Number(/^ {2}(\d+):\d\d {2}/.exec(line)?.[1] ?? NaN) < 15)
    expect(first.length).toBeGreaterThan(15)
    expect(first.length).toBeLessThanOrEqual(60)
    const asked =
      '1 of 2 nodes refused (401): what the group gives has not reached it yet; 1 not asked yet; asking every'
    expect(first[0]).toBe(`  0:00  aks-pull: ${asked} few seconds`)
    expect(lines.filter(line => /^ {2}[34]\d:/.test(line)).map(line => line.slice(9))).toEqual(
      expect.arrayContaining([`aks-pull: ${asked} minute`]),
    )
    // It is over when the last node has pulled, and says how long that took as everything does.
    expect(end.log.match(/nodes pulled team\/app:v1 +6\d:\d\d$/gm)).toHaveLength(1)
    expect(end.log).toMatch(/^ {2}6\d:\d\d {2}aks-pull: 2 of 2 nodes pulled team\/app:v1 +6\d:\d\d$/m)
    expect(end.summary).toMatch(/^### ⚠ .* \(proven on 2 nodes, 6\d:\d\d after the grant\)/)
    expect(end.summary).toMatch(/^ {2}aks-system-12345678-vmss000001 pulled :00:00:\S+, 01:\d\d:/m)
    expect(end.summary).toContain('  axisFormat %-Hh%Mm\n  tickInterval 10minute\n')
  })

  onceIt('that was there before is proven, too', async ({ begin }) => {
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
