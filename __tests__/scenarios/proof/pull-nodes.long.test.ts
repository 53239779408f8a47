import { describe, expect } from 'vitest'
import { type Pod, type RequestRecord } from 'azure-simulator'
import { expectProven, letPull, pulls, type PullScenario } from '../../support/pull-scenario.js'
import { hour } from '../../support/hour.js'
import { it, type StepEnd, type Scenario } from '../../support/scenario.js'

const findingsOf = ({ report }: StepEnd) => report.findings.map(({ code, severity }) => [code, severity])

const spegel = 'ghcr.io/spegel-org/spegel:v0.6.0'

const names = ({ cluster }: PullScenario) => cluster.kubernetes.nodes.map(({ metadata }) => metadata.name)

const isCreation = ({ host, method, path }: RequestRecord): boolean =>
  host.includes('azmk8s') && method === 'POST' && path.endsWith('/pods')

/** A group that the deployer can give the role to and add members to. */
function letGroup(scenario: Scenario) {
  const { world, deployer } = scenario
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  return world.addGroup('acr-pullers')
}

describe('a peer-to-peer mirror', () => {
  it('is not looked for by a caller who has no permission to list DaemonSets', async ({ begin }) => {
    const scenario = letPull(await begin(), { aad: true, azureRbac: true })
    scenario.cluster.kubernetes.addDaemonSet('kube-system', 'spegel', spegel)
    const end = await scenario.pull({ timeout: '90s' })
    expectProven(end, scenario)
    expect(findingsOf(end)).toEqual([])
  })
})

describe('a node with a taint', () => {
  const reboot = { key: 'reboot', effect: 'NoExecute' as const }

  it('that comes while the step waits does not hold up the others', async ({ begin }) => {
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
    expectProven(await scenario.pull(), scenario)
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

  it('is looked for once more at the end, and probed', async ({ begin }) => {
    const scenario = letPull(await begin())
    expectLate(scenario)
    scenario.whenAnswered(isCreation, () => {
      scenario.cluster.kubernetes.addPool({ name: 'late', count: 2 })
    })
    const end = await scenario.pull({ timeout: '90s' })
    expectProven(end, scenario)
    expect(pulls(end).filter(({ pool }) => pool === 'late')).toHaveLength(1)
    expect(end.report.findings).toEqual([])
    expect(end.report.notes.join()).not.toContain('late')
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
