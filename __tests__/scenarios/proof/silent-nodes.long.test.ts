import { describe, expect } from 'vitest'
import type { Pod } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const
const codes = ({ report }: StepEnd) => report.findings.map(({ code, message }) => `${code}: ${message}`)
const names = ({ cluster }: PullScenario) => cluster.kubernetes.nodes.map(({ metadata }) => metadata.name)

describe("nodes that can't pull do not fail the gate", () => {
  onceIt.for(ways)('a full one, and one without addresses, have a spare (%s)', async (way, { begin }) => {
    const agentPools = [
      { name: 'full', count: 2 },
      { name: 'mute', count: 2 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    const { kubernetes } = scenario.cluster
    kubernetes.fillNode('aks-full-12345678-vmss000000', 'cpu')
    kubernetes.podFaults.push({ kind: 'no-address', node: 'aks-mute-12345678-vmss000000' })
    const end = await scenario.pull({ 'probe-with': way })
    expectProven(end, scenario)
    expect(pulls(end).map(({ node }) => node)).toEqual(['aks-full-12345678-vmss000001', 'aks-mute-12345678-vmss000001'])
  })

  onceIt('a full pool is skipped and reported', async ({ begin }) => {
    const agentPools = [
      { name: 'system', count: 1 },
      { name: 'full', count: 1 },
    ]
    const scenario = letPull(await begin(), { agentPools })
    scenario.cluster.kubernetes.fillNode('aks-full-12345678-vmss000000')
    const end = await scenario.pull({ timeout: '15s' })
    expectProven(end, scenario)
    expect(codes(end)).toEqual([expect.stringMatching(/^POOL_SKIPPED: The pool full of aks-pull.*OutOfpods/)])
  })

  onceIt('one that leaves during the wait is no longer probed, and one that joins is probed', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: [{ name: 'spot', count: 3 }] })
    const { kubernetes } = scenario.cluster
    const [, , last = ''] = names(scenario)
    kubernetes.podFaults.push({ kind: 'silent', node: last })
    const stop = kubernetes.store.onChange(({ type, resource, object }) => {
      if (type !== 'ADDED' || resource !== 'pods' || (object as Pod).spec.nodeName !== last) return
      stop()
      setTimeout(() => {
        kubernetes.removeNode(last)
        kubernetes.addPool({ name: 'new' })
      }, 500)
    })
    const end = await scenario.pull({ 'probe-nodes': 'all' })
    expectProven(end, scenario)
    expect(pulls(end).map(({ pool }) => pool)).toEqual(['spot', 'spot', 'new'])
    expect(codes(end)).toEqual([`NODE_SKIPPED: The node ${last} of aks-pull was not probed: it left the cluster.`])
  })
})
