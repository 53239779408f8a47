import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import {
  disarm,
  everything,
  expectDetached,
  findingCodes,
  graphRequests,
  letDeploy,
  pairEnds,
} from '../../support/estate.js'
import { errorsOf, warningsOf } from '../../support/reading.js'
import {
  armRequests,
  expectFailure,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
  type StepEnd,
} from '../../support/scenario.js'

const detach = { mode: 'detach' }

/** Two clusters with one identity: `aks-blue` boots its nodes from `contosoacr`, `aks-green` doesn't. */
async function beginShared(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { group, registry, subscription, world, deployer } = scenario
  letDeploy(scenario, subscription.id)
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  const shared = group.addUserAssignedIdentity('shared-kubelet')
  const blue = group.addCluster('aks-blue', { kubeletIdentity: shared, bootstrapRegistryId: registry.id.toUpperCase() })
  const green = group.addCluster('aks-green', { kubeletIdentity: shared })
  const other = group.addRegistry('otheracr')
  const assign = (principalId: string, scope: string, role = 'AcrPull') =>
    world.assignRole({ principalId, role, scope })
  return { ...scenario, shared, blue, green, other, assign }
}

/** The same with the shared identity in a group that holds the pull role at `otheracr` and at a scope. */
async function beginGrouped(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  scopeOf?: (scenario: Scenario) => string,
) {
  const scenario = await beginShared(begin)
  const { world, shared, assign, other } = scenario
  const pullers = world.addGroup('pullers', { members: [shared.objectId] })
  if (scopeOf) assign(pullers.objectId, scopeOf(scenario))
  assign(pullers.objectId, other.id)
  const members = () => world.directory.membersOf(pullers)
  return { ...scenario, pullers, members, inputs: { ...detach, group: pullers.objectId } }
}

describe('a grant that a cluster boots its nodes by', () => {
  onceIt.for([
    ['the cluster and another one', { cluster: 'aks-blue\naks-green' }, 2],
    ['another cluster', { cluster: 'aks-green' }, 1],
  ] as const)('stays if detaching %s would remove it', async ([, inputs, count], { begin }) => {
    const scenario = await beginShared(begin)
    scenario.assign(scenario.shared.objectId, scenario.registry.id)
    const before = everything(scenario)
    const end = await scenario.attach({ ...detach, ...inputs })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(pairEnds(end)).toEqual(Array(count).fill('BOOTSTRAP_REGISTRY'))
    expect(writes(end)).toEqual([])
    expect(scenario.world.roleAssignments).toEqual(before)
    for (const { message } of errorsOf(end)) expect(message).toMatch(/aks-blue .*contosoacr/)
  })

  onceIt('stays if detaching the identity would remove it', async ({ begin }) => {
    const scenario = await beginShared(begin)
    const { attach, shared, registry, world, blue, assign } = scenario
    assign(shared.objectId, registry.id)
    const before = everything(scenario)
    const end = await attach({ ...detach, cluster: '', 'kubelet-identity': shared.id })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(writes(end)).toEqual([])
    expect(world.roleAssignments).toEqual(before)
    expect(end.report.pairs[0]?.error?.message).toMatch(/aks-blue .*contosoacr .*shared-kubelet/)
    // The subject is the cluster, not the identity.
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([expect.stringContaining(`--name ${blue.name}`)])
  })

  onceIt('stays if another cluster pulls as the same application', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, registry, subscription, world, deployer } = scenario
    letDeploy(scenario, subscription.id)
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const { clientId, objectId } = world.directory.addServicePrincipal('old-sp', 'Application')
    const old = { identity: 'ServicePrincipal', servicePrincipalClientId: clientId } as const
    group.addCluster('aks-blue', { ...old, bootstrapRegistryId: registry.id })
    group.addCluster('aks-green', old)
    const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('does not keep the access of other pairs of the run', async ({ begin }) => {
    const { attach, assign, cluster: own, grants, other, registry, shared, world } = await beginShared(begin)
    const boots = assign(shared.objectId, registry.id)
    const elsewhere = assign(shared.objectId, other.id)
    assign(own.kubeletIdentity.objectId, registry.id)
    const cluster = 'aks-prod-1\naks-green\naks-blue'
    const end = await attach({ ...detach, cluster, registry: 'contosoacr\notheracr' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    const refused = ['BOOTSTRAP_REGISTRY', 'detached']
    expect(pairEnds(end)).toEqual(['detached', 'detached', ...refused, ...refused])
    expect(grants()).toEqual([])
    expect(world.roleAssignments).toContain(boots)
    expect(world.roleAssignments).not.toContain(elsewhere)
  })
})

describe('a membership that a cluster boots its nodes by', () => {
  const ways = [
    ['at the registry of the step', ({ registry }: Scenario) => registry.id, 'contosoacr'],
    ['at a registry that the step does not name', ({ registry }: Scenario) => registry.id, 'otheracr'],
    ['above the registry', ({ group }: Scenario) => group.id, 'otheracr'],
  ] as const

  for (const [way, scopeOf, registry] of ways) {
    onceIt.for(['aks-blue', 'aks-green', ''])(`stays if the group pulls ${way}, for '%s'`, async (name, { begin }) => {
      const scenario = await beginGrouped(begin, scopeOf)
      const { attach, inputs, members, shared } = scenario
      const target = name ? { cluster: name } : { cluster: '', 'kubelet-identity': shared.id }
      const end = await attach({ ...inputs, ...target, registry })
      expectFailure(end, 'BOOTSTRAP_REGISTRY')
      expect(writes(end)).toEqual([])
      expect(members()).toContain(shared.objectId)
    })
  }

  onceIt('is reported with the registry, the cluster, and the fix', async ({ begin }) => {
    const { attach, inputs, pullers } = await beginGrouped(begin, ({ registry }) => registry.id)
    const end = await attach({ ...inputs, cluster: 'aks-green', registry: 'otheracr' })
    const error = end.report.pairs[0]?.error
    expect(error?.code).toBe('BOOTSTRAP_REGISTRY')
    expect(error?.message).toMatch(new RegExp(`aks-green .*${pullers.objectId}.*aks-blue .*contosoacr`, 'i'))
    expect(error?.fix.text).toMatch(/\binput group\b/)
  })

  onceIt('is removed if the group holds nothing that a cluster boots by', async ({ begin }) => {
    const { attach, assign, inputs, members, other, registry, shared } = await beginGrouped(begin)
    assign(inputs.group, registry.id, 'AcrDelete')
    assign(shared.objectId, registry.id)
    const end = await attach({ ...inputs, cluster: 'aks-green\naks-blue', registry: other.name })
    expectDetached(end, { changed: true })
    expect(members()).toEqual([])
  })

  onceIt('stays if the group pulls through a parent group', async ({ begin }) => {
    const { attach, assign, inputs, members, pullers, registry, shared, world } = await beginGrouped(begin)
    const outer = world.addGroup('outer', { members: [pullers.objectId] })
    assign(outer.objectId, registry.id)
    const end = await attach({ ...inputs, cluster: 'aks-green', registry: 'otheracr' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(members()).toContain(shared.objectId)
  })

  onceIt('is removed if only an unrelated group pulls there', async ({ begin }) => {
    const { attach, assign, inputs, members, pullers, registry, shared, world } = await beginGrouped(begin)
    const outer = world.addGroup('outer', { members: [shared.objectId] })
    assign(outer.objectId, registry.id)
    const end = await attach({ ...inputs, cluster: 'aks-green\naks-blue', registry: 'otheracr' })
    expectDetached(end, { changed: true })
    expect(members()).toEqual([])
    expect(graphRequests(end)).toContain(`POST /v1.0/groups/${pullers.objectId}/getMemberGroups 200`)
  })

  onceIt("stays if Microsoft Graph can't tell whether it is in that group", async ({ begin }) => {
    const { attach, assign, deployer, inputs, members, pullers, registry, shared, world } = await beginGrouped(begin)
    world.directory.findClient(deployer.clientId)?.graphPermissions.clear()
    pullers.owners.push(deployer.objectId)
    const outer = world.addGroup('outer', { members: [shared.objectId] })
    assign(outer.objectId, registry.id)
    const end = await attach({ ...inputs, cluster: 'aks-green', registry: 'otheracr' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toMatch(/aks-green .*could not be checked/)
    expect(members()).toContain(shared.objectId)
  })
})

describe('a detach without permission to see all clusters', () => {
  onceIt('refuses an identity that others may pull with, and says what it could not read', async ({ begin }) => {
    const { attach, cluster, group, registry, world } = await begin()
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: shared })
    const grant = world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toMatch(/shared-kubelet.*managedClusters\/read/)
    expect(end.report.pairs[0]?.error?.fix.commands).toEqual([expect.stringContaining('az role assignment create')])
    expect(world.roleAssignments).toContain(grant)
    expect(end.report.unknown).toHaveLength(1)
    expect(end.report.unknown[0]?.message).toContain('shared-kubelet')
    expect(end.log).toContain(`? ${end.report.unknown[0]?.message ?? ''}`)
    expect(warningsOf(end)).toEqual([end.report.unknown[0]?.message])
    // An identity that AKS made is hardly ever another cluster's: nothing is said of clusters that can't be seen.
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const own = await attach(detach)
    expectDetached(own, { changed: true })
    expect(own.report.unknown).toEqual([])
    expect(armRequests(own, 'GET', 'managedClusters')).toHaveLength(2)
  })

  onceIt('refuses if a visible cluster boots with the identity', async ({ begin }) => {
    const { attach, group, registry, world } = await begin()
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    group.addCluster('aks-green', { kubeletIdentity: shared })
    group.addCluster('aks-blue', { kubeletIdentity: shared, bootstrapRegistryId: registry.id })
    const grant = world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    expectFailure(await attach({ ...detach, cluster: 'aks-green' }), 'BOOTSTRAP_REGISTRY')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('does not list them if there is nothing to remove', async ({ begin }) => {
    const { attach, shared } = await beginShared(begin)
    const end = await attach({ ...detach, cluster: '', 'kubelet-identity': shared.id })
    expectDetached(end, { changed: false })
    expect(armRequests(end, 'GET', 'managedClusters')).toEqual([])
  })

  onceIt("keeps the membership if the roles at the other registry can't be read", async ({ begin }) => {
    const scenario = await beginShared(begin)
    const { attach, blue, other, shared, world, assign } = scenario
    const pullers = world.addGroup('pullers', { members: [shared.objectId] })
    assign(pullers.objectId, other.id)
    disarm(scenario)
    letDeploy(scenario, other.id)
    for (const { id } of [blue, shared])
      world.assignRole({ principalId: scenario.deployer.objectId, role: 'Reader', scope: id })
    const end = await attach({ ...detach, cluster: blue.id, registry: other.id, group: pullers.objectId })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('could not be checked')
    expect(world.directory.membersOf(pullers)).toEqual([shared.objectId])
  })
})

describe('advice', () => {
  /** Expects that no command of the findings with that code deletes anything. */
  const expectHarmless = (end: StepEnd, code: string) => {
    const advised = end.report.findings.filter(finding => finding.code === code)
    expect(advised).toHaveLength(1)
    expect(advised[0]?.fix.commands).toEqual([])
    expect(advised[0]?.fix.text).toMatch(/boots .*contosoacr/i)
  }

  onceIt('leaves an inherited role that a cluster boots by', async ({ begin }) => {
    const { attach, assign, group, shared } = await beginShared(begin)
    assign(shared.objectId, group.id)
    expectHarmless(await attach({ ...detach, cluster: 'aks-green', registry: 'otheracr' }), 'RESIDUAL_ACCESS')
  })

  onceIt('leaves an identity in the group that a cluster boots by', async ({ begin }) => {
    const { attach, assign, inputs, registry } = await beginGrouped(begin)
    const { group, ...withoutGroup } = inputs
    assign(group, registry.id)
    expectHarmless(await attach({ ...withoutGroup, cluster: 'aks-green', registry: 'otheracr' }), 'RESIDUAL_ACCESS')
  })

  onceIt('leaves a broader role that a cluster boots by', async ({ begin }) => {
    const { attach, assign, group, registry, other, shared } = await beginShared(begin)
    assign(shared.objectId, group.id, 'Contributor')
    assign(shared.objectId, other.id)
    const inputs = { mode: 'check', cluster: 'aks-blue' }
    expectHarmless(await attach({ ...inputs, registry: 'otheracr' }), 'EXCESS_ROLE')
    // Once it boots by a pull-only role, the broader one can be removed.
    assign(shared.objectId, registry.id)
    const end = await attach({ ...inputs, registry: 'contosoacr' })
    expect(end.report.findings.find(({ code }) => code === 'EXCESS_ROLE')?.fix.commands).toHaveLength(1)
  })

  onceIt('leaves the role of an identity that another cluster boots with', async ({ begin }) => {
    const { attach, assign, cluster, group, registry, shared } = await beginShared(begin)
    // Its own identity is the one that the other cluster pulls with.
    const objectId = cluster.controlPlanePrincipalId ?? ''
    const kubeletIdentity = { ...shared, objectId }
    group.addCluster('aks-mixed', { kubeletIdentity, bootstrapRegistryId: registry.id })
    assign(objectId, registry.id)
    const end = await attach({ mode: 'check', cluster: 'aks-prod-1\naks-mixed' })
    expectHarmless(end, 'WRONG_IDENTITY_GRANTED')
  })

  onceIt('leaves the role of an identity that the directory does not know', async ({ begin }) => {
    const { attach, assign, deployer, group, other, registry, shared, world } = await beginShared(begin)
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const foreign = { ...shared, objectId: randomUUID() }
    group.addCluster('aks-foreign', { kubeletIdentity: foreign, bootstrapRegistryId: other.id })
    for (const at of [other, registry]) assign(foreign.objectId, at.id)
    assign(shared.objectId, other.id)
    const cluster = 'aks-green\naks-blue'
    const end = await attach({ ...detach, cluster, registry: 'contosoacr\notheracr' })
    // The pairs on contosoacr are refused. The other cluster boots from otheracr and may pull from contosoacr, too.
    expect(findingCodes(end)).not.toContain('ORPHANED_ASSIGNMENT')
  })
})
