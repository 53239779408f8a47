import { describe, expect, it } from 'vitest'
import { arm, textOf, type Answer, type Json } from '../src/client.js'
import { hour } from './support/hour.js'
import { start, type Fixture } from './support/fixture.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const acrPush = '8311e382-0749-4cb8-b61a-304f252e45ec'
const name1 = '11111111-aaaa-4aaa-8aaa-111111111111'
const name2 = '22222222-aaaa-4aaa-8aaa-222222222222'

const assignmentId = (scope: string, name: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`

/** Signs in and hands out calls on the registry's role assignments. */
async function operator(fixture: Fixture) {
  const token = await fixture.client.signIn(fixture.deployer)
  const scope = fixture.registry.id
  return {
    token,
    put: (name: string, properties: Record<string, unknown> = {}, at = scope): Promise<Answer> =>
      fixture.client.send('PUT', arm(assignmentId(at, name)), {
        token,
        body: {
          properties: {
            roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`,
            principalId: fixture.cluster.kubeletIdentity.objectId,
            principalType: 'ServicePrincipal',
            ...properties,
          },
        },
      }),
    get: (name: string, at = scope) => fixture.client.get(arm(assignmentId(at, name)), token),
    remove: (name: string, at = scope) => fixture.client.send('DELETE', arm(assignmentId(at, name)), { token }),
    list: async (filter?: string, at = scope): Promise<Json[]> => {
      const url = arm(
        `${at}/providers/Microsoft.Authorization/roleAssignments`,
        '2022-04-01',
        filter === undefined ? {} : { $filter: filter },
      )
      const answer = await fixture.client.get(url, token)
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.json.value as unknown as Json[]
    },
  }
}

const code = (answer: Answer) => answer.json.error?.code
const message = (answer: Answer) => textOf(answer.json.error?.message)
const names = (list: Json[]) => list.map(entry => textOf(entry.name)).sort()

describe('writing role assignments', () => {
  it('creates, gets and deletes as recorded', async () => {
    const fixture = await start()
    const { put, get, remove } = await operator(fixture)
    const created = await put(name1)
    expect(created.status).toBe(201)
    expect(created.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(created.json).toMatchObject({
      id: assignmentId(fixture.registry.id, name1),
      type: 'Microsoft.Authorization/roleAssignments',
      properties: {
        roleDefinitionId: `${fixture.subscription.id}/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`,
        scope: fixture.registry.id,
        condition: null,
        createdBy: null,
        updatedBy: fixture.deployer.objectId,
      },
    })
    expect((await get(name1)).json.properties?.createdBy).toBe(fixture.deployer.objectId)
    expect((await remove(name1)).status).toBe(200)
    expect((await remove(name1)).status).toBe(204)
    expect(code(await get(name1))).toBe('RoleAssignmentNotFound')
  })

  it('allows one per scope, role and principal, and names it without dashes', async () => {
    const { put } = await operator(await start())
    await put(name1)
    const again = await put(name2)
    expect(again.status).toBe(409)
    expect(again.json.error).toEqual({
      code: 'RoleAssignmentExists',
      message:
        'The role assignment already exists. The ID of the existing role assignment is 11111111aaaa4aaa8aaa111111111111.',
    })
  })

  it('updates under the same name, and refuses another scope, role or principal', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    await put(name1)
    expect((await put(name1, { description: 'by the pipeline' })).status).toBe(201)
    expect(fixture.world.assignments.findByName(name1)?.description).toBe('by the pipeline')
    expect(code(await put(name1, { roleDefinitionId: acrPush }))).toBe('RoleAssignmentUpdateNotPermitted')
  })

  it.each([
    [
      'an unknown principal',
      { principalId: '6a9594a6-1ae1-446b-b92f-02c86ba59592' },
      400,
      'PrincipalNotFound',
      'Principal 6a9594a61ae1446bb92f02c86ba59592 does not exist in the directory',
    ],
    [
      'another principal type',
      { principalType: 'User' },
      400,
      'UnmatchedPrincipalType',
      "has type 'ServicePrincipal' , which is different from specified PrinciaplType 'User'.",
    ],
    ['a principal that is not a GUID', { principalId: 'aks-prod-1' }, 400, 'InvalidPrincipalId', 'aks-prod-1'],
    [
      'an unknown role',
      { roleDefinitionId: name2 },
      404,
      'RoleDefinitionDoesNotExist',
      '22222222aaaa4aaa8aaa222222222222',
    ],
    ['a missing role', { roleDefinitionId: undefined }, 400, 'InvalidRequestContent', 'roleDefinitionId'],
    [
      'a condition without a version',
      { condition: 'Exists @Request[a:b]' },
      400,
      'BadRequestFormat',
      'conditionVersion',
    ],
    [
      'a condition that is too long',
      { condition: `Exists @Request[a:${'b'.repeat(8192)}]`, conditionVersion: '2.0' },
      400,
      'BadRequestFormat',
      '8 KB',
    ],
    ['an invalid condition', { condition: '((', conditionVersion: '2.0' }, 400, 'BadRequestFormat', 'ends too early'],
  ])('refuses %s', async (_what, properties, status, errorCode, text) => {
    const { put } = await operator(await start())
    const answer = await put(name1, properties)
    expect([answer.status, code(answer)]).toEqual([status, errorCode])
    expect(message(answer)).toContain(text)
  })

  it('refuses names that are not GUIDs, and missing resources', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    expect(code(await put('pull'))).toBe('InvalidRoleAssignmentId')
    fixture.world.assignRole({ principalId: fixture.deployer.objectId, role: 'Owner', scope: fixture.group.id })
    const missing = await put(name1, {}, fixture.registry.id.replace('contosoacr', 'other'))
    expect(message(missing)).toBe(
      "The Resource 'Microsoft.ContainerRegistry/registries/other' under resource group 'rg-shop' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
  })

  it('does not find a new principal, unless its type is given', async () => {
    const fixture = await start({ timing: { directoryReplicationMs: 60_000 } })
    const { put } = await operator(fixture)
    expect(code(await put(name1, { principalType: undefined }))).toBe('PrincipalNotFound')
    expect((await put(name1)).status).toBe(201)
  })

  it('does not find it even with its type in a strict directory, or if it is hidden', async () => {
    const fixture = await start({ timing: { directoryReplicationMs: 60_000 } })
    const { put } = await operator(fixture)
    fixture.world.strictDirectory = true
    expect(code(await put(name1))).toBe('PrincipalNotFound')
    fixture.world.timing.directoryReplicationMs = 0
    fixture.world.hidePrincipal(fixture.cluster.kubeletIdentity.objectId)
    expect(code(await put(name1))).toBe('PrincipalNotFound')
    fixture.world.hidePrincipal(fixture.cluster.kubeletIdentity.objectId, 0)
    expect((await put(name1)).status).toBe(201)
  })

  it('does not know the managed identities of other tenants', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    const foreign = fixture.group.addUserAssignedIdentity('foreign', { tenantId: fixture.world.addTenant('fabrikam') })
    expect(code(await put(name1, { principalId: foreign.objectId }))).toBe('PrincipalNotFound')
  })

  it('refuses roles in a delegated subscription for identities of the managing tenant', async () => {
    const fixture = await start()
    const { world, deployer, cluster } = fixture
    const theirs = world.addSubscription({ tenantId: world.addTenant('fabrikam'), managedByTenants: [world.tenantId] })
    const scope = theirs.addResourceGroup('rg-theirs').addRegistry('fabrikamacr').id
    world.assignRole({ principalId: deployer.objectId, role: 'User Access Administrator', scope })
    const { put } = await operator({ ...fixture, registry: { ...fixture.registry, id: scope } })
    expect(code(await put(name1, { principalId: cluster.kubeletIdentity.objectId }))).toBe('AuthorizationFailed')
    expect(world.roleAssignments.filter(each => each.principalId === cluster.kubeletIdentity.objectId)).toEqual([])
  })
})

describe('listing role assignments', () => {
  it('filters as documented', async () => {
    const fixture = await start()
    const { world, subscription, group, registry, cluster, deployer } = fixture
    const { list } = await operator(fixture)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const pull = cluster.kubeletIdentity.objectId
    const inner = world.addGroup('pullers', { members: [pull] })
    const outer = world.addGroup('all-pullers', { members: [inner.objectId] })
    const given = {
      root: world.assignRole({ principalId: world.addUser('owner').objectId, role: 'Owner', scope: '/' }).name,
      management: world.assignRole({
        principalId: pull,
        role: 'Reader',
        scope: '/providers/Microsoft.Management/managementGroups/contoso-platform',
      }).name,
      atGroup: world.assignRole({
        principalId: outer.objectId,
        role: 'AcrPull',
        scope: group.id.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
      }).name,
      atRegistry: world.assignRole({ principalId: pull, role: 'AcrPush', scope: registry.id }).name,
    }
    const own = world.roleAssignments
      .filter(assignment => assignment.principalId === deployer.objectId)
      .map(assignment => assignment.name)

    expect(names(await list('atScope()'))).toEqual([...Object.values(given), ...own].sort())
    expect(names(await list('atScope()', group.id))).not.toContain(given.atRegistry)
    expect(names(await list(undefined, group.id))).toContain(given.atRegistry)
    expect(names(await list(`principalId eq '${pull}'`))).toEqual([given.management, given.atRegistry].sort())
    expect(names(await list(`principalId eq '${pull}'`, subscription.id))).toEqual(
      [given.management, given.atRegistry].sort(),
    )
    expect(names(await list(`assignedTo('${pull}')`))).toEqual(
      [given.management, given.atGroup, given.atRegistry].sort(),
    )
    expect(names(await list(`atScope() and assignedTo('${pull}')`, group.id))).toEqual(
      [given.management, given.atGroup].sort(),
    )
    expect(names(await list(`assignedTo('${outer.objectId}')`))).toEqual([])
    await expect(list(`atScope() and principalId eq '${pull}'`)).rejects.toThrow('BadRequest')
    await expect(list(`principalId eq ${pull}`)).rejects.toThrow('BadRequest')
  })

  it('accepts scopes with two slashes and in any letter case', async () => {
    const fixture = await start()
    const { list } = await operator(fixture)
    const loud = `/${fixture.registry.id.replace('resourceGroups', 'RESOURCEGROUPS').replace('registries', 'Registries')}`
    expect(names(await list('atScope()', loud))).toEqual(names(await list('atScope()')))
  })

  it('is as large as real lists with 300 inherited assignments', async () => {
    const fixture = await start()
    const { token } = await operator(fixture)
    fixture.world.addNoiseAssignments(300, fixture.registry.id)
    const url = arm(`${fixture.registry.id}/providers/Microsoft.Authorization/roleAssignments`, '2022-04-01', {
      $filter: 'atScope()',
    })
    const { text } = await fixture.client.get(url, token)
    expect(text.length).toBeGreaterThan(170_000)
    expect(text.length).toBeLessThan(260_000)
  })

  it('lags behind writes, which already conflict', async () => {
    const fixture = await start({ timing: { readAfterWriteMs: hour } })
    const { put, get, list, remove } = await operator(fixture)
    await put(name1)
    expect((await get(name1)).status).toBe(404)
    expect(names(await list('atScope()'))).not.toContain(name1)
    expect(code(await put(name2))).toBe('RoleAssignmentExists')
    fixture.world.passTime(hour)
    expect((await get(name1)).status).toBe(200)
    expect(names(await list('atScope()'))).toContain(name1)
    await remove(name1)
    expect(names(await list('atScope()'))).toContain(name1)
    expect((await put(name2)).status).toBe(201)
  })
})

describe('the caller’s permissions', () => {
  it('refuses the write of a Reader with Azure’s message', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    const answer = await put(name1, {}, fixture.group.id)
    expect(answer.status).toBe(403)
    expect(answer.headers['x-ms-failure-cause']).toBe('gateway')
    expect(message(answer)).toBe(
      `The client '${fixture.deployer.clientId}' with object id '${fixture.deployer.objectId}' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '${assignmentId(fixture.group.id, name1)}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    )
  })

  it('refuses that of a Contributor, whose notActions exclude it', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    fixture.world.assignRole({
      principalId: fixture.deployer.objectId,
      role: 'Contributor',
      scope: fixture.subscription.id,
    })
    expect(code(await put(name1, {}, fixture.group.id))).toBe('AuthorizationFailed')
  })

  it('allows it through nested groups and management groups', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    const inner = fixture.world.addGroup('deployers', { members: [fixture.deployer.objectId] })
    const outer = fixture.world.addGroup('administrators', { members: [inner.objectId] })
    fixture.world.assignRole({
      principalId: outer.objectId,
      role: 'User Access Administrator',
      scope: '/providers/Microsoft.Management/managementGroups/contoso-platform',
    })
    expect((await put(name1, {}, fixture.group.id)).status).toBe(201)
  })

  it('lets grants and their removal take effect after the propagation delay', async () => {
    const fixture = await start({ timing: { propagationMs: hour } })
    const { client, registry, world, simulator } = fixture
    const { put, remove } = await operator(fixture)
    const reader = world.addApplication('reader', { federatedCredentials: [{ subject: simulator.subject }] })
    const token = await client.signIn(reader)
    const read = async () => (await client.get(arm(registry.id, '2025-11-01'), token)).status

    await put(name1, { principalId: reader.objectId, roleDefinitionId: 'acdd72a7-3385-48ef-bd42-f606fba81ae7' })
    expect(await read()).toBe(403)
    world.passTime(hour)
    expect(await read()).toBe(200)
    await remove(name1)
    expect(await read()).toBe(200)
    world.passTime(hour)
    expect(await read()).toBe(403)
  })

  it('applies a delegate’s condition to the request for writes, and to the assignment for deletes', async () => {
    const fixture = await start()
    const { world, registry, deployer, cluster } = fixture
    for (const assignment of [...world.roleAssignments]) world.assignments.remove(assignment)
    const pullRoles = `{${acrPull}, b93aa761-3e63-49ed-ac28-beffa264f7ac}`
    const block = (verb: string, source: string) =>
      `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${verb}'})) OR (${source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals ${pullRoles} AND ${source}[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))`
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: registry.id,
      condition: `${block('write', '@Request')} AND ${block('delete', '@Resource')}`,
    })
    const { put, remove } = await operator(fixture)
    expect((await put(name1)).status).toBe(201)
    const wrongRole = await put(name2, { roleDefinitionId: acrPush })
    expect(wrongRole.status).toBe(403)
    expect(message(wrongRole)).toContain(
      'has an authorization with ABAC condition that is not fulfilled to perform action',
    )
    expect(code(await put(name2, { principalType: undefined }))).toBe('AuthorizationFailed')
    expect((await remove(name1)).status).toBe(200)
    const push = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'AcrPush',
      scope: registry.id,
    })
    expect((await remove(push.name)).status).toBe(403)
  })
})
