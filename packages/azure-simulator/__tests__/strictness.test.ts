import { describe, expect, it } from 'vitest'
import { arm, textOf } from '../src/client.js'
import { start, takeProblems } from './support/fixture.js'

describe('mistakes that no correct client makes', () => {
  it('refuses and reports hosts that are not simulated', async () => {
    const { client, simulator } = await start()
    expect((await client.get('https://example.com/')).status).toBe(403)
    expect(takeProblems(simulator)).toEqual(['refused a connection to example.com:443'])
  })

  it('refuses other ports of simulated hosts', async () => {
    const { client, simulator } = await start()
    expect((await client.get('https://management.azure.com:8443/')).status).toBe(403)
    expect(takeProblems(simulator)).toEqual(['refused a connection to management.azure.com:8443'])
  })

  it('answers unknown resource types as ARM does', async () => {
    const { client, simulator, deployer, group } = await start()
    const token = await client.signIn(deployer)
    const answer = await client.get(arm(`${group.id}/providers/Microsoft.Compute/virtualMachines`, '2024-07-01'), token)
    expect(answer.status).toBe(404)
    expect(answer.json.error).toEqual({
      code: 'InvalidResourceType',
      message:
        "The resource type could not be found in the namespace 'Microsoft.Compute' for api version '2024-07-01'.",
    })
    expect(takeProblems(simulator)).toHaveLength(1)
  })

  it('requires an api-version', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    const answer = await client.get('https://management.azure.com/subscriptions', token)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ error: { code: 'MissingApiVersionParameter' } })
    expect(takeProblems(simulator)).toEqual(['GET https://management.azure.com/subscriptions: api-version is missing'])
  })

  it('accepts only the api-versions of each type', async () => {
    const { client, simulator, deployer, registry } = await start()
    const token = await client.signIn(deployer)
    const old = await client.get(arm(registry.id, '1999-01-01'), token)
    expect([old.status, old.json.error?.code]).toEqual([400, 'NoRegisteredProviderFound'])
    expect(textOf(old.json.error?.message)).toContain("API version '1999-01-01' for type 'registries'")
    const own = await client.get(arm('/subscriptions', '1999-01-01'), token)
    expect([own.status, own.json.error?.code]).toEqual([400, 'InvalidApiVersionParameter'])
    expect(takeProblems(simulator)).toHaveLength(2)
  })

  it('requires a bearer token, and names the tenant that issues it', async () => {
    const { client, simulator, world } = await start()
    const answer = await client.get(arm('/subscriptions', '2022-12-01'))
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toContain(
      `authorization_uri="https://login.microsoftonline.com/${world.tenantId}"`,
    )
    expect(takeProblems(simulator)).toEqual(['GET https://management.azure.com/subscriptions: no bearer token'])
  })

  it('refuses tokens for another audience, in Azure’s words', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer, 'https://containerregistry.azure.net')
    const answer = await client.get(arm('/subscriptions', '2022-12-01'), token)
    expect(answer.status).toBe(401)
    expect(answer.json.error?.message).toBe(
      "The access token has been obtained for wrong audience or resource 'https://containerregistry.azure.net'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.",
    )
    expect(takeProblems(simulator)).toHaveLength(1)
  })

  it('refuses tokens of another world’s tenant', async () => {
    const [first, second] = [await start(), await start()]
    const token = await first.client.signIn(first.deployer)
    const answer = await second.client.get(arm('/subscriptions', '2022-12-01'), token)
    expect(answer.json).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } })
    expect(takeProblems(second.simulator)).toHaveLength(1)
  })

  it('refuses expired tokens without a problem, because a slow client is still correct', async () => {
    const { client, deployer } = await start({ timing: { tokenLifetimeSeconds: -1 } })
    const token = await client.signIn(deployer)
    const answer = await client.get(arm('/subscriptions', '2022-12-01'), token)
    expect(answer.status).toBe(401)
    expect(answer.json).toMatchObject({ error: { code: 'ExpiredAuthenticationToken' } })
  })

  it('reports its own answers that violate the specification', async () => {
    const { client, simulator, deployer, registry } = await start()
    registry.body.properties.creationDate = 'yesterday'
    const token = await client.signIn(deployer)
    await client.get(arm(registry.id, '2025-11-01'), token)
    expect(takeProblems(simulator)).toEqual([
      expect.stringContaining('Registries_Get: answer: /properties/creationDate must match format "date-time"'),
    ])
  })

  it('reports accepted requests that violate the specification', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    const url = arm('/providers/Microsoft.ResourceGraph/resources', '2022-10-01')
    await client.send('POST', url, { token, body: { query: 'resources', options: { $top: 'all' } } })
    expect(takeProblems(simulator)).toContainEqual(
      expect.stringContaining('Resources: request: /options/$top must be integer'),
    )
  })

  it('reports registry answers that violate the specification', async () => {
    const { client, simulator, registry } = await start()
    registry.body.properties.anonymousPullEnabled = true
    registry.images.push('team/app', 'v1')
    const tag = registry.images.repositories.get('team/app')?.tags.get('v1')
    if (tag !== undefined) Object.assign(tag, { digest: 1 })
    const host = 'https://contosoacr.azurecr.io'
    const query = new URLSearchParams({ service: registry.loginServer, scope: 'repository:team/app:metadata_read' })
    const { json } = await client.get(`${host}/oauth2/token?${query.toString()}`)
    await client.get(`${host}/acr/v1/team/app/_tags`, textOf(json.access_token))
    expect(takeProblems(simulator)).toContainEqual(
      expect.stringContaining('ContainerRegistry_GetTags: answer: /tags/0/digest must be string'),
    )
  })

  it('reports query parameters without effect', async () => {
    const { client, simulator, deployer, registry, group } = await start()
    const token = await client.signIn(deployer)
    await client.get(arm(registry.id, '2025-11-01', { $expand: 'properties' }), token)
    await client.get(
      arm(`${group.id}/providers/Microsoft.ContainerService/managedClusters`, '2026-04-01', { $filter: "name eq 'x'" }),
      token,
    )
    const assignments = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
    await client.get(arm(assignments, '2022-04-01', { $orderby: 'createdOn' }), token)
    expect(takeProblems(simulator)).toEqual([
      expect.stringContaining('the query parameter $expand is not simulated here'),
      expect.stringContaining('the query parameter $filter is not simulated here'),
      expect.stringContaining('the query parameter $orderby is not simulated here'),
    ])
  })

  it('reports headers without effect', async () => {
    const { client, simulator, deployer, registry } = await start()
    const token = await client.signIn(deployer)
    await client.send('GET', arm(registry.id, '2025-11-01'), { token, headers: { 'if-none-match': '"1"' } })
    expect(takeProblems(simulator)).toEqual([expect.stringContaining('the header if-none-match is not simulated here')])
  })

  it('reports body properties that are neither read nor stored', async () => {
    const { client, simulator, deployer, group, cluster, subscription, world } = await start()
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const token = await client.signIn(deployer)
    const url = arm(`${group.id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/new`, '2023-01-31')
    await client.send('PUT', url, { token, body: { location: 'westus', tags: { a: 'b' } } })
    expect(simulator.problems).toEqual([])
    const body = { ...cluster.body, location: 'eastus', sku: { name: 'Automatic', tier: 'Standard' } }
    await client.send('PUT', arm(cluster.id, '2026-04-01'), { token, body })
    const query = { query: 'resources', options: { allowPartialScopes: true, $top: 5 } }
    await client.send('POST', arm('/providers/Microsoft.ResourceGraph/resources', '2022-10-01'), { token, body: query })
    expect(takeProblems(simulator).map(text => text.slice(text.lastIndexOf(': ') + 2))).toEqual([
      'changing /location of a cluster is not simulated',
      'changing /sku/name of a cluster is not simulated',
      '/options/allowPartialScopes of the body is not simulated here',
    ])
  })

  it('reports unsupported requests to Microsoft Graph', async () => {
    const { client, simulator, deployer, world } = await start()
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    world.addGroup('pullers')
    const token = await client.signIn(deployer, 'https://graph.microsoft.com')
    const send = (query: string, headers: Record<string, string> = {}) =>
      client.send('GET', `https://graph.microsoft.com/v1.0/groups?${query}`, { token, headers })
    await send('$orderby=displayName')
    await send('$count=true', { consistencylevel: 'eventual' })
    const mixed = await send("$filter=displayName eq 'a' and mailNickname eq 'b' or displayName eq 'c'")
    expect(mixed.status).toBe(400)
    const unknown = await send("$filter=colour eq 'a'")
    expect([unknown.status, unknown.json.error?.code]).toEqual([400, 'Request_UnsupportedQuery'])
    expect(takeProblems(simulator).map(text => text.slice(text.lastIndexOf(': ') + 2))).toEqual([
      'the query parameter $orderby is not simulated here',
      'the query parameter $count is not simulated here',
      'the header consistencylevel is not simulated here',
    ])
  })

  it('reports unsupported requests to registries', async () => {
    const { client, simulator, registry } = await start()
    registry.body.properties.anonymousPullEnabled = true
    registry.images.push('team/app', 'v1')
    const query = new URLSearchParams({ service: registry.loginServer, scope: 'repository:team/app:metadata_read' })
    const { json } = await client.get(`https://contosoacr.azurecr.io/oauth2/token?${query.toString()}`)
    await client.get(
      'https://contosoacr.azurecr.io/acr/v1/team/app/_tags?orderby=timedesc&name=v1',
      textOf(json.access_token),
    )
    expect(takeProblems(simulator)).toEqual([expect.stringContaining('the query parameter name is not simulated here')])
  })
})
