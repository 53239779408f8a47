import { describe, expect, it } from 'vitest'
import { createContoso } from '../src/contoso.js'
import { textOf, type Answer, type Json } from '../src/client.js'
import { start, takeProblems } from './support/fixture.js'

const root = 'https://graph.microsoft.com/v1.0'

/** Contoso with a group, and Graph calls by an application with these permissions. */
async function setUp(permissions: readonly string[], options: Parameters<typeof start>[0] = {}) {
  const contoso = createContoso()
  const group = contoso.world.addGroup('pullers')
  contoso.world.grantGraphPermission(contoso.deployer, ...permissions)
  const fixture = await start({ contoso, ...options })
  const token = await fixture.client.signIn(contoso.deployer, 'https://graph.microsoft.com')
  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    fixture.client.send(method, `${root}${path}`, { token, ...(body === undefined ? {} : { body }) })
  const addMember = (groupId: string, id: string) =>
    send('POST', `/groups/${groupId}/members/$ref`, { '@odata.id': `${root}/directoryObjects/${id}` })
  return {
    ...fixture,
    group,
    send,
    addMember,
    get: (path: string) => send('GET', path),
    pull: contoso.cluster.kubeletIdentity,
  }
}

const ids = (answer: Answer) => (answer.json.value as unknown as Json[]).map(entry => entry.id)
const code = (answer: Answer) => answer.json.error?.code

describe('service principals', () => {
  it('are found by filter, application ID and object ID', async () => {
    const { get, deployer, pull } = await setUp(['Application.Read.All'])
    const filtered = await get(
      `/servicePrincipals?$filter=${encodeURIComponent(`servicePrincipalNames/any(c:c eq '${deployer.clientId}')`)}`,
    )
    expect(filtered.headers['content-type']).toContain('odata.metadata=minimal')
    expect(ids(filtered)).toEqual([deployer.objectId])
    expect(
      ids(await get(`/servicePrincipals?$filter=appId eq '${pull.clientId.toUpperCase()}'`.replaceAll(' ', '%20'))),
    ).toEqual([pull.objectId])
    const byKey = await get(`/servicePrincipals(appId='${pull.clientId}')?$select=id,appId,servicePrincipalType`)
    expect(byKey.json).toEqual({
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#servicePrincipals/$entity',
      id: pull.objectId,
      appId: pull.clientId,
      servicePrincipalType: 'ManagedIdentity',
    })
    expect((await get(`/servicePrincipals/${deployer.objectId}`)).json.appId).toBe(deployer.clientId)
  })

  it('return Graph’s 404 if they don’t exist', async () => {
    const { get } = await setUp(['Application.Read.All'])
    const answer = await get("/servicePrincipals(appId='11111111-1111-1111-1111-111111111111')")
    expect(answer.status).toBe(404)
    expect(answer.json.error).toMatchObject({
      code: 'Request_ResourceNotFound',
      message:
        "Resource '11111111-1111-1111-1111-111111111111' does not exist or one of its queried reference-property objects are not present.",
    })
  })

  it('require an application permission when the token is issued', async () => {
    const { get, world, deployer, client } = await setUp(['GroupMember.Read.All'])
    const refused = await get('/servicePrincipals')
    expect(refused.status).toBe(403)
    expect(refused.json.error).toMatchObject({
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
    })
    world.grantGraphPermission(deployer, 'Application.Read.All')
    expect((await get('/servicePrincipals')).status).toBe(403)
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    expect((await client.get(`${root}/servicePrincipals`, token)).status).toBe(200)
  })

  it('reach this replica after a delay', async () => {
    const { get, deployer, world } = await setUp(['Application.Read.All'], {
      timing: { directoryReplicationMs: 60_000 },
    })
    expect((await get(`/servicePrincipals/${deployer.objectId}`)).status).toBe(404)
    deployer.createdAt -= 60_001
    expect((await get(`/servicePrincipals/${deployer.objectId}`)).status).toBe(200)
    expect(world.directory.principals.length).toBeGreaterThan(1)
  })
})

describe('groups', () => {
  it('add members once, and remove them', async () => {
    const { get, send, addMember, group, pull } = await setUp(['GroupMember.ReadWrite.All'])
    expect((await addMember(group.objectId, pull.objectId)).status).toBe(204)
    const again = await addMember(group.objectId, pull.objectId)
    expect(again.status).toBe(400)
    expect(again.json.error).toMatchObject({
      code: 'Request_BadRequest',
      message: "One or more added object references already exist for the following modified properties: 'members'.",
    })
    const members = await get(`/groups/${group.objectId}/members`)
    expect(members.json.value).toMatchObject([
      { '@odata.type': '#microsoft.graph.servicePrincipal', id: pull.objectId },
    ])
    const path = `/groups/${group.objectId}/members/${pull.objectId}/$ref`
    expect((await send('DELETE', path)).status).toBe(204)
    expect((await send('DELETE', path)).status).toBe(404)
    expect(ids(await get(`/groups/${group.objectId}/members`))).toEqual([])
  })

  it('refuse unknown members and bad references', async () => {
    const { addMember, send, group } = await setUp(['GroupMember.ReadWrite.All'])
    expect(code(await addMember(group.objectId, '11111111-1111-1111-1111-111111111111'))).toBe(
      'Request_ResourceNotFound',
    )
    const bad = await send('POST', `/groups/${group.objectId}/members/$ref`, {
      '@odata.id': 'https://graph.microsoft.us/v1.0/directoryObjects/x',
    })
    expect(code(bad)).toBe('Request_BadRequest')
  })

  it('need no permission for their owners', async () => {
    const { addMember, get, group, pull, deployer, world } = await setUp([])
    expect(code(await addMember(group.objectId, pull.objectId))).toBe('Authorization_RequestDenied')
    group.owners.push(deployer.objectId)
    expect((await addMember(group.objectId, pull.objectId)).status).toBe(204)
    expect(ids(await get(`/groups/${group.objectId}/members`))).toEqual([pull.objectId])
    const other = world.addGroup('others')
    expect((await get(`/groups/${other.objectId}`)).status).toBe(403)
    expect(ids(await get(`/groups/${group.objectId}/owners`))).toEqual([deployer.objectId])
  })

  it('accept users and service principals as owners, with separate permissions', async () => {
    const { send, addMember, group, pull, deployer, world, client } = await setUp(['GroupMember.ReadWrite.All'])
    const path = `/groups/${group.objectId}/owners/$ref`
    const refer = (id: string) => ({ '@odata.id': `${root}/directoryObjects/${id}` })
    expect(code(await send('POST', path, refer(deployer.objectId)))).toBe('Authorization_RequestDenied')
    const admin = world.addApplication('admin', {
      secrets: ['s'],
      federatedCredentials: [...deployer.federatedCredentials],
    })
    world.grantGraphPermission(admin, 'Group.ReadWrite.All')
    const token = await client.signIn(admin, 'https://graph.microsoft.com')
    const own = (groupId: string, id: string) =>
      client.send('POST', `${root}/groups/${groupId}/owners/$ref`, { token, body: refer(id) })
    expect((await own(group.objectId, deployer.objectId)).status).toBe(204)
    expect(group.owners).toEqual([deployer.objectId])
    const again = await own(group.objectId, deployer.objectId.toUpperCase())
    expect([again.status, again.json.error?.message]).toEqual([
      400,
      "One or more added object references already exist for the following modified properties: 'owners'.",
    ])
    expect((await own(group.objectId, world.addUser('Jo').objectId)).status).toBe(204)
    expect(code(await own(group.objectId, world.addGroup('others').objectId))).toBe('Request_BadRequest')
    expect((await own(group.objectId, '11111111-1111-1111-1111-111111111111')).status).toBe(404)
    const admins = world.addGroup('admins', { isAssignableToRole: true })
    expect(code(await own(admins.objectId, deployer.objectId))).toBe('Authorization_RequestDenied')
    const synchronised = world.addGroup('synchronised', { onPremisesSyncEnabled: true })
    expect(code(await own(synchronised.objectId, deployer.objectId))).toBe('Request_BadRequest')
    world.directory.findClient(deployer.clientId)?.graphPermissions.clear()
    expect((await addMember(group.objectId, pull.objectId)).status).toBe(204)
  })

  it('require another permission if roles can be assigned to them', async () => {
    const { addMember, world, pull, client, deployer } = await setUp(['GroupMember.ReadWrite.All'])
    const group = world.addGroup('admins', { isAssignableToRole: true })
    expect(code(await addMember(group.objectId, pull.objectId))).toBe('Authorization_RequestDenied')
    world.grantGraphPermission(deployer, 'RoleManagement.ReadWrite.Directory')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    const body = { '@odata.id': `${root}/directoryObjects/${pull.objectId}` }
    expect((await client.send('POST', `${root}/groups/${group.objectId}/members/$ref`, { token, body })).status).toBe(
      204,
    )
  })

  it('can be nested', async () => {
    const { get, send, group, pull, world } = await setUp(['Application.Read.All', 'GroupMember.Read.All'])
    const inner = world.addGroup('inner', { members: [pull.objectId] })
    world.directory.addMember(group, inner.objectId)
    const other = world.addGroup('other')
    const asked = { ids: [group.objectId, other.objectId] }
    expect(new Set(ids(await get(`/groups/${group.objectId}/transitiveMembers`)))).toEqual(
      new Set([inner.objectId, pull.objectId]),
    )
    for (const [path, body] of [
      [`/servicePrincipals/${pull.objectId}/checkMemberObjects`, asked],
      [`/directoryObjects/${pull.objectId}/checkMemberGroups`, { groupIds: asked.ids }],
    ] as const) {
      expect((await send('POST', path, body)).json).toEqual({
        '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#Collection(Edm.String)',
        value: [group.objectId],
      })
    }
    const all = await send('POST', `/servicePrincipals/${pull.objectId}/getMemberGroups`, {
      securityEnabledOnly: false,
    })
    expect(new Set(all.json.value as unknown as string[])).toEqual(new Set([inner.objectId, group.objectId]))
    const tooMany = await send('POST', `/servicePrincipals/${pull.objectId}/checkMemberObjects`, {
      ids: new Array(21).fill(group.objectId),
    })
    expect(tooMany.status).toBe(400)
  })

  it('list their members in pages', async () => {
    const { get, group, world } = await setUp(['GroupMember.Read.All'])
    for (const name of ['a', 'b', 'c']) world.directory.addMember(group, world.addUser(name).objectId)
    const first = await get(`/groups/${group.objectId}/members?$top=2&$select=displayName`)
    expect(first.json.value).toMatchObject([{ displayName: 'a' }, { displayName: 'b' }])
    const rest = await get(textOf(first.json['@odata.nextLink']).slice(root.length))
    expect(rest.json.value).toEqual([{ '@odata.type': '#microsoft.graph.user', displayName: 'c' }])
    expect(rest.json).not.toHaveProperty('@odata.nextLink')
  })

  it('take effect in Azure Resource Manager after a delay', async () => {
    const contoso = createContoso()
    const group = contoso.world.addGroup('readers')
    const reader = contoso.world.addApplication('reader')
    contoso.world.assignRole({ principalId: group.objectId, role: 'Reader', scope: contoso.group.id })
    const { client, simulator, world } = await start({ contoso, timing: { groupPropagationMs: 60_000 } })
    world.addFederatedCredential(reader, { subject: simulator.subject })
    world.directory.addMember(group, reader.objectId)
    const token = await client.signIn(reader)
    const read = async () =>
      (await client.get(`https://management.azure.com${contoso.registry.id}?api-version=2025-11-01`, token)).status
    expect(await read()).toBe(403)
    world.timing.groupPropagationMs = 0
    expect(await read()).toBe(200)
  })

  it('take effect in assignedTo() after a delay, too', async () => {
    const contoso = createContoso()
    const { cluster, registry, deployer } = contoso
    const pullers = contoso.world.addGroup('pullers')
    contoso.world.assignRole({ principalId: pullers.objectId, role: 'AcrPull', scope: registry.id })
    const { client, world } = await start({ contoso, timing: { groupListingMs: 60_000 } })
    world.directory.addMember(pullers, cluster.kubeletIdentity.objectId)
    const token = await client.signIn(deployer)
    const filter = encodeURIComponent(`atScope() and assignedTo('${cluster.kubeletIdentity.objectId}')`)
    const count = async () =>
      (
        await client.get(
          `https://management.azure.com${registry.id}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${filter}`,
          token,
        )
      ).json.value
    expect(await count()).toHaveLength(0)
    world.timing.groupListingMs = 0
    expect(await count()).toHaveLength(1)
  })
})

describe('application permissions', () => {
  const readAll = '9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30'
  const granting = ['Application.Read.All', 'AppRoleAssignment.ReadWrite.All']

  it('are app roles of Microsoft Graph, and take effect in the next token', async () => {
    const { get, send, pull, world } = await setUp(granting)
    const microsoftGraph = await get("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')")
    expect(microsoftGraph.json).toMatchObject({
      displayName: 'Microsoft Graph',
      appOwnerOrganizationId: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a',
    })
    expect(microsoftGraph.json.appRoles).toContainEqual(
      expect.objectContaining({ id: readAll, value: 'Application.Read.All' }),
    )
    const body = { principalId: pull.objectId, resourceId: microsoftGraph.json.id, appRoleId: readAll }
    const path = `/servicePrincipals/${pull.objectId}/appRoleAssignments`
    const given = await send('POST', path, body)
    expect(given.status).toBe(201)
    expect(given.json).toMatchObject({
      ...body,
      principalType: 'ServicePrincipal',
      resourceDisplayName: 'Microsoft Graph',
    })
    expect([...(world.directory.findClient(pull.clientId)?.graphPermissions ?? [])]).toEqual(['Application.Read.All'])
    const again = await send('POST', path, body)
    expect([again.status, again.json.error?.message]).toEqual([
      400,
      'Permission being assigned already exists on the object',
    ])
    const unknown = await send('POST', path, { ...body, appRoleId: pull.objectId })
    expect([unknown.status, unknown.json.error?.message]).toEqual([
      400,
      "Permission being assigned was not found on application '00000003-0000-0000-c000-000000000000'.",
    ])
    expect(code(await send('POST', path, { ...body, principalId: microsoftGraph.json.id }))).toBe('Request_BadRequest')
    expect(code(await send('POST', path, { ...body, appRoleId: undefined }))).toBe('Request_BadRequest')
  })

  it('require permissions to grant them and to read applications, and must be Microsoft Graph’s', async () => {
    const fixture = await setUp(['AppRoleAssignment.ReadWrite.All'])
    const { send, pull, deployer, world, client } = fixture
    const body = { principalId: pull.objectId, resourceId: deployer.objectId, appRoleId: readAll }
    const path = `/servicePrincipals/${pull.objectId}/appRoleAssignments`
    expect(code(await send('POST', path, body))).toBe('Authorization_RequestDenied')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    expect(code(await client.send('POST', `${root}${path}`, { token, body }))).toBe('Request_BadRequest')
    expect(takeProblems(fixture.simulator)).toEqual([
      expect.stringContaining('app roles of gh-deployer for aks-prod-1-agentpool are not simulated'),
    ])
  })
})

describe('federated credentials of an application', () => {
  const issuer = 'https://token.actions.githubusercontent.com'
  const audiences = ['api://AzureADTokenExchange']
  const credential = { name: 'main', issuer, subject: 'repo:contoso/shop:ref:refs/heads/main', audiences }

  /** The path of an application's credentials, by its object ID. */
  async function pathOf({ get }: Awaited<ReturnType<typeof setUp>>, clientId: string): Promise<string> {
    const found = await get(`/applications?$filter=appId%20eq%20'${clientId}'`)
    const [{ id = '' } = {}] = found.json.value as unknown as { id?: string }[]
    return `/applications/${id}/federatedIdentityCredentials`
  }

  it('are listed with the values that they were added with', async () => {
    const fixture = await setUp(['Application.ReadWrite.All'])
    const { get, send, world } = fixture
    const { clientId } = world.addApplication('other')
    const path = await pathOf(fixture, clientId)
    expect((await get(path)).json.value).toEqual([])
    const added = await send('POST', path, { ...credential, description: 'of main' })
    expect(added.status).toBe(201)
    const listed = await get(path)
    expect(listed.json.value).toEqual([{ ...credential, id: added.json.id, description: 'of main' }])
  })

  it('can be there before the service principal, which then signs in with them', async () => {
    const fixture = await setUp(['Application.ReadWrite.All'])
    const { get, send, world } = fixture
    const { appId = '' } = (await send('POST', '/applications', { displayName: 'new' })).json as { appId?: string }
    const path = await pathOf(fixture, appId)
    expect((await get(path)).json.value).toEqual([])
    expect((await send('POST', path, credential)).status).toBe(201)
    expect((await send('POST', '/servicePrincipals', { appId })).status).toBe(201)
    expect((await get(path)).json.value).toMatchObject([credential])
    expect(world.directory.findClient(appId)?.federatedCredentials).toMatchObject([{ subject: credential.subject }])
  })

  it('have unique names and subjects', async () => {
    const fixture = await setUp(['Application.ReadWrite.All'])
    const { send, world } = fixture
    const [one, two] = [world.addApplication('one'), world.addApplication('two')]
    const path = await pathOf(fixture, one.clientId)
    expect((await send('POST', path, credential)).status).toBe(201)
    const sameName = await send('POST', path, { ...credential, subject: 'another' })
    expect([sameName.status, sameName.json.error]).toEqual([
      409,
      expect.objectContaining({
        code: 'Request_MultipleObjectsWithSameKeyValue',
        message: 'FederatedIdentityCredential with name main already exists.',
      }),
    ])
    const sameSubject = await send('POST', path, { ...credential, name: 'again' })
    expect([sameSubject.status, code(sameSubject)]).toEqual([400, 'InvalidFederatedIdentityCredentialValue'])
    expect((await send('POST', path, { ...credential, name: 'again', issuer: 'https://gitlab.com' })).status).toBe(201)
    expect((await send('POST', await pathOf(fixture, two.clientId), credential)).status).toBe(201)
    expect(one.federatedCredentials.map(({ name }) => name)).toEqual(['main', 'again'])
  })

  it('have an expression instead of a subject in beta', async () => {
    const { client, world, deployer } = await setUp(['Application.ReadWrite.All'])
    const { clientId } = world.addApplication('flexible')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    const path = (version: string) =>
      `https://graph.microsoft.com/${version}/applications(appId='${clientId}')/federatedIdentityCredentials`
    const value = "claims['sub'] matches 'repo:contoso/shop:*' and claims['repository_owner_id'] eq '9919'"
    const claimsMatchingExpression = { value, languageVersion: 1 }
    const body = { name: 'all', issuer, audiences, claimsMatchingExpression }
    for (const wrong of [
      { subject: 'repo:contoso/shop:pull_request' },
      { claimsMatchingExpression: { value: "claims['sub'] matches 'repo:contoso/shop:*'", languageVersion: 1 } },
      { claimsMatchingExpression: { value, languageVersion: 2 } },
    ])
      expect((await client.send('POST', path('beta'), { token, body: { ...body, ...wrong } })).status).toBe(400)
    expect((await client.send('POST', path('beta'), { token, body })).status).toBe(201)
    expect((await client.get(path('beta'), token)).json.value).toMatchObject([{ ...body, subject: null }])
  })

  it('are expanded in the list, and deleted alone or with their application and its service principal', async () => {
    const fixture = await setUp(['Application.ReadWrite.All'])
    const { get, send, world } = fixture
    const created = (await send('POST', '/applications', { displayName: 'new', tags: ['mine'] })).json
    const { appId = '', id = '' } = created as { appId?: string; id?: string }
    const path = `/applications/${id}/federatedIdentityCredentials`
    const added = (await send('POST', path, credential)).json
    const list = async () => {
      const filter = encodeURIComponent(`startswith(displayName,'none') or appId eq '${appId}'`)
      return (await get(`/applications?$filter=${filter}&$expand=federatedIdentityCredentials`)).json.value
    }
    expect(await list()).toMatchObject([{ tags: ['mine'], federatedIdentityCredentials: [{ id: added.id }] }])
    await send('POST', '/servicePrincipals', { appId })
    expect((await send('DELETE', `${path}/${String(added.id)}`)).status).toBe(204)
    expect((await send('DELETE', `${path}/${String(added.id)}`)).status).toBe(404)
    expect(await list()).toMatchObject([{ tags: ['mine'], federatedIdentityCredentials: [] }])
    expect((await send('DELETE', `/applications/${id}`)).status).toBe(204)
    expect(await list()).toEqual([])
    expect(world.directory.findClient(appId)).toBeUndefined()
  })

  it('require a permission and an existing application', async () => {
    const fixture = await setUp([])
    const { get, world, deployer, client } = fixture
    const path = '/applications/11111111-1111-1111-1111-111111111111/federatedIdentityCredentials'
    expect(code(await get(path))).toBe('Authorization_RequestDenied')
    world.grantGraphPermission(deployer, 'Application.Read.All')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    expect((await client.get(`${root}${path}`, token)).status).toBe(404)
    expect((await client.send('POST', `${root}${path}`, { token, body: credential })).status).toBe(403)
  })
})

describe('users', () => {
  it('are found by object ID, with a permission for users', async () => {
    const { get, world, deployer, client } = await setUp(['Application.Read.All'])
    const user = world.addUser('Jo Doe')
    expect((await get(`/users/${user.objectId}`)).status).toBe(403)
    world.grantGraphPermission(deployer, 'User.Read.All')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    const read = (id: string) => client.get(`${root}/users/${id}?$select=id`, token)
    expect((await read(user.objectId)).json).toMatchObject({ id: user.objectId })
    // Other principals aren't found as users.
    expect((await read(deployer.objectId)).status).toBe(404)
  })
})

describe('directory objects', () => {
  it('are resolved if they exist and the caller can read them', async () => {
    const { send, group, deployer } = await setUp(['Application.Read.All'])
    const body = { ids: [group.objectId, deployer.objectId, '11111111-1111-1111-1111-111111111111'] }
    expect(ids(await send('POST', '/directoryObjects/getByIds', body))).toEqual([deployer.objectId])
  })

  it('are not returned for a token of another audience', async () => {
    const { client, deployer, simulator } = await setUp([])
    const answer = await client.get(`${root}/groups`, await client.signIn(deployer))
    expect(answer.json.error).toMatchObject({
      code: 'InvalidAuthenticationToken',
      message: 'Access token validation failure. Invalid audience.',
    })
    expect(takeProblems(simulator)).toHaveLength(1)
  })
})
