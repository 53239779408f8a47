// The first run right after the set-up: its roles were assigned seconds ago, and Azure does not honour all of them yet.
import { describe, expect, type TestContext } from 'vitest'
import type { ClusterOptions, RoleAssignment } from 'azure-simulator'
import { disarm, roleIds } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { errorsOf } from '../../support/reading.js'
import { giveSetUp } from '../../support/set-up-roles.js'
import { expectProven, letPull, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, it, type Scenario } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const importer = 'Container Registry Data Importer and Data Reader'
const administrator = 'Role Based Access Control Administrator'

/** What a run waits for that enters a cluster with local accounts by kubectl. */
const roles = ['Reader', administrator, importer, 'AKS Probe'] as const

/** Leaves the deployer the roles of the set-up, all assigned some time ago. */
function setUp(scenario: PullScenario, ageMs = 12_000): Map<string, RoleAssignment> {
  disarm(scenario)
  return giveSetUp(scenario, ['attach', 'verify', 'images', 'run-command', 'detach'], {
    clusters: [scenario.cluster],
    ageMs,
  })
}

/** Azure honours an assignment only when this much simulated time has passed. */
function delay({ whenAnswered }: PullScenario, lapse: TimeLapse, assignment: RoleAssignment, ms: number): void {
  assignment.effectiveAt = Infinity
  whenAnswered(
    () => lapse.now() >= ms,
    () => {
      assignment.effectiveAt = 0
    },
  )
}

/** The lines that say what is waited for. */
const waits = ({ log }: { log: string }): string[] => log.match(/^ .* was assigned .*; waiting for up to .*$/gm) ?? []

const images = { images: 'nginx:1.27 => nginx:v1', 'probe-image': 'nginx:v1' }
const entra = { aad: true, azureRbac: true }

/** A cluster, simulated time, and the roles of the set-up. */
function prepare(
  scenario: Scenario,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  { cluster = {}, ageMs }: { cluster?: ClusterOptions; ageMs?: number } = {},
) {
  const pulling = letPull(letImport(scenario), cluster)
  const lapse = createTimeLapse('kubectl', onTestFinished)
  const assigned = setUp(pulling, ageMs)
  const find = (role: string): RoleAssignment => {
    const found = assigned.get(role)
    if (!found) throw new Error(`no role ${role}`)
    return found
  }
  const pull = (inputs: Record<string, string> = images) => pulling.pull(inputs, { environment: lapse.environment })
  return { ...pulling, lapse, assigned, find, pull }
}

describe('right after the set-up', () => {
  it.for([...roles.map(role => [role, {}] as const), ['AKS Probe', entra], ['AKS Probe Pods', entra]] as const)(
    '%s is waited for until it works (in a cluster with %j)',
    async ([role, cluster], { begin, onTestFinished }) => {
      const scenario = prepare(await begin(), { onTestFinished }, { cluster })
      const { lapse, find, pull } = scenario
      delay(scenario, lapse, find(role), 240_000)
      const end = await pull()
      expectProven(end, scenario)
      expect(lapse.now()).toBeGreaterThanOrEqual(240_000)
      // Reader also opens the list of roles that names it, which may be read a moment before the resource.
      expect(waits(end).length, end.log).toBeOneOf(role === 'Reader' ? [1, 2] : [1])
    },
  )

  it('all roles are waited for, one after the other', async ({ begin, onTestFinished }) => {
    const scenario = prepare(await begin(), { onTestFinished }, { cluster: entra })
    for (const [index, each] of [...scenario.assigned.values()].entries())
      delay(scenario, scenario.lapse, each, 30_000 + index * 90_000)
    expectProven(await scenario.pull(), scenario)
  })

  it('a role inside the cluster is waited for', async ({ begin, onTestFinished }) => {
    const scenario = prepare(await begin(), { onTestFinished }, { cluster: entra })
    const { world, deployer, cluster, lapse, find, pull } = scenario
    // It opens the door, but nothing inside.
    const role = 'Azure Kubernetes Service Cluster User Role'
    world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    delay(scenario, lapse, find('AKS Probe'), 120_000)
    const end = await pull()
    expectProven(end, scenario)
    expect(waits(end)).toHaveLength(1)
  })

  it('Run Command is waited for', async ({ begin, onTestFinished }) => {
    const scenario = prepare(await begin(), { onTestFinished }, { cluster: { privateCluster: true } })
    delay(scenario, scenario.lapse, scenario.find('AKS Run Command'), 120_000)
    expectProven(await scenario.pull({ 'probe-with': 'run-command' }), scenario)
  })

  it.for(['check', 'detach'])('%s waits, too', async (mode, { begin, onTestFinished }) => {
    const scenario = prepare(await begin(), { onTestFinished })
    const { world, cluster, registry, attach, lapse, find } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    delay(scenario, lapse, find('Reader'), 60_000)
    const end = await attach({ mode, cluster: 'aks-pull' }, { environment: lapse.environment })
    expect(end.exitCode, end.log).toBe(0)
    expect(waits(end).length, end.log).toBeOneOf([1, 2])
  })

  it.for([importer, 'AKS Probe'] as const)(
    '%s that never works is told as that, not as lacking',
    async (role, { begin, onTestFinished }) => {
      const { lapse, find, pull } = prepare(await begin(), { onTestFinished })
      find(role).effectiveAt = Infinity
      const end = await pull({ ...images, timeout: '2m' })
      expect(end.exitCode).toBe(1)
      expect(lapse.now()).toBeGreaterThan(90_000)
      expect(errorsOf(end).map(({ code, fix }) => [code, fix.commands])).toContainEqual(['AUTHORIZATION_FAILED', []])
    },
  )
})

describe('a refusal is told at once', () => {
  it('if a deny assignment forbids it, however new the role is', async ({ begin, onTestFinished }) => {
    const { world, registry, pull } = prepare(await begin(), { onTestFinished })
    const actions = ['Microsoft.Authorization/roleAssignments/write']
    world.addDenyAssignment({ name: 'hands-off', scope: registry.id, actions })
    const end = await pull({})
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([])
  })

  it('if the condition of its own role forbids it, however new the role is', async ({ begin, onTestFinished }) => {
    const { find, pull } = prepare(await begin(), { onTestFinished })
    const assigned = find(administrator)
    assigned.condition = assigned.condition?.replaceAll(roleIds.acrPull, roleIds.acrPush) ?? null
    const end = await pull({})
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([])
  })
})
