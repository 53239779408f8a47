// The first run right after the set-up: its roles were assigned seconds ago, and Azure does not honour all of them yet.
import { describe, expect } from 'vitest'
import type { RoleAssignment } from 'azure-simulator'
import { delegationCondition } from 'azure'
import { readAzCommands } from '../../support/az.js'
import { disarm, roleIds } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { errorsOf } from '../../support/reading.js'
import { expectProven, letPull, type PullScenario } from '../../support/pull-scenario.js'
import { expectFailure, it, onceIt } from '../../support/scenario.js'
import { createTimeLapse, type TimeLapse } from '../../support/time-lapse.js'

const importer = 'Container Registry Data Importer and Data Reader'
const administrator = 'Role Based Access Control Administrator'

/** What "Set up once" assigns, in its order. */
const roles = ['Reader', administrator, importer, 'AKS Probe'] as const

/** Leaves the deployer the roles of the set-up, all assigned some time ago. */
function setUp(scenario: PullScenario, ageMs = 12_000): Map<string, RoleAssignment> {
  disarm(scenario)
  const { world, deployer, cluster, registry } = scenario
  const condition = delegationCondition({ roleId: roleIds.acrPull, principalType: 'ServicePrincipal' })
  return new Map(
    roles.map(role => {
      const scope = role === administrator || role === importer ? registry.id : cluster.id
      const limit = role === administrator && { condition }
      return [role, world.assignRole({ principalId: deployer.objectId, role, scope, ageMs, ...limit })]
    }),
  )
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

const kinds = {
  'local accounts': {},
  'Azure RBAC for Kubernetes': { aad: true, azureRbac: true },
} as const

const images = { images: 'nginx:1.27 => nginx:v1', 'probe-image': 'nginx:v1' }

describe('right after the set-up', () => {
  it.for(Object.keys(kinds).flatMap(kind => roles.map(role => [role, kind as keyof typeof kinds] as const)))(
    '%s is waited for until it works (%s)',
    async ([role, kind], { begin, onTestFinished }) => {
      const scenario = letPull(letImport(await begin()), kinds[kind])
      const lapse = createTimeLapse('kubectl', onTestFinished)
      const assigned = setUp(scenario).get(role)
      if (!assigned) throw new Error(`no role ${role}`)
      delay(scenario, lapse, assigned, 240_000)
      const end = await scenario.pull(images, { environment: lapse.environment })
      expectProven(end, scenario)
      expect(lapse.now()).toBeGreaterThanOrEqual(240_000)
      expect(lapse.now()).toBeLessThan(300_000)
      expect(waits(end)).toHaveLength(1)
      expect(waits(end)[0]).toMatch(/ was assigned \d\d s ago.*; waiting for up to 1[45]:\d\d$/)
    },
  )

  onceIt('all roles are waited for, one after the other', async ({ begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), kinds['Azure RBAC for Kubernetes'])
    const lapse = createTimeLapse('kubectl', onTestFinished)
    for (const [index, assigned] of [...setUp(scenario).values()].entries())
      delay(scenario, lapse, assigned, 30_000 + index * 90_000)
    const end = await scenario.pull(images, { environment: lapse.environment })
    expectProven(end, scenario)
  })

  onceIt('a role inside the cluster is waited for', async ({ begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), kinds['Azure RBAC for Kubernetes'])
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const probe = setUp(scenario).get('AKS Probe')
    if (!probe) throw new Error('no role AKS Probe')
    const { world, deployer, cluster } = scenario
    // It opens the door, but nothing inside.
    const role = 'Azure Kubernetes Service Cluster User Role'
    world.assignRole({ principalId: deployer.objectId, role, scope: cluster.id })
    delay(scenario, lapse, probe, 120_000)
    const end = await scenario.pull({}, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(waits(end)).toHaveLength(1)
    expect(waits(end)[0]).toContain('AKS Probe at aks-pull')
  })

  onceIt('Run Command is waited for', async ({ begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), { privateCluster: true })
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const probe = setUp(scenario).get('AKS Probe')
    if (!probe) throw new Error('no role AKS Probe')
    delay(scenario, lapse, probe, 120_000)
    const end = await scenario.pull({ 'probe-with': 'run-command' }, { environment: lapse.environment })
    expectProven(end, scenario)
    expect(waits(end)[0]).toContain('AKS Probe at aks-pull was assigned')
  })

  it.for(['check', 'detach'])('%s waits, too', async (mode, { begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), {})
    const lapse = createTimeLapse('kubectl', onTestFinished)
    scenario.world.assignRole({
      ...{ principalId: scenario.cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: scenario.registry.id },
    })
    const reader = setUp(scenario).get('Reader')
    if (!reader) throw new Error('no role Reader')
    delay(scenario, lapse, reader, 60_000)
    const end = await scenario.attach({ mode, cluster: 'aks-pull' }, { environment: lapse.environment })
    expect(end.exitCode, end.log).toBe(0)
    expect(waits(end)).toHaveLength(1)
  })

  it.for(roles)('%s that never works is told as that, not as lacking', async (role, { begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), {})
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const assigned = setUp(scenario).get(role)
    if (!assigned) throw new Error(`no role ${role}`)
    assigned.effectiveAt = Infinity
    const end = await scenario.pull({ ...images, timeout: '2m' }, { environment: lapse.environment })
    expect(end.exitCode).toBe(1)
    expect(lapse.now()).toBeGreaterThan(90_000)
    const refusals = errorsOf(end).filter(({ code }) => code === 'AUTHORIZATION_FAILED')
    expect(refusals).toHaveLength(1)
    // Without a role that reads there, nobody can tell whether anything is assigned.
    if (role === 'Reader' || role === administrator) return
    expect(refusals[0]?.message).toMatch(new RegExp(`${role} at \\S+ was assigned \\S+ \\S+ ago and does not work yet`))
    expect(refusals[0]?.fix.commands).toEqual([])
  })
})

describe('a refusal is told at once', () => {
  it.for(roles)('if %s was assigned an hour ago', async (role, { begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), {})
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const assigned = setUp(scenario, 3_600_000).get(role)
    if (!assigned) throw new Error(`no role ${role}`)
    assigned.effectiveAt = Infinity
    const end = await scenario.pull(images, { environment: lapse.environment })
    expect(errorsOf(end).map(({ code }) => code)).toContain('AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([])
    expect(lapse.now()).toBeLessThan(30_000)
  })

  it.for(['kubectl', 'run-command'])(
    'if the set-up was made without VERIFY=yes (%s)',
    async (way, { begin, onTestFinished }) => {
      const scenario = letPull(letImport(await begin()), {})
      const lapse = createTimeLapse('kubectl', onTestFinished)
      const probe = setUp(scenario).get('AKS Probe')
      if (probe) scenario.world.assignments.remove(probe)
      const end = await scenario.pull({ 'probe-with': way }, { environment: lapse.environment })
      expectFailure(end, 'AUTHORIZATION_FAILED')
      expect(waits(end)).toEqual([])
      // One answer, whatever the way: the role that the set-up uses.
      const assigned = readAzCommands(end.log).filter(([, , verb]) => verb === 'create')
      expect(assigned.map(command => command.join(' ')).join('\n')).toContain('AKS Probe')
    },
  )

  onceIt('if a deny assignment forbids it, however new the role is', async ({ begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), {})
    const lapse = createTimeLapse('kubectl', onTestFinished)
    setUp(scenario)
    const { world, registry } = scenario
    world.addDenyAssignment({
      name: 'hands-off',
      scope: registry.id,
      actions: ['Microsoft.Authorization/roleAssignments/write'],
    })
    const end = await scenario.pull({}, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([])
  })

  onceIt('if the condition of its own role forbids it, however new the role is', async ({ begin, onTestFinished }) => {
    const scenario = letPull(letImport(await begin()), {})
    const lapse = createTimeLapse('kubectl', onTestFinished)
    const assigned = setUp(scenario).get(administrator)
    if (assigned) assigned.condition = assigned.condition?.replaceAll(roleIds.acrPull, roleIds.acrPush) ?? null
    const end = await scenario.pull({}, { environment: lapse.environment })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(waits(end)).toEqual([])
  })
})
