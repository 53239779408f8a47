import { describe, expect } from 'vitest'
import { disarm, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { adviceIn, commandsIn } from '../../support/good-advice.js'
import { unwrapped } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  onceIt,
  writes,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const check = { mode: 'check', 'fail-on-drift': 'false' }

/** All commands that a step prints: those of its errors and findings, and those of the drift. */
const printed = ({ report, summary }: StepEnd): string[] => [
  ...new Set([...adviceIn(report).flatMap(({ commands }) => commands), ...commandsIn(summary)].map(unwrapped)),
]

/** The printed commands that delete or remove something, and those that grant something. */
const changesIn = (end: StepEnd): string[] =>
  printed(end).filter(command => /\b(?:delete|remove|role assignment create|aks update|member add)\b/.test(command))

type ClusterOptions = Parameters<Scenario['group']['addCluster']>[1]

/** Adds a cluster and a registry in a customer's subscription, which is delegated to the tenant that the step is signed in to. */
function addCustomer(scenario: Scenario, options: ClusterOptions = {}) {
  const { world, deployer } = scenario
  const theirs = world.addSubscription({
    tenantId: world.addTenant('fabrikam'),
    managedByTenants: [world.tenantId],
  })
  const group = theirs.addResourceGroup('rg-theirs')
  const cluster = group.addCluster('aks-theirs', options)
  const registry = group.addRegistry('fabrikamacr')
  letDeploy(scenario, group.id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const grant = (principalId: string, role = 'AcrPull') =>
    world.assignRole({ principalId, role, scope: registry.id, principalType: 'ServicePrincipal' })
  return { theirs, group, cluster, registry, grant, inputs: { cluster: cluster.id, registry: registry.id } }
}

describe('a cluster of another tenant', () => {
  onceIt.for(['with the tenant in the cluster', 'with the tenant in its identity'] as const)(
    'without a grant is unknown to check, and no drift: %s',
    async (where, { begin }) => {
      const scenario = await begin()
      const { attach, group, world, subscription } = scenario
      const tenantId = world.addTenant('fabrikam')
      const foreign = group.addUserAssignedIdentity('foreign', { tenantId })
      const isOfCluster = where === 'with the tenant in the cluster'
      const cluster = group.addCluster('aks-foreign', {
        identity: isOfCluster ? 'SystemAssigned' : 'UserAssigned',
        kubeletIdentity: foreign,
      })
      if (isOfCluster) Object.assign(cluster.body.identity as object, { tenantId })
      letDeploy(scenario, subscription.id)
      const end = await attach({ ...check, cluster: 'aks-foreign' })
      expect(end.outputs.drift).toBe('false')
      expect(end.report.pairs).toMatchObject([
        { status: 'unknown', error: { code: 'PRINCIPAL_NOT_FOUND' }, lacks: [], grantedBy: null },
      ])
      expect(end.report.plan).toEqual([])
      expect(changesIn(end)).toEqual([])
      expect(writes(end)).toEqual([])
    },
  )

  onceIt('that was granted access in its own tenant is attached, for check and attach', async ({ begin }) => {
    const scenario = await begin()
    const { cluster, grant, inputs } = addCustomer(scenario)
    grant(cluster.kubeletIdentity.objectId)
    for (const mode of ['check', 'attach']) {
      const end = await scenario.attach({ ...inputs, mode })
      expectAttached(end, { changed: false })
      expect(findingCodes(end)).toEqual([])
    }
  })

  onceIt.for(['SystemAssigned', 'UserAssigned'] as const)(
    'is not dead because the directory of the step does not know its identity, which it cannot read (%s)',
    async (identity, { begin }) => {
      const scenario = await begin()
      const { cluster, grant, inputs, registry, group } = addCustomer(scenario, { identity })
      grant(cluster.kubeletIdentity.objectId)
      expect(group.id).not.toContain(cluster.nodeResourceGroup)
      const end = await scenario.attach({ ...inputs, mode: 'check' })
      expectAttached(end, { changed: false })
      expect(pairEnds(end)).toEqual(['attached'])
      expect(end.report.notes).toHaveLength(1)
      expect(armRequests(end, 'GET', `${registry.id}/providers/Microsoft.Authorization/roleAssignments`)).toHaveLength(
        1,
      )
    },
  )

  onceIt('that pulls with a service principal is unknown, without advice to replace it', async ({ begin }) => {
    const scenario = await begin()
    const { inputs } = addCustomer(scenario, { identity: 'ServicePrincipal' })
    const night = await scenario.attach({ ...inputs, ...check })
    expect(night.outputs.drift).toBe('false')
    expect(night.report.pairs).toMatchObject([{ status: 'unknown', error: { code: 'PRINCIPAL_NOT_FOUND' } }])
    expect(changesIn(night)).toEqual([])
    const end = await scenario.attach(inputs)
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(changesIn(end)).toEqual([])
    expect(writes(end)).toEqual([])
  })

  onceIt('is not advised to lose a role, of whichever of its identities', async ({ begin }) => {
    const scenario = await begin()
    const { cluster, grant, inputs } = addCustomer(scenario)
    const { objectId, clientId } = cluster.kubeletIdentity
    grant(objectId)
    grant(objectId, 'AcrPush')
    grant(clientId)
    const attached = await scenario.attach({ ...inputs, ...check })
    expect(findingCodes(attached).sort()).toEqual(['EXCESS_ROLE', 'WRONG_IDENTITY_GRANTED'])
    expect(changesIn(attached)).toEqual([])

    const other = addCustomer(scenario)
    other.grant(other.cluster.controlPlanePrincipalId ?? '')
    const missing = await scenario.attach({ ...other.inputs, ...check })
    expect(findingCodes(missing)).toEqual(['WRONG_IDENTITY_GRANTED'])
    expect(pairEnds(missing)).toEqual(['PRINCIPAL_NOT_FOUND'])
    expect(missing.outputs.drift).toBe('false')
    expect(changesIn(missing)).toEqual([])
  })
})

describe('a registry of another tenant', () => {
  onceIt('is presumed if the subscriptions cannot be listed', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, registry, deployer, cluster, simulator } = scenario
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const scope = registry.id
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope })
    world.assignRole({
      principalId: crypto.randomUUID(),
      role: 'AcrPull',
      scope,
      principalType: 'ServicePrincipal',
    })
    const error = { code: 'AuthorizationFailed', message: 'No.' }
    simulator.faults.add({ method: 'GET', path: /^\/subscriptions$/, status: 403, body: { error }, times: Infinity })
    const end = await attach({ ...check, cluster: cluster.id, registry: registry.id })
    expect(findingCodes(end)).toEqual([])
    expect(printed(end).join('\n')).not.toContain('role assignment delete')
  })
})

describe('a group of another tenant', () => {
  onceIt('is unknown to check, and no drift', async ({ begin }) => {
    const scenario = await begin()
    const { inputs } = addCustomer(scenario)
    const end = await scenario.attach({ ...inputs, ...check, group: crypto.randomUUID() })
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown', error: { code: 'PRINCIPAL_NOT_FOUND' } }])
    expect(changesIn(end)).toEqual([])
  })
})

describe('what is being deleted', () => {
  onceIt.for(['name', 'ID', 'group and name'] as const)(
    'is not attached: a cluster given by %s',
    async (how, { begin }) => {
      const scenario = await begin()
      const { attach, group, world, registry } = scenario
      const leaving = group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
      world.assignRole({ principalId: leaving.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
      const cluster = how === 'ID' ? leaving.id : 'aks-leaving'
      const inputs = { cluster: `${cluster}\naks-prod-1`, ...(how === 'name' && { 'resource-group': '' }) }
      letDeploy(scenario, scenario.subscription.id)
      const end = await attach(inputs)
      expectFailure(end, 'CLUSTER_STOPPED')
      expect(pairEnds(end)).toEqual(['CLUSTER_STOPPED', 'attached'])
      expect(writes(end)).toHaveLength(1)
      const night = await attach({ ...inputs, mode: 'check' })
      expectFailure(night, 'CLUSTER_STOPPED')
      expect(night.outputs.drift).toBe('false')
      expect(night.report.pairs.map(({ status }) => status)).toEqual(['failed', 'attached'])
    },
  )

  onceIt('can still be detached', async ({ begin }) => {
    const { attach, cluster, world, registry, grants } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    for (const { body } of [cluster, registry]) Object.assign(body.properties, { provisioningState: 'Deleting' })
    const end = await attach({ mode: 'detach' })
    expect(pairEnds(end)).toEqual(['detached'])
    expect(grants()).toEqual([])
  })

  onceIt.for(['name', 'login server', 'ID'] as const)(
    'is not attached: a registry given by %s',
    async (how, { begin }) => {
      const scenario = await begin()
      const { attach, group, world, cluster } = scenario
      const leaving = group.addRegistry('leavingacr', { provisioningState: 'Deleting' })
      letDeploy(scenario, leaving.id)
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: leaving.id })
      const spelled = { name: leaving.name, 'login server': leaving.loginServer, ID: leaving.id }[how]
      const inputs = { registry: `contosoacr\n${spelled}` }
      const end = await attach(inputs)
      expectFailure(end, 'AZURE_REFUSED')
      expect(pairEnds(end)).toEqual(['attached', 'AZURE_REFUSED'])
      const night = await attach({ ...inputs, mode: 'check' })
      expectFailure(night, 'AZURE_REFUSED')
      expect(night.outputs.drift).toBe('false')
      expect(night.report.pairs.map(({ status }) => status)).toEqual(['attached', 'unknown'])
    },
  )

  onceIt.for(['Deleting', 'creating'])('is left out of * with a notice: a registry, %s', async (state, { begin }) => {
    const scenario = await begin()
    const { attach, group, world, cluster } = scenario
    const other = group.addRegistry('otheracr', { provisioningState: state })
    letDeploy(scenario, group.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: other.id })
    const expectLeftOut = ({ report }: StepEnd): void => {
      expect(report.pairs).toHaveLength(1)
      expect(report.findings).toMatchObject([{ code: 'AZURE_REFUSED', severity: 'notice', subject: other.id }])
    }
    const end = await attach({ registry: '*' })
    expectAttached(end, { changed: true })
    expectLeftOut(end)
    const night = await attach({ registry: '*', mode: 'check' })
    expectAttached(night, { changed: false })
    expect(night.outputs.drift).toBe('false')
    expectLeftOut(night)
  })

  onceIt('leaves * with nothing to check if there is no other registry', async ({ begin }) => {
    const { attach, registry, cluster, world } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    Object.assign(registry.body.properties, { provisioningState: 'Deleting' })
    const night = await attach({ registry: '*', mode: 'check' })
    expect(night).toMatchObject({ exitCode: 0, outputs: { drift: 'false', 'error-code': '' } })
    expect(night.report.pairs).toEqual([])
  })

  onceIt('is not created again meanwhile', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    const leaving = group.addRegistry('leavingacr', { provisioningState: 'Deleting' })
    disarm(scenario)
    letDeploy(scenario, group.id)
    const end = await attach({ registry: leaving.id, 'create-registry': 'Standard' })
    expectFailure(end, 'AZURE_REFUSED')
    expect(writes(end)).toEqual([])
  })
})
