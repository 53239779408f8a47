import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Group } from 'azure-simulator'
import { option, readAzCommands } from '../../support/az.js'
import { expectDetached, findingCodes, graphRequests, held, letDeploy, roleIds } from '../../support/estate.js'
import { errorsOf, headlineOf } from '../../support/reading.js'
import {
  armRequests,
  catchUpAfter,
  expectAttached,
  expectFailure,
  it,
  onceIt,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

const detach = { mode: 'detach' }

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
  it('counts as access, with a warning about slow changes and how to avoid them', async ({ begin }) => {
    const { attach, world, cluster, registry } = await begin()
    const inner = world.addGroup('inner', { members: [cluster.kubeletIdentity.objectId] })
    const outer = world.addGroup('outer', { members: [inner.objectId] })
    const { id } = world.assignRole({ principalId: outer.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(end.report.pairs).toMatchObject([
      { status: 'attached', grantedBy: 'group', role: 'AcrPull', scope: registry.id, roleAssignmentId: id },
    ])
    expect(end.report.findings).toMatchObject([{ code: 'GROUP_LATENCY', severity: 'warning', subject: cluster.id }])
    expect(end.report.findings[0]?.message).toContain(outer.objectId)
    expect(end.report.findings[0]?.message).toMatch(/\bday\b/)
    expect(end.report.findings[0]?.fix.text).toContain('kubelet-identity')
    expect(graphRequests(end)).toEqual([])
  })

  it("is seen for each of several clusters, although the registry's list does not show members", async ({ begin }) => {
    const { attach, world, cluster, group, registry } = await begin()
    const other = group.addCluster('aks-prod-2')
    const pullers = world.addGroup('pullers', { members: [cluster.kubeletIdentity.objectId] })
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ cluster: 'aks-prod-1\naks-prod-2' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs.map(({ grantedBy }) => grantedBy)).toEqual(['group', 'direct'])
    expect(writes(end)).toHaveLength(1)
    expect(world.assignments.findSame(registry.id, other.kubeletIdentity.objectId, roleIds.acrPull)).toBeDefined()
    expect(end.report.findings.filter(({ code }) => code === 'GROUP_LATENCY')).toMatchObject([{ subject: cluster.id }])
  })
})

describe('a group of thousands', () => {
  /** The other members, and the permission to read the member in question. */
  async function beginWithThousands(begin: (beginning?: Beginning) => Promise<Scenario>) {
    const scenario = await beginWithGroup(begin)
    const { world, deployer, pullers } = scenario
    world.grantGraphPermission(deployer, 'Application.Read.All')
    for (let n = 0; n < 3000; n += 1) world.directory.addMember(pullers, randomUUID())
    return scenario
  }

  onceIt('is queried about one identity in one request', async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, members } = await beginWithThousands(begin)
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(members()).toContain(principalId)
    expect(graphRequests(end)).toEqual([
      `POST /v1.0/servicePrincipals/${principalId}/checkMemberGroups 200`,
      `GET /v1.0/groups/${pullers.objectId} 200`,
      `POST ${membership(pullers)} 204`,
    ])
    // Azure does not count the member yet if the group has no role.
    const roles = world.roleAssignments.filter(assignment => assignment.principalId === pullers.objectId)
    for (const role of roles) world.assignments.remove(role)
    const check = await attach({ ...inputs, mode: 'check' })
    expect(check.report.plan.map(({ operation }) => operation)).toEqual(['create-role-assignment'])
    expect(graphRequests(check)).toContain(`POST /v1.0/servicePrincipals/${principalId}/checkMemberGroups 200`)
    expect(graphRequests(check).filter(request => request.includes('/groups/'))).toEqual([])
  })

  onceIt('that does not exist is not waited for', async ({ begin }) => {
    const { attach } = await beginWithThousands(begin)
    expectFailure(await attach({ group: randomUUID() }), 'PRINCIPAL_NOT_FOUND')
  })
})

describe('the input group', () => {
  it('gives the group the role, and makes the pull identity a member', async ({ begin }) => {
    const scenario = await beginWithGroup(begin)
    const { attach, inputs, pullers, principalId, registry, cluster, members, world } = scenario
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    // Azure counts the member immediately, but nodes can still be refused for a day.
    expect(headlineOf(end)).toMatch(/^⚠ .*aks-prod-1.*\bday\b/)
    expect(members()).toEqual([principalId])
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(held(scenario, principalId)).toEqual([])
    expect(armRequests(end, 'PUT')[0]?.requestBody).toMatchObject({
      properties: { principalId: pullers.objectId, principalType: 'Group' },
    })
    const ofGroup = world.assignments.findSame(registry.id, pullers.objectId, roleIds.acrPull)
    expect(end.report.pairs).toMatchObject([
      {
        target: cluster.id,
        grantedBy: 'group',
        role: 'AcrPull',
        roleAssignmentId: ofGroup?.id,
        verified: 'assignment',
      },
    ])
    expect(end.outputs['role-assignment-id']).toBe(ofGroup?.id)
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['create-role-assignment', 'add-group-member'])
    expect(findingCodes(end)).toEqual(['GROUP_LATENCY'])
  })

  it('writes nothing the second time, and does not ask Microsoft Graph', async ({ begin }) => {
    const { attach, inputs } = await beginWithGroup(begin)
    await attach(inputs)
    const end = await attach(inputs)
    expectAttached(end, { changed: false })
    expect(writes(end)).toEqual([])
    expect(graphRequests(end)).toEqual([])
  })

  it('serves all clusters and registries: one role per registry, one membership per cluster', async ({ begin }) => {
    const scenario = await beginWithGroup(begin)
    const { attach, inputs, pullers, cluster, group, registry, members, deployer, world } = scenario
    const more = group.addRegistry('moreacr')
    letDeploy(scenario, more.id)
    const other = group.addCluster('aks-prod-2')
    world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
    const several = { ...inputs, cluster: 'aks-prod-1\naks-prod-2', registry: 'contosoacr\nmoreacr' }
    const end = await attach(several)
    expectAttached(end, { changed: true })
    expect(held(scenario, pullers.objectId).sort()).toEqual(
      [registry.id, more.id].map(scope => [roleIds.acrPull, scope]).sort(),
    )
    expect(members().sort()).toEqual([cluster, other].map(({ kubeletIdentity }) => kubeletIdentity.objectId).sort())
    expect(armRequests(end, 'PUT')).toHaveLength(2)
    expect(graphRequests(end).filter(text => text.startsWith('POST'))).toHaveLength(2)
    expect(end.report.pairs.map(({ grantedBy }) => grantedBy)).toEqual(['group', 'group', 'group', 'group'])
    const again = await attach(several)
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
  })

  it('writes only the membership if the group has the role, there or above', async ({ begin }) => {
    const { attach, inputs, world, pullers, group, members, principalId } = await beginWithGroup(begin)
    const { id } = world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: group.id })
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(writes(end)).toEqual([])
    expect(members()).toEqual([principalId])
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'group', scope: group.id, roleAssignmentId: id }])
  })

  it('counts an existing membership, direct or nested, as success', async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, registry } = await beginWithGroup(begin)
    const inner = world.addGroup('inner', { members: [principalId] })
    world.directory.addMember(pullers, inner.objectId)
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    // Permission to change groups does not include permission to read service principals.
    expect(graphRequests(end)).toEqual([
      `POST /v1.0/servicePrincipals/${principalId}/checkMemberGroups 403`,
      `GET /v1.0/groups/${pullers.objectId}/transitiveMembers 200`,
    ])
    expect(writes(end)).toHaveLength(1)
    expect(world.assignments.findSame(registry.id, pullers.objectId, roleIds.acrPull)).toBeDefined()
  })

  it('ignores a refused read if the identity is already a member', async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, simulator, members } = await beginWithGroup(begin)
    world.directory.addMember(pullers, principalId)
    const error = { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' }
    simulator.faults.add({ method: 'GET', path: '/transitiveMembers', times: Infinity, status: 403, body: { error } })
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(graphRequests(end)).toContain(`POST ${membership(pullers)} 400`)
    expect(members()).toEqual([principalId])
  })

  it('needs no Microsoft Graph permission if the caller owns the group', async ({ begin }) => {
    const { attach, world, deployer, cluster } = await begin()
    const pullers = world.addGroup('acr-pullers', { owners: [deployer.objectId] })
    expectAttached(await attach({ group: pullers.objectId }), { changed: true })
    expect(world.directory.membersOf(pullers)).toEqual([cluster.kubeletIdentity.objectId])
  })

  it('waits for a group and an identity that Microsoft Graph does not know yet', async ({ begin }) => {
    const { attach, inputs, simulator, pullers, members } = await beginWithGroup(begin)
    const message = `Resource '${pullers.objectId}' does not exist or one of its queried reference-property objects are not present.`
    simulator.faults.add({
      method: 'POST',
      path: '/members/',
      status: 404,
      body: { error: { code: 'Request_ResourceNotFound', message } },
    })
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(members()).toHaveLength(1)
  })

  it('names the missing permission if Microsoft Graph refuses, and the printed command repairs it', async ({
    begin,
  }) => {
    const scenario = await begin()
    const { attach, world, deployer, cluster, registry } = scenario
    const pullers = world.addGroup('acr-pullers')
    const inputs = { group: pullers.objectId }
    const end = await attach(inputs)
    expectFailure(end, 'GROUP_ACCESS_DENIED')
    expect(end.log).toMatch(/GroupMember\.ReadWrite\.All.*\bown/)
    expect(end.log).toContain(`gh-deployer (object ID ${deployer.objectId})`)
    expect(graphRequests(end).filter(text => text.includes('/members/'))).toEqual([`POST ${membership(pullers)} 403`])
    // Everything possible is done, so that only one command is left.
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(end.outputs.changed).toBe('true')

    const command = readAzCommands(end.log).find(([noun]) => noun === 'ad')
    expect(command?.slice(0, 4)).toEqual(['ad', 'group', 'member', 'add'])
    expect(option(command, '--group')).toBe(pullers.objectId)
    expect(option(command, '--member-id')).toBe(cluster.kubeletIdentity.objectId)
    world.directory.addMember(pullers, option(command, '--member-id'))
    expectAttached(await attach(inputs), { changed: false })
  })

  onceIt.for([
    ['synchronised', { onPremisesSyncEnabled: true }, /on-premises/],
    ['mail-enabled', { mailEnabled: true }, /mail-enabled/],
    ['dynamic', { membershipRule: '(user.department -eq "IT")' }, /dynamic/],
    ['role-assignable', { isAssignableToRole: true }, /role-assignable/],
  ] as const)(
    "is reported if it is %s, because its members can't be changed like others",
    async ([, options, reason], { begin }) => {
      const { attach, world, deployer, cluster } = await begin()
      world.grantGraphPermission(deployer, 'GroupMember.ReadWrite.All')
      const pullers = world.addGroup('acr-pullers', options)
      const end = await attach({ group: pullers.objectId })
      expectFailure(end, 'GROUP_ACCESS_DENIED')
      expect(errorsOf(end).map(error => error.reason)).toEqual([expect.stringMatching(reason)])
      expect(errorsOf(end)[0]?.reason).toMatch(/acr-pullers/)
      expect(errorsOf(end)[0]?.reason).not.toMatch(/permission/)
      const command = readAzCommands(end.log).find(([noun]) => noun === 'ad')
      if ('isAssignableToRole' in options) {
        expect(command?.slice(0, 4)).toEqual(['ad', 'group', 'member', 'add'])
        expect(option(command, '--member-id')).toBe(cluster.kubeletIdentity.objectId)
      } else {
        expect(command?.join(' ')).toBe(
          'ad group create --display-name acr-pullers --mail-nickname acr-pullers --query id --output tsv',
        )
      }
    },
  )

  it('is an error if the group does not exist', async ({ begin }) => {
    const { attach } = await beginWithGroup(begin)
    const end = await attach({ group: '11111111-1111-4111-8111-111111111111' })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    expect(end.log).toContain('az ad group list --query "[].{name:displayName, objectId:id}" --output table')
    expect(writes(end)).toEqual([])
  })

  onceIt('is also an error about the group if only Azure Resource Manager finds it', async ({ begin }) => {
    const { attach } = await begin()
    const group = '11111111-1111-4111-8111-111111111111'
    const end = await attach({ group, timeout: '1s' })
    expectFailure(end, 'PRINCIPAL_NOT_FOUND')
    const { fix } = end.report.pairs[0]?.error ?? {}
    expect(fix).toMatchObject({ commands: [`az ad group show --group ${group}`] })
    expect(fix?.text).toContain('object ID of a security group')
  })
})

describe('a group that does not take effect in time', () => {
  const slow = { timing: { groupListingMs: 3_600_000 } }

  it('fails, and names a remedy', async ({ begin }) => {
    const { attach, inputs, members, principalId } = await beginWithGroup(begin, slow)
    const end = await attach({ ...inputs, timeout: '2s' })
    expectFailure(end, 'PROPAGATION_TIMEOUT')
    expect(end.log).toContain('on-timeout: assign-directly')
    expect(members()).toEqual([principalId])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
  })

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

  it('is followed by a direct assignment with on-timeout: assign-directly, and the plan shows it', async ({
    begin,
  }) => {
    const scenario = await beginWithGroup(begin, slow)
    const { attach, inputs, members, principalId, pullers, registry } = scenario
    const end = await attach({ ...inputs, timeout: '2s', 'on-timeout': 'assign-directly' })
    expectAttached(end, { changed: true })
    expect(held(scenario, principalId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(held(scenario, pullers.objectId)).toEqual([[roleIds.acrPull, registry.id]])
    expect(members()).toEqual([principalId])
    expect(headlineOf(end)).toMatch(/^✓ .*aks-prod-1.*\bminutes\b/)
    // No node waits for the group.
    expect(end.report.findings).toMatchObject([{ code: 'GROUP_LATENCY', severity: 'notice' }])
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'direct', changed: true, verified: 'assignment' }])
    expect(end.report.plan.map(({ operation, principalId: holder }) => [operation, holder])).toEqual([
      ['create-role-assignment', pullers.objectId],
      ['add-group-member', null],
      ['create-role-assignment', principalId],
    ])

    const again = await attach({ ...inputs, 'on-timeout': 'assign-directly' })
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
    expect(again.report.plan).toEqual([])
    expect(again.report.findings).toMatchObject([{ code: 'GROUP_LATENCY', severity: 'notice' }])
  })

  it("isn't drift in check, because Microsoft Graph knows the members of the group", async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, registry } = await beginWithGroup(begin, slow)
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const missing = await attach({ ...inputs, mode: 'check' })
    expectFailure(missing, 'DRIFT')
    world.directory.addMember(pullers, principalId)
    const end = await attach({ ...inputs, mode: 'check' })
    expect(end.outputs).toMatchObject({ drift: 'false', 'error-code': '' })
  })

  it('gets no direct assignment if it takes effect in time after all', async ({ begin }) => {
    const scenario = await beginWithGroup(begin, { timing: { groupListingMs: 3_600_000 } })
    const { attach, inputs, principalId } = scenario
    catchUpAfter(scenario, 1)
    const end = await attach({ ...inputs, timeout: '1h', 'on-timeout': 'assign-directly' })
    expectAttached(end, { changed: true })
    expect(held(scenario, principalId)).toEqual([])
    expect(armRequests(end, 'PUT')).toHaveLength(1)
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['create-role-assignment', 'add-group-member'])
  })
})

describe('detach with a group', () => {
  it('reports access that a nested group still gives', async ({ begin }) => {
    const { attach, inputs, world, pullers, principalId, registry, cluster } = await beginWithGroup(begin)
    const inner = world.addGroup('inner', { members: [principalId] })
    world.directory.addMember(pullers, inner.objectId)
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...inputs, ...detach })
    expectDetached(end, { changed: false })
    expect(end.report.findings).toMatchObject([{ code: 'RESIDUAL_ACCESS', subject: cluster.id }])
    expect(end.report.findings[0]?.message).toMatch(new RegExp(`${pullers.objectId} .*AcrPull .*${registry.id}`))
  })
})

describe('check with a group', () => {
  const check = { mode: 'check' }

  it('finds the membership that is missing', async ({ begin }) => {
    const { attach, inputs, world, pullers, registry, members } = await beginWithGroup(begin)
    world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...inputs, ...check })
    expectFailure(end, 'DRIFT')
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['add-group-member'])
    expect(members()).toEqual([])
  })

  onceIt(
    "can't determine a membership that Azure does not count yet while Microsoft Graph fails",
    async ({ begin }) => {
      const { attach, inputs, world, pullers, registry, simulator } = await beginWithGroup(begin)
      world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
      simulator.faults.add({
        host: /graph/,
        path: '/transitiveMembers',
        times: Infinity,
        status: 503,
        body: { error: { code: 'ServiceUnavailable', message: 'Try again.' } },
      })
      const end = await attach({ ...inputs, ...check })
      expectFailure(end, 'AZURE_UNAVAILABLE')
      expect(end.outputs.drift).toBe('false')
      expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    },
  )

  it("reports what it can't determine, and doesn't count it as drift", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world } = scenario
    const pullers = world.addGroup('acr-pullers', { members: [scenario.cluster.kubeletIdentity.objectId] })
    const end = await attach({ ...check, group: pullers.objectId })
    expectFailure(end, 'DRIFT')
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['create-role-assignment'])
    expect(end.report.unknown).toEqual([
      { subject: scenario.cluster.id, message: expect.stringContaining('Microsoft Graph') as string, about: null },
    ])
  })
})
