import { expect } from 'vitest'
import { hour } from '../../support/hour.js'
import { expectProven, letPull } from '../../support/pull-scenario.js'
import { onceIt } from '../../support/scenario.js'
import { createTimeLapse } from '../../support/time-lapse.js'

onceIt(
  'an hour of waiting for a group takes one page of log, with fewer and fewer lines',
  async ({ begin, onTestFinished }) => {
    const scenario = letPull(await begin({ timing: { groupPropagationMs: hour } }), {
      agentPools: [{ name: 'system', count: 2, skewMs: 60_000 }],
    })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const { world, deployer } = scenario
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const group = world.addGroup('acr-pullers')
    let passed = 0
    scenario.cluster.kubernetes.store.onChange(({ type, resource }) => {
      if (type !== 'ADDED' || resource !== 'pods') return
      world.passTime(lapse.now() - passed)
      passed = lapse.now()
    })
    const inputs = { group: group.objectId, 'probe-nodes': 'all', timeout: '2h' }
    const end = await scenario.pull(inputs, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(Number(end.outputs['propagation-seconds'])).toBeGreaterThanOrEqual(hour / 1000)

    const lines = end.log.split('\n')
    expect(lines.length).toBeLessThanOrEqual(100)
    const first = lines.filter(line => Number(/^ {2}(\d+):\d\d {2}/.exec(line)?.[1] ?? NaN) < 15)
    expect(first.length).toBeGreaterThan(15)
    expect(first.length).toBeLessThanOrEqual(60)
    expect(first[0]).toMatch(
      /^ {2}0:0\d {2}aks-pull: 1 of 2 .*\(401\): .*\bgroup\b.*\b1 not asked yet; 1(19|20):\d\d left$/,
    )
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^ {2}[34]\d:\d\d {2}aks-pull: 1 of 2 .*\(401\): .*\bgroup\b.*\b1 not asked yet; \d\d:\d\d left$/,
      ),
    )
    // It ends when the last node has pulled, and shows the duration in the usual format.
    expect(end.log.match(/nodes pulled team\/app:v1 +6\d:\d\d$/gm)).toHaveLength(1)
    expect(end.log).toMatch(/^ {2}aks-pull: 2 of 2 nodes pulled team\/app:v1 +6\d:\d\d$/m)
    expect(end.summary).toMatch(/^### ⚠ .* \(proven on 2 nodes, 6\d:\d\d after the grant\)/)
  },
)
