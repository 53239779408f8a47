import { describe, expect } from 'vitest'
import { letPull, type PullScenario } from '../../support/pull-scenario.js'
import { onceIt, type StepEnd } from '../../support/scenario.js'

const ways = ['kubectl', 'run-command'] as const
const agentPools = [
  { name: 'system', count: 1 },
  { name: 'arm', count: 1, arch: 'arm64' as const, vmSize: 'Standard_D4pds_v5' },
]

/** Registries with an image for all pools and with images for amd64 alone, and the inputs for two clusters with a pool of each. */
function arrange(scenario: PullScenario): Record<string, string> {
  const { world, deployer, group, registry } = scenario
  registry.images.push('all', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
  for (const name of ['baseacr', 'sharedacr']) {
    const other = group.addRegistry(name)
    other.images.push('amd', 'v1', { platforms: ['linux/amd64'] })
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: other.id })
  }
  const second = group.addCluster('aks-two', { agentPools })
  world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: second.id })
  return {
    cluster: 'aks-pull\naks-two',
    registry: 'contosoacr\nbaseacr\nsharedacr',
    'probe-image': 'contosoacr.azurecr.io/all:v1\nbaseacr.azurecr.io/amd:v1\nsharedacr.azurecr.io/amd:v1',
  }
}

/** How many nodes pulled for each pair, and what was skipped. */
function seen({ report, outputs, exitCode }: StepEnd) {
  return {
    exitCode,
    verified: outputs.verified,
    nodes: report.pairs.map(({ pulls }) => pulls.length),
    skipped: report.findings.filter(({ code }) => code === 'POOL_SKIPPED').map(({ message }) => message),
  }
}

describe('a pool without an image for its platform in one registry', () => {
  onceIt.for(ways)('is POOL_SKIPPED for that registry, in attach and check (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const inputs = { ...arrange(scenario), 'probe-with': way }
    for (const mode of ['attach', 'check']) {
      const end = await scenario.pull({ ...inputs, mode })
      expect(seen(end), end.log).toEqual({
        exitCode: 0,
        verified: 'pull',
        nodes: [2, 1, 1, 2, 1, 1],
        skipped: ['aks-pull', 'aks-two'].flatMap(cluster =>
          ['baseacr', 'sharedacr'].map(
            registry =>
              expect.stringMatching(
                new RegExp(`\\bpool arm of ${cluster}\\b.* ${registry}\\b.*\\(linux/arm64\\)`),
              ) as string,
          ),
        ),
      })
      // Headline, log and summary count the same nodes.
      for (const text of [end.summary, end.log])
        expect(text).toMatch(/proven on 4 nodes for contosoacr\b.* 2 for baseacr\b.* and sharedacr\b/)
      expect(end.log).not.toMatch(/2 of 2 nodes pulled/)
      expect(end.log).toMatch(/aks-two: .*arm skipped at baseacr: .*; arm skipped at sharedacr: /)
    }
  })

  onceIt('is skipped as well if only its node can tell', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    const inputs = arrange(scenario)
    // The runner can't read the platforms.
    scenario.simulator.faults.add({ host: /^(?:base|shared)acr\./, times: Infinity, status: 500, body: '' })
    const end = await scenario.pull(inputs)
    expect(seen(end), end.log).toMatchObject({ exitCode: 0, verified: 'pull', nodes: [2, 1, 1, 2, 1, 1] })
    expect(seen(end).skipped).toHaveLength(4)
  })

  onceIt('is probed on another node, if the pool has one of that platform', async ({ begin }) => {
    const scenario = letPull(await begin(), { automatic: true })
    const { kubernetes } = scenario.cluster
    kubernetes.addAutoProvisionedNode({ nodePool: 'mixed', arch: 'arm64' })
    kubernetes.addAutoProvisionedNode({ nodePool: 'mixed' })
    const inputs = { ...arrange(scenario), cluster: 'aks-pull' }
    const end = await scenario.pull(inputs)
    const { skipped, nodes } = seen(end)
    expect(
      skipped.filter(message => message.includes('mixed')),
      end.log,
    ).toEqual([])
    expect(nodes.slice(1)).toEqual([1, 1])
  })
})

describe('a cluster that can pull from one of its registries only', () => {
  onceIt('is not said to have pulled from none', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools: agentPools.slice(1) })
    const end = await scenario.pull({
      ...arrange(scenario),
      cluster: 'aks-pull',
      registry: 'contosoacr\nbaseacr',
      'probe-image': 'contosoacr.azurecr.io/all:v1\nbaseacr.azurecr.io/amd:v1',
    })
    expect(end.outputs.verified, end.log).toBe('assignment')
    expect(seen(end).skipped).toHaveLength(1)
    expect(end.summary).toMatch(/^### .*proven for only 1 of 2 pairs/m)
  })
})
