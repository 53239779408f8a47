import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Group } from 'azure-simulator'
import { option, readAzCommands } from '../../support/az.js'
import { findingCodes, graphRequests, held, roleIds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

/** A security group, and the deployer's right to change its members. */
async function beginWithGroup(begin: (beginning?: Beginning) => Promise<Scenario>, beginning?: Beginning) {
  const scenario = await begin(beginning)
  const { world, deployer, cluster } = scenario
  const pullers = world.addGroup('acr-pullers')
  world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
  return {
    ...scenario,
    pullers,
    inputs: { group: pullers.objectId },
    principalId: cluster.kubeletIdentity.objectId,
    members: () => world.directory.membersOf(pullers),
  }
}

const membership = ({ objectId }: Group, member = '') =>
  `/v1.0/groups/${objectId}/members/${member && `${member}/`}$ref`

describe('access that comes through a group', () => {
  it("is seen for each of several clusters, although the registry's list does not show members", async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    group.addCluster('aks-prod-2')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ cluster: 'aks-prod-1\naks-prod-2' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs.map(({ grantedBy }) => grantedBy)).toEqual(['group', 'direct'])
    expect(writes(end)).toHaveLength(1)
  })
})

describe('a group of thousands', () => {
  it('is queried about one identity in one request', async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, deployer } = await beginWithGroup(begin)
    world.grantGraphPermission(deployer, 'Application.Read.All')
    for (let n = 0; n < 3000; n += 1) world.directory.addMember(pullers, randomUUID())
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(graphRequests(end)).toEqual([
      `POST /v1.0/servicePrincipals/${principalId}/checkMemberGroups 200`,
      `GET /v1.0/groups/${pullers.objectId} 200`,
      `POST ${membership(pullers)} 204`,
    ])
  })
})

describe('the input group', () => {
  it('gives the group the role and makes the identity a member; then nothing is asked', async ({ begin }) => {
    const scenario = await beginWithGroup(begin)
    const { attach, inputs, pullers, principalId, registry, members, world } = scenario
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(members()).toEqual([principalId])
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(held(scenario, principalId)).toEqual([])
    expect(armRequests(end, 'PUT')[0]?.requestBody).toMatchObject({
      properties: { principalId: pullers.objectId, principalType: 'Group' },
    })
    const ofGroup = world.assignments.findSame(registry.id, pullers.objectId, roleIds.acrPull)
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', roleAssignmentId: ofGroup?.id }])
    expect(end.outputs['role-assignment-id']).toBe(ofGroup?.id)
    expect(findingCodes(end)).toContain('GROUP_LATENCY')

    const again = await attach(inputs)
    expectAttached(again, { changed: false })
    expect([...writes(again), ...graphRequests(again)]).toEqual([])
  })

  it('is refused by Microsoft Graph for each cluster, whose printed command repairs it', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, cluster, group, registry } = scenario
    const pullers = world.addGroup('acr-pullers')
    const inputs = { group: pullers.objectId, cluster: 'aks-prod-1\naks-prod-2' }
    const identities = [cluster, group.addCluster('aks-prod-2')].map(each => each.kubeletIdentity.objectId)
    const end = await attach(inputs)
    expectFailure(end, 'GROUP_ACCESS_DENIED')
    const asked = graphRequests(end).filter(text => text.includes('/members/'))
    // The refusal of one is that of all.
    expect(asked).toEqual([`POST ${membership(pullers)} 403`])
    // Everything possible is done, so that only one command is left for each.
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.outputs.changed).toBe('true')
    for (const text of [end.log, end.summary]) {
      const commands = readAzCommands(text).filter(([noun]) => noun === 'ad')
      expect(commands.map(command => option(command, '--group'))).toEqual(identities.map(() => pullers.objectId))
      expect(commands.map(command => option(command, '--member-id'))).toEqual(identities)
    }
    for (const identity of identities) world.directory.addMember(pullers, identity)
    expectAttached(await attach(inputs), { changed: false })
  })
})

describe('a group that does not take effect in time', () => {
  const slow = { timing: { groupListingMs: 3_600_000 } }

  it('is not changed by a run that finds an existing membership', async ({ begin }) => {
    const { attach, inputs, pullers, simulator } = await beginWithGroup(begin, slow)
    expectFailure(await attach({ ...inputs, timeout: '2s' }), 'PROPAGATION_TIMEOUT')
    const error = { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' }
    simulator.faults.add({ method: 'GET', path: '/transitiveMembers', times: Infinity, status: 403, body: { error } })
    const end = await attach({ ...inputs, timeout: '2s' })
    expectFailure(end, 'PROPAGATION_TIMEOUT')
    expect(graphRequests(end)).toContain(`POST ${membership(pullers)} 400`)
    expect(end.outputs.changed).toBe('false')
  })

  it('is followed by a direct assignment with assign-directly, and the plan shows it', async ({ begin }) => {
    const scenario = await beginWithGroup(begin, slow)
    const { attach, inputs, members, principalId, pullers, registry } = scenario
    const end = await attach({ ...inputs, timeout: '2s', 'on-timeout': 'assign-directly' })
    expectAttached(end, { changed: true })
    expect(held(scenario, principalId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(members()).toEqual([principalId])
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'direct', changed: true, verified: 'assignment' }])
    expect(end.report.plan.map(({ operation, principalId: holder }) => [operation, holder])).toEqual([
      ['create-role-assignment', pullers.objectId],
      ['add-group-member', null],
      ['create-role-assignment', principalId],
    ])

    const again = await attach({ ...inputs, 'on-timeout': 'assign-directly' })
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
  })
})
