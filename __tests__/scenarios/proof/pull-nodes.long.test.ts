import { describe, expect } from 'vitest'
import { type Pod, type RequestRecord } from 'azure-simulator'
import { deployEach, expectProven, letPull, pulls, ways, type PullScenario } from '../../support/pull-scenario.js'
import { hour } from '../../support/hour.js'
import { it, type StepEnd, type Scenario } from '../../support/scenario.js'

const findingsOf = ({ report }: StepEnd) => report.findings.map(({ code, severity }) => [code, severity])

const spegel = 'ghcr.io/spegel-org/spegel:v0.6.0'

const names = ({ cluster }: PullScenario) => cluster.kubernetes.nodes.map(({ metadata }) => metadata.name)

const isCreation = ({ host, method, path }: RequestRecord): boolean =>
  host.includes('azmk8s') && method === 'POST' && path.endsWith('/pods')

const agentPools = [
  { name: 'system', count: 1 },
  { name: 'arm', count: 1, arch: 'arm64' as const, vmSize: 'Standard_D4pds_v5' },
]

const acr = 'contosoacr.azurecr.io'

/** A group that the deployer can give the role to and add members to. */
function letGroup(scenario: Scenario) {
  const { world, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  return world.addGroup('acr-pullers')
}

describe('a peer-to-peer mirror', () => {
  it.for(ways)('is found (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    scenario.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', spegel)
    const end = await scenario.pull({ 'probe-with': way })
    expect(end.outputs, end.log).toMatchObject({ attached: 'true', verified: 'assignment' })
    expect(findingsOf(end)).toEqual([['PEER_MIRROR', 'warning']])
  })

  it.for(ways)(
    'is not looked for by a caller who has no permission to list DaemonSets (%s)',
    async (way, { begin }) => {
      const scenario = letPull(await begin(), { aad: true, azureRbac: true })
      scenario.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', spegel)
      const end = await scenario.pull({ timeout: '90s', 'probe-with': way })
      expectProven(end, scenario)
      expect(findingsOf(end)).toEqual([])
    },
  )
})

describe("nodes that can't pull do not fail the gate", () => {
  it('one that leaves during the wait is no longer probed, and one that joins is probed', async ({ begin }) => {
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
    expect(end.report.findings.map(({ code }) => code)).toEqual(['NODE_SKIPPED'])
  })
})

describe('a node with a taint', () => {
  const reboot = { key: 'reboot', effect: 'NoExecute' as const }

  it.for(ways)('that comes while the step waits does not hold up the others (%s)', async (way, { begin }) => {
    const two = { agentPools: [{ name: 'system' }, { name: 'apps' }].map(pool => ({ ...pool, count: 1 })) }
    const scenario = letPull(await begin({ timing: { propagationMs: hour } }), two)
    const { kubernetes } = scenario.cluster
    const [, apps = ''] = names(scenario)
    let rejected = 0
    kubernetes.store.onChange(({ type, resource, object }) => {
      if (resource !== 'pods' || type !== 'ADDED') return
      const { nodeName, tolerations = [] } = (object as Pod).spec
      if (nodeName !== apps) return
      const isTainted = kubernetes.nodes.some(({ spec }) => spec.taints?.includes(reboot))
      if (!isTainted)
        kubernetes.updateNode(apps, ({ spec }) => {
          spec.taints = [reboot]
        })
      else if (tolerations.some(({ key }) => key === reboot.key)) scenario.world.passTime(hour)
      else rejected += 1
    })
    expectProven(await scenario.pull({ 'probe-with': way }), scenario)
    expect(rejected).toBeLessThan(2)
  })
})

describe('a pool that should have nodes, none of which has joined', () => {
  const expectLate = (scenario: PullScenario): void => {
    const { agentPoolProfiles } = scenario.cluster.body.properties as {
      agentPoolProfiles: { name: string; count: number }[]
    }
    const [first] = agentPoolProfiles
    agentPoolProfiles.push({ ...first, name: 'late', count: 2 })
  }

  it.for(ways)('is looked for once more at the end, and probed (%s)', async (way, { begin }) => {
    const scenario = letPull(await begin())
    expectLate(scenario)
    scenario.whenAnswered(isCreation, () => {
      scenario.cluster.kubernetes.addPool({ name: 'late', count: 2 })
    })
    const end = await scenario.pull({ 'probe-with': way, timeout: '90s' })
    expectProven(end, scenario)
    expect(pulls(end).filter(({ pool }) => pool === 'late')).toHaveLength(1)
    expect(end.report.findings).toEqual([])
    expect(end.report.notes.join()).not.toContain('late')
  })

  it('is a notice if the cluster has no nodes at all, but not if it is stopped', async ({ begin }) => {
    const scenario = letPull(await begin())
    const { store, nodes } = scenario.cluster.kubernetes
    for (const node of [...nodes]) store.remove('nodes', node)
    const end = await scenario.pull({ timeout: '90s' })
    expect(findingsOf(end)).toContainEqual(['POOL_SKIPPED', 'notice'])
    // Azure's report is what is left.
    expect(end.outputs, end.log).toMatchObject({ attached: 'true', verified: 'assignment', 'error-code': '' })
    const { agentPoolProfiles } = scenario.cluster.body.properties as { agentPoolProfiles: object[] }
    for (const each of agentPoolProfiles) Object.assign(each, { powerState: { code: 'Stopped' } })
    const stopped = await scenario.pull({ timeout: '90s' })
    expect(findingsOf(stopped)).not.toContainEqual(['POOL_SKIPPED', 'notice'])
  })
})

describe('a cluster with nodes of two architectures', () => {
  it('pulls each image of the manifests where its workload can run', async ({ begin }) => {
    const scenario = letPull(await begin(), { agentPools })
    scenario.registry.images.push('team/amd', 'v1', { platforms: ['linux/amd64'] })
    scenario.registry.images.push('team/arm', 'v1', { platforms: ['linux/arm64'] })
    const manifests = deployEach(
      [`${acr}/team/amd:v1`, 'nodeSelector: { kubernetes.io/arch: amd64 }'],
      [`${acr}/team/arm:v1`, 'nodeSelector: { kubernetes.io/arch: arm64 }'],
      [`${acr}/team/app:v1`, 'tolerations: []'],
    )
    const end = await scenario.pull({ manifests, 'probe-image': '' })
    expectProven(end, scenario)
    expect(
      pulls(end)
        .map(({ arch, image }) => `${arch} ${image}`)
        .sort(),
    ).toEqual([
      `amd64 ${acr}/team/amd:v1`,
      `amd64 ${acr}/team/app:v1`,
      `arm64 ${acr}/team/app:v1`,
      `arm64 ${acr}/team/arm:v1`,
    ])
    expect(end.report.findings).toEqual([])
  })
})

describe('access through a group', () => {
  const agentPools = [{ name: 'system', count: 3 }]

  it('is followed by a direct role if that is requested, and the proof continues', async ({ begin }) => {
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
})
