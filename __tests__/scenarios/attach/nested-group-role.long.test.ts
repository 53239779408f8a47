import { describe, expect } from 'vitest'
import { findingCodes, graphRequests, letDeploy, pairEnds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

const check = { mode: 'check' }

/** The group `inner` of the inputs, which is in `outer`, and the right to read and change groups. */
async function beginNested(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { canRead = true, isMember = true } = {},
) {
  const scenario = await begin()
  const { world, deployer, cluster, registry } = scenario
  const { objectId } = cluster.kubeletIdentity
  const inner = world.addGroup('inner', { members: isMember ? [objectId] : [], owners: [deployer.objectId] })
  const outer = world.addGroup('outer', { members: [inner.objectId] })
  if (canRead) world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  const assign = (principalId: string, scope = registry.id, role = 'AcrPull') =>
    world.assignRole({ principalId, role, scope })
  return { ...scenario, objectId, inner, outer, assign, inputs: { group: inner.objectId } }
}

const operations = ({ report }: { report: { plan: { operation: string }[] } }) =>
  report.plan.map(({ operation }) => operation)

describe('a role that the group of the inputs has through a group that it is in', () => {
  onceIt.for(['the registry', 'its resource group'] as const)(
    'is not assigned again, and is no drift (at %s)',
    async (where, { begin }) => {
      const { attach, assign, group, registry, outer, inputs } = await beginNested(begin)
      const { id } = assign(outer.objectId, where === 'the registry' ? registry.id : group.id)
      const night = await attach({ ...inputs, ...check })
      expect(night.outputs).toMatchObject({ drift: 'false', 'error-code': '', attached: 'true' })
      expect(night.report.unknown).toEqual([])
      const end = await attach(inputs)
      expectAttached(end, { changed: false })
      expect(writes(end)).toEqual([])
      expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', role: 'AcrPull', roleAssignmentId: id }])
    },
  )

  onceIt('reaches a brand-new member: the membership is all that is written', async ({ begin }) => {
    const { attach, assign, outer, inputs, objectId, inner, world } = await beginNested(begin, { isMember: false })
    const { id } = assign(outer.objectId)
    const night = await attach({ ...inputs, ...check })
    expectFailure(night, 'DRIFT')
    expect(operations(night)).toEqual(['add-group-member'])
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(operations(end)).toEqual(['add-group-member'])
    expect(armRequests(end, 'PUT')).toEqual([])
    expect(world.directory.membersOf(inner)).toContain(objectId)
    expect(end.report.pairs).toMatchObject([
      { status: 'attached', grantedBy: 'group', role: 'AcrPull', roleAssignmentId: id, verified: 'assignment' },
    ])
    expectAttached(await attach(inputs), { changed: false })
  })

  onceIt('counts for each of several clusters, with one question to Microsoft Graph', async ({ begin }) => {
    const { attach, assign, outer, inputs, group, world, inner, registry } = await beginNested(begin)
    const more = group.addCluster('aks-prod-2')
    world.directory.addMember(inner, more.kubeletIdentity.objectId)
    assign(outer.objectId)
    const end = await attach({ ...inputs, cluster: 'aks-prod-1\naks-prod-2' })
    expectAttached(end, { changed: false })
    expect(graphRequests(end).filter(request => /groups\/[^/]+\/checkMemberGroups/.test(request))).toHaveLength(1)
    expect(armRequests(end, 'GET', `${registry.id}/providers/Microsoft.Authorization/roleAssignments`)).toHaveLength(3)
  })

  onceIt('is not that of a group that it is not in', async ({ begin }) => {
    const { attach, assign, inputs, world, inner } = await beginNested(begin)
    assign(world.addGroup('unrelated').objectId)
    const night = await attach({ ...inputs, ...check })
    expectFailure(night, 'DRIFT')
    expect(operations(night)).toEqual(['create-role-assignment'])
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(world.roleAssignments.filter(({ principalId }) => principalId === inner.objectId)).toHaveLength(1)
  })

  onceIt('adds up with its own on a registry in ABAC mode', async ({ begin }) => {
    const scenario = await beginNested(begin)
    const { attach, inputs, group, world, inner, outer } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
    const limit = (principalId: string, text: string) =>
      world.assignRole({
        principalId,
        role: 'Container Registry Repository Reader',
        scope: abac.id,
        condition: `${name} StringStartsWithIgnoreCase '${text}'`,
      })
    limit(inner.objectId, 'team/')
    limit(outer.objectId, 'shop/')
    const both = { ...inputs, registry: 'abacacr', repositories: 'team/*\nshop/*' }
    const end = await attach(both)
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    const night = await attach({ ...both, ...check })
    expect(night.outputs.drift).toBe('false')
    expect(findingCodes(night)).not.toContain('LIMIT_NOT_IN_FORCE')
  })
})

describe('groups that the group of the inputs is in, and that cannot be read', () => {
  onceIt('leave it open whether the group has the role: no drift, and attach assigns it', async ({ begin }) => {
    const { attach, assign, outer, inner, inputs, world } = await beginNested(begin, { canRead: false })
    assign(outer.objectId)
    const night = await attach({ ...inputs, ...check, 'fail-on-drift': 'false' })
    expect(night.outputs).toMatchObject({ drift: 'false', attached: 'true', 'error-code': '' })
    expect(operations(night)).toEqual([])
    expect(night.report.unknown).toMatchObject([{ message: expect.stringContaining(inner.objectId) as string }])
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(operations(end)).toEqual(['create-role-assignment'])
    expect(world.roleAssignments.filter(({ principalId }) => principalId === inner.objectId)).toHaveLength(1)
  })

  onceIt('are unknown, too, where Microsoft Graph fails', async ({ begin }) => {
    const { attach, assign, outer, inputs, simulator } = await beginNested(begin, { isMember: false })
    assign(outer.objectId)
    simulator.faults.add({
      host: /graph/,
      path: /\/groups\/[^/]+\/checkMemberGroups/,
      times: Infinity,
      status: 503,
      body: { error: { code: 'ServiceUnavailable', message: 'Try again.' } },
    })
    const end = await attach({ ...inputs, ...check })
    expectFailure(end, 'DRIFT')
    // That it is no member is known.
    expect(operations(end)).toEqual(['add-group-member'])
    expect(end.report.unknown).toHaveLength(1)
  })

  onceIt('do not matter where no other group holds the role', async ({ begin }) => {
    const { attach, assign, outer, inputs } = await beginNested(begin, { canRead: false })
    assign(outer.objectId, undefined, 'AcrPush')
    const end = await attach({ ...inputs, ...check })
    expectFailure(end, 'DRIFT')
    expect(operations(end)).toEqual(['create-role-assignment'])
    expect(pairEnds(end)).toEqual(['attached'])
    expect(graphRequests(end).filter(request => /groups\/[^/]+\/checkMemberGroups/.test(request))).toEqual([])
  })
})
