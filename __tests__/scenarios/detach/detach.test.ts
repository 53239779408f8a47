import { describe, expect } from 'vitest'
import {
  disarm,
  everything,
  expectDetached,
  findingCodes,
  graphRequests,
  held,
  letDeploy,
  pairEnds,
  roleIds,
} from '../../support/estate.js'
import { hour } from '../../support/hour.js'
import { advisedCommands, warningsOf } from '../../support/reading.js'
import {
  armRequests,
  catchUpAfter,
  expectAttached,
  expectFailure,
  expectWaited,
  it,
  writes,
} from '../../support/scenario.js'

const detach = { mode: 'detach' }

describe('detach', () => {
  it('deletes the pull roles of the pull identity at the registry, and nothing else', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group, registry } = scenario
    const principalId = cluster.kubeletIdentity.objectId
    const stranger = group.addCluster('aks-other')
    const left = world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrDelete', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrPull', scope: group.id })
    world.assignRole({ principalId, role: 'AcrPull', scope: group.addRegistry('otheracr').id })
    for (const other of [stranger.kubeletIdentity.objectId, cluster.controlPlanePrincipalId ?? ''])
      world.assignRole({ principalId: other, role: 'AcrPull', scope: registry.id })
    const kept = everything(scenario)
    const gone = ['AcrPull', 'Container Registry Repository Reader'].map(role =>
      world.assignRole({ principalId, role, scope: registry.id }),
    )
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(world.roleAssignments).toEqual(kept)
    expect(
      writes(end)
        .map(({ method, path }) => `${method} ${path}`.toLowerCase())
        .sort(),
    ).toEqual(gone.map(({ id }) => `delete ${id}`.toLowerCase()).sort())
    expect(end.report.plan.map(({ operation }) => operation)).toEqual([
      'delete-role-assignment',
      'delete-role-assignment',
    ])
    expect(end.report.pairs).toMatchObject([
      {
        status: 'detached',
        // The first access that is left.
        grantedBy: 'broader-role',
        role: 'AcrPush',
        roleAssignmentId: left.id,
        scope: registry.id,
        changed: true,
        verified: 'assignment',
      },
    ])
  })

  it('removes the access that an attach gave, and restores the previous state', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world } = scenario
    letDeploy(scenario, group.id)
    group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    group.addCluster('aks-prod-2')
    const inputs = { cluster: 'aks-prod-1\naks-prod-2', registry: 'contosoacr\nabacacr' }
    const before = everything(scenario)
    expectAttached(await attach(inputs), { changed: true })
    expect(world.roleAssignments).toHaveLength(before.length + 4)
    const end = await attach({ ...inputs, ...detach })
    expectDetached(end, { changed: true })
    expect(world.roleAssignments).toEqual(before)
    expect(writes(end)).toHaveLength(4)
    expect(end.report.findings).toEqual([])
  })

  it('removes a differently named role that only allows pulling', async ({ begin }) => {
    const { attach, world, cluster, grants, registry, subscription } = await begin()
    const pull = 'Microsoft.ContainerRegistry/registries/pull/read'
    const [puller, pusher] = [[pull], [pull, 'Microsoft.ContainerRegistry/registries/push/write']].map(
      (actions, index) =>
        world.addCustomRole({ roleName: `Custom ${index}`, actions, assignableScopes: [subscription.id] }),
    )
    for (const role of [puller, pusher])
      world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: role?.name ?? '', scope: registry.id })
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([pusher?.name])
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    const left = { status: 'detached', grantedBy: 'broader-role', scope: registry.id }
    expect(end.report.pairs).toMatchObject([{ ...left, roleAssignmentId: grants()[0]?.id }])
  })

  it('leaves no group, not even that of the inputs, and names what is held through it', async ({ begin }) => {
    const { attach, world, cluster, deployer, registry } = await begin()
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    const { id } = world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, group: pullers.objectId })
    expectDetached(end, { changed: false })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', roleAssignmentId: id }])
    expect(warningsOf(end)).toContainEqual(expect.stringMatching(/^group is ignored/))
    expect(graphRequests(end)).toEqual([])
  })

  it('removes the given role', async ({ begin }) => {
    const { attach, world, cluster, grants, registry } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPush', scope: registry.id })
    expectDetached(await attach({ ...detach, role: 'AcrPush' }), { changed: true })
    expect(grants()).toEqual([])
  })

  it('succeeds without a write if there is nothing to remove', async ({ begin }) => {
    const scenario = await begin()
    const before = everything(scenario)
    const end = await scenario.attach(detach)
    expectDetached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(scenario.world.roleAssignments).toEqual(before)
    expect(end.report).toMatchObject({ plan: [], findings: [] })
    expect(end.outputs['propagation-seconds']).toBe('')
  })

  it('needs no permission to delete if there is nothing to remove', async ({ begin }) => {
    const scenario = await begin()
    disarm(scenario, scenario.registry.id)
    expectDetached(await scenario.attach(detach), { changed: false })
  })

  it('removes the shared assignment of clusters with a shared kubelet identity', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world, cluster, registry, grants, subscription } = scenario
    letDeploy(scenario, subscription.id)
    group.addCluster('aks-twin', { kubeletIdentity: cluster.kubeletIdentity })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-prod-1\naks-twin' })
    expectDetached(end, { changed: true })
    expect(writes(end)).toHaveLength(1)
    expect(grants()).toEqual([])
  })
})

describe('access that remains after detach', () => {
  it('is reported only for the clusters that keep it', async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    const other = group.addCluster('aks-prod-2')
    for (const { kubeletIdentity } of [cluster, other])
      world.assignRole({ principalId: kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: other.kubeletIdentity.objectId, role: 'AcrPull', scope: group.id })
    const end = await attach({ ...detach, cluster: 'aks-prod-1\naks-prod-2' })
    expectDetached(end, { changed: true })
    expect(end.log).toMatch(/^⚠ aks-prod-2 .*contosoacr\.azurecr\.io .*\b1\b.*;/m)
    expect(end.report.pairs.map(({ status }) => status)).toEqual(['detached', 'detached'])
    expect(end.summary).toMatch(/^\| ⚠ \| aks-prod-2 \|.* removed now; .*: AcrPull, inherited from /m)
    expect(end.summary).toMatch(/^\| ✓ \| aks-prod-1 \|.* removed now \|/m)
  })

  it('is reported for nested groups and broader roles, each with its scope', async ({ begin }) => {
    const { attach, world, cluster, group, registry, subscription } = await begin()
    const principalId = cluster.kubeletIdentity.objectId
    const inner = world.addGroup('inner', { members: [principalId] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId, role: 'AcrPush', scope: registry.id })
    world.assignRole({ principalId, role: 'Reader', scope: group.id })
    world.assignRole({ principalId, role: 'Contributor', scope: subscription.id })
    world.assignRole({ principalId, role: 'AcrDelete', scope: registry.id })
    const end = await attach(detach)
    expectDetached(end, { changed: false })
    expect(new Set(findingCodes(end))).toEqual(new Set(['RESIDUAL_ACCESS']))
    const messages = end.report.findings.map(({ message }) => message)
    expect(messages).toHaveLength(4)
    for (const [role, scope, holder = ''] of [
      ['AcrPull', registry.id, outer.objectId],
      ['AcrPush', registry.id],
      ['Reader', group.id],
      ['Contributor', subscription.id],
    ] as const)
      expect(messages).toContainEqual(expect.stringMatching(new RegExp(`${holder}.* ${role} .*${scope}\\.$`)))
  })

  it('depends on the mode of the registry', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group } = scenario
    const principalId = cluster.kubeletIdentity.objectId
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    world.assignRole({ principalId, role: 'AcrPull', scope: group.id })
    world.assignRole({ principalId, role: 'Contributor', scope: group.id })
    expect(findingCodes(await attach({ ...detach, registry: 'abacacr' }))).toEqual([])
    world.assignRole({ principalId, role: 'Container Registry Repository Writer', scope: abac.id })
    const end = await attach({ ...detach, registry: 'abacacr' })
    expect(findingCodes(end)).toEqual(['RESIDUAL_ACCESS'])
    expect(end.report.findings[0]?.message).toContain('Container Registry Repository Writer')
  })

  it('is also reported for several clusters whose groups are in no list of the registry', async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    const other = group.addCluster('aks-prod-2')
    const everyone = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: everyone.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.assignRole({ principalId: other.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-prod-1\naks-prod-2' })
    expectDetached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ code: 'RESIDUAL_ACCESS', subject: cluster.id }])
  })
})

describe('a deletion', () => {
  it('is waited for: lists show a deleted assignment for some time', async ({ begin }) => {
    const scenario = await begin({ timing: { readAfterWriteMs: hour } })
    const { attach, world, cluster, registry } = scenario
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    catchUpAfter(scenario, 2)
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    const deleted = end.requests.findIndex(({ method }) => method === 'DELETE')
    const looks = end.requests.slice(deleted + 1)
    expect(looks.length).toBeGreaterThanOrEqual(3)
    expect(end.log).toContain('still reported')
    expectWaited(end, looks[0], looks[2])
    expect(writes(end)).toHaveLength(1)
  })

  it('is a timeout if lists never stop showing the assignment', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin({ timing: { readAfterWriteMs: hour } })
    world.timing.readAfterWriteMs = 0
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    world.timing.readAfterWriteMs = hour
    const end = await attach({ ...detach, timeout: '1s' })
    expectFailure(end, 'PROPAGATION_TIMEOUT')
    expect(end.outputs.changed).toBe('true')
    expect(pairEnds(end)).toEqual(['PROPAGATION_TIMEOUT'])
  })

  it.for([204, 404] as const)(
    "isn't a failure if the assignment is gone in the meantime (%i)",
    async (status, { begin }) => {
      const scenario = await begin()
      const { attach, world, cluster, registry, simulator } = scenario
      const { principalId, name } = world.assignRole({
        principalId: cluster.kubeletIdentity.objectId,
        role: 'AcrPull',
        scope: registry.id,
      })
      // Another run deletes it between this run's check and its write; lists lag behind.
      const [assignment] = world.roleAssignments.filter(candidate => candidate.principalId === principalId)
      if (assignment) world.assignments.remove(assignment, { listedForMs: hour })
      catchUpAfter(scenario, 1)
      if (status === 404) {
        const error = { code: 'RoleAssignmentNotFound', message: `The role assignment '${name}' is not found.` }
        simulator.faults.add({ method: 'DELETE', status, body: { error } })
      }
      const end = await attach(detach)
      expectDetached(end, { changed: false })
      expect(writes(end)).toMatchObject([{ method: 'DELETE', status }])
    },
  )

  it('works without permission to read other pull roles, which a note reports', async ({ begin }) => {
    const { attach, world, cluster, registry, simulator } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    // The lists for the cluster's identity, before and after, are answered; the list of all principals is not.
    simulator.faults.add({
      method: 'GET',
      path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
      skip: 2,
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(end.report.notes).toContainEqual(
      expect.stringMatching(/who else holds pull roles at contosoacr.*role assignments/),
    )
  })

  it('is reported immediately if a lock forbids it, and the rest continues', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group, registry } = scenario
    const principalId = cluster.kubeletIdentity.objectId
    const free = group.addRegistry('freeacr')
    letDeploy(scenario, free.id)
    world.addLock({ scope: registry.id, level: 'CanNotDelete' })
    for (const scope of [registry.id, free.id]) world.assignRole({ principalId, role: 'AcrPull', scope })
    const end = await attach({ ...detach, registry: 'contosoacr\nfreeacr' })
    expectFailure(end, 'SCOPE_LOCKED')
    expect(pairEnds(end)).toEqual(['SCOPE_LOCKED', 'detached'])
    expect(held(scenario, principalId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(armRequests(end, 'DELETE')).toHaveLength(2)
    expect(advisedCommands(end)).toEqual([expect.stringContaining(`az lock list --resource ${registry.id} `)])
  })

  it('is reported immediately if the caller has no permission for it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, registry, deployer } = scenario
    disarm(scenario, registry.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach(detach)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    const action = `Microsoft.Authorization/roleAssignments/delete on ${registry.id}`
    expect(end.log).toMatch(new RegExp(`gh-deployer \\(object ID ${deployer.objectId}\\) .*${action}`))
    expect(writes(end)).toHaveLength(1)
    expect(end.log).toContain('Role Based Access Control Administrator')
  })
})
