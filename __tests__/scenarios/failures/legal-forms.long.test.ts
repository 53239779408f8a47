import { describe } from 'vitest'
import { letDeploy } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { it, type Scenario, type StepEnd } from '../../support/scenario.js'

// The same answers in other forms that Azure may choose: the verdict depends on none of them.

/** Worlds, each with the inputs of one step. */
const worlds: Record<string, (scenario: Scenario) => Record<string, string>> = {
  'a first attach by name': () => ({}),
  'an attach of all clusters to two registries, one in ABAC mode': scenario => {
    const { group, subscription } = scenario
    letDeploy(scenario, subscription.id)
    group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    for (const name of ['aks-a', 'aks-b', 'aks-c']) group.addCluster(name)
    return { cluster: '*', registry: 'contosoacr\nabacacr' }
  },
  'a check of clusters of which some have drifted, by ID': scenario => {
    const { world, group, registry, subscription, cluster } = scenario
    letDeploy(scenario, subscription.id)
    const fine = group.addCluster('aks-fine')
    const broader = group.addCluster('aks-broader')
    world.assignRole({ principalId: fine.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: broader.kubeletIdentity.objectId, role: 'Contributor', scope: group.id })
    const ids = [cluster, fine, broader].map(({ id }) => id).join('\n')
    return { mode: 'check', cluster: ids, registry: registry.id, 'fail-on-drift': 'false' }
  },
  'a detach from a registry with other access left': scenario => {
    const { world, cluster, registry, subscription, group } = scenario
    letDeploy(scenario, subscription.id)
    for (const scope of [registry.id, group.id])
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
    return { mode: 'detach' }
  },
  'an attach through a group': scenario => {
    letDeploy(scenario, scenario.subscription.id)
    scenario.world.grantGraphPermission(scenario.deployer, 'GroupMember.ReadWrite.All')
    return { group: scenario.world.addGroup('pullers').objectId }
  },
  'an import': scenario => {
    letImport(scenario)
    return { images: 'nginx:1.27' }
  },
  'a cluster and a registry that do not exist': () => ({ cluster: 'aks-nope', registry: 'nopeacr' }),
}

/** What a person acts on, without what differs between two worlds. */
const verdictOf = ({ exitCode, outputs, report }: StepEnd) => ({
  exitCode,
  ...Object.fromEntries(
    ['attached', 'changed', 'ready', 'drift', 'verified', 'error-code'].map(name => [name, outputs[name]]),
  ),
  pairs: report.pairs
    .map(({ status, role, grantedBy, lacks, error }) => ({
      ...{ status, role, grantedBy, lacks, code: error?.code },
    }))
    .map(pair => JSON.stringify(pair))
    .sort(),
  findings: report.findings.map(({ code, severity }) => `${severity} ${code}`).sort(),
  images: report.images.map(({ status }) => status),
  unknown: report.unknown.length,
})

describe('the verdict is the same, whatever form the answers have', () => {
  it.for(Object.keys(worlds))('on %s', async (name, { begin, expect }) => {
    const run = async (seed?: number) => {
      const scenario = await begin(seed === undefined ? {} : { variations: { seed, of: 'all' } })
      const inputs = worlds[name]?.(scenario)
      return verdictOf(await scenario.attach(inputs))
    }
    const plain = await run()
    for (const seed of [1, 2, 3]) expect(await run(seed), `seed ${seed}`).toEqual(plain)
  })
})
