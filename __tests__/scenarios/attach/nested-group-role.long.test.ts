import { describe, expect } from 'vitest'
import { graphRequests } from '../../support/estate.js'
import { armRequests, expectAttached, it, type Beginning, type Scenario } from '../../support/scenario.js'

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

describe('a role that the group of the inputs has through a group that it is in', () => {
  it('reaches a brand-new member: the membership is all that is written', async ({ begin }) => {
    const { attach, assign, outer, inputs, objectId, inner, world } = await beginNested(begin, { isMember: false })
    const { id } = assign(outer.objectId)
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'PUT')).toEqual([])
    expect(world.directory.membersOf(inner)).toContain(objectId)
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', roleAssignmentId: id, verified: 'assignment' }])
  })

  it('counts for each of several clusters, with one question to Microsoft Graph', async ({ begin }) => {
    const { attach, assign, outer, inputs, group, world, inner, registry } = await beginNested(begin)
    const more = group.addCluster('aks-prod-2')
    world.directory.addMember(inner, more.kubeletIdentity.objectId)
    assign(outer.objectId)
    const end = await attach({ ...inputs, cluster: 'aks-prod-1\naks-prod-2' })
    expectAttached(end, { changed: false })
    expect(graphRequests(end).filter(request => /groups\/[^/]+\/checkMemberGroups/.test(request))).toHaveLength(1)
    expect(armRequests(end, 'GET', `${registry.id}/providers/Microsoft.Authorization/roleAssignments`)).toHaveLength(3)
  })
})

describe('groups that the group of the inputs is in, and that cannot be read', () => {
  it('leave it open whether the group has the role: no drift, and attach assigns it', async ({ begin }) => {
    const { attach, assign, outer, inner, inputs, world } = await beginNested(begin, { canRead: false })
    assign(outer.objectId)
    const night = await attach({ ...inputs, ...check, 'fail-on-drift': 'false' })
    expect(night.outputs).toMatchObject({ drift: 'false', attached: 'true', 'error-code': '' })
    expect(night.report.unknown).toHaveLength(1)
    expectAttached(await attach(inputs), { changed: true })
    expect(world.roleAssignments.filter(({ principalId }) => principalId === inner.objectId)).toHaveLength(1)
  })
})
