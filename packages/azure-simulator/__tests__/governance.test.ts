import { describe, expect, it } from 'vitest'
import { arm, type Answer } from '../src/client.js'
import { hour } from './support/hour.js'
import { start, takeProblems, type Fixture } from './support/fixture.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const name = '11111111-aaaa-4aaa-8aaa-111111111111'
const error = (answer: Answer) => [answer.status, answer.json.error?.code]

/** PUT and DELETE of AcrPull for the kubelet identity on the registry. */
async function operator({ client, deployer, registry, cluster }: Fixture) {
  const token = await client.signIn(deployer)
  const url = (assignment: string) =>
    arm(`${registry.id}/providers/Microsoft.Authorization/roleAssignments/${assignment}`)
  return {
    token,
    put: () =>
      client.send('PUT', url(name), {
        token,
        body: {
          properties: {
            roleDefinitionId: acrPull,
            principalId: cluster.kubeletIdentity.objectId,
            principalType: 'ServicePrincipal',
          },
        },
      }),
    remove: () => client.send('DELETE', url(name), { token }),
  }
}

describe('locks', () => {
  it('block deletes, or all writes', async () => {
    const fixture = await start()
    const { put, remove } = await operator(fixture)
    const lock = fixture.world.addLock({ scope: fixture.group.id, level: 'CanNotDelete' })
    expect((await put()).status).toBe(201)
    const refused = await remove()
    expect(error(refused)).toEqual([409, 'ScopeLocked'])
    expect(refused.json.error?.message).toContain(
      `cannot perform delete operation because following scope(s) are locked: '${lock.scope}'. Please remove the lock and try again.`,
    )
    fixture.world.locks.length = 0
    fixture.world.addLock({ scope: fixture.registry.id, level: 'ReadOnly' })
    expect(error(await put())).toEqual([409, 'ScopeLocked'])
  })
})

describe('an owner', () => {
  it('locks a registry, and denies role assignments there, until both are deleted', async () => {
    const fixture = await start()
    const { world, deployer, subscription, registry, client } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const { token, put } = await operator(fixture)
    const send = (method: string, path: string, version: string, properties?: unknown) =>
      client.send(method, arm(path, version), { token, ...(properties !== undefined && { body: { properties } }) })
    const authorization = (scope: string, kind: string) => `${scope}/providers/Microsoft.Authorization/${kind}/asked`

    const lock = authorization(registry.id, 'locks')
    expect((await send('PUT', lock, '2016-09-01', { level: 'ReadOnly' })).status).toBe(201)
    expect(error(await put())).toEqual([409, 'ScopeLocked'])
    expect((await send('DELETE', lock, '2016-09-01')).status).toBe(200)
    expect((await send('DELETE', lock, '2016-09-01')).status).toBe(204)

    const definition = authorization(subscription.id, 'policyDefinitions')
    const assignment = authorization(registry.id, 'policyAssignments')
    const assigned = { policyDefinitionId: definition }
    expect(error(await send('PUT', assignment, '2021-06-01', assigned))).toEqual([404, 'PolicyDefinitionNotFound'])
    const policyRule = {
      if: { field: 'type', equals: 'Microsoft.Authorization/roleAssignments' },
      then: { effect: 'deny' },
    }
    expect((await send('PUT', definition, '2021-06-01', { mode: 'All', policyRule })).status).toBe(201)
    expect((await send('PUT', assignment, '2021-06-01', assigned)).status).toBe(201)
    expect(error(await put())).toEqual([403, 'RequestDisallowedByPolicy'])
    for (const path of [assignment, definition]) {
      expect((await send('DELETE', path, '2021-06-01')).status).toBe(200)
      expect((await send('DELETE', path, '2021-06-01')).status).toBe(204)
    }
    expect((await put()).status).toBe(201)
  })
})

describe('deny assignments', () => {
  it('override roles, and are listed', async () => {
    const fixture = await start()
    const { world, group, registry, deployer, client } = fixture
    const { put, token } = await operator(fixture)
    const denial = world.addDenyAssignment({
      name: 'node resource group lock-down',
      scope: group.id,
      actions: ['*'],
      notActions: ['*/read'],
    })
    const refused = await put()
    expect(error(refused)).toEqual([403, 'DenyAssignmentAuthorizationFailed'])
    expect(refused.json.error?.message).toContain(
      `however, the access is denied because of the deny assignment with name 'node resource group lock-down' and Id '${denial.name.replaceAll('-', '')}' at scope '${group.id}'.`,
    )
    const list = await client.get(
      arm(`${registry.id}/providers/Microsoft.Authorization/denyAssignments`, '2022-04-01', { $filter: 'atScope()' }),
      token,
    )
    expect(list.json.value).toMatchObject([
      {
        name: denial.name,
        properties: { denyAssignmentName: 'node resource group lock-down', isSystemProtected: true },
      },
    ])
    world.denyAssignments.length = 0
    world.addDenyAssignment({ name: 'others', scope: group.id, actions: ['*'], excludePrincipals: [deployer.objectId] })
    world.addDenyAssignment({ name: 'not below', scope: group.id, actions: ['*'], doNotApplyToChildScopes: true })
    expect((await put()).status).toBe(201)
  })
})

describe('limits', () => {
  it('cap the role assignments of a subscription', async () => {
    const fixture = await start()
    const { put } = await operator(fixture)
    fixture.world.roleAssignmentLimit = 2
    expect(error(await put())).toEqual([400, 'RoleAssignmentLimitExceeded'])
    fixture.world.roleAssignmentLimit = 3
    expect((await put()).status).toBe(201)
  })

  it('throttle with a token bucket per kind of call', async () => {
    const fixture = await start()
    const { token, remove } = await operator(fixture)
    const slow = { size: 2, refillPerSecond: 0.01 }
    fixture.world.throttling = { reads: slow, writes: slow, deletes: slow }
    const read = () => fixture.client.get(arm(fixture.registry.id, '2025-11-01'), token)
    expect([(await read()).status, (await read()).status]).toEqual([200, 200])
    const throttled = await read()
    expect(error(throttled)).toEqual([429, 'SubscriptionRequestsThrottled'])
    expect(throttled.headers['retry-after']).toMatch(/^(9\d|100)$/)
    expect((await remove()).status).toBe(204)
  })
})

describe('creating registries', () => {
  const body = {
    location: 'westeurope',
    sku: { name: 'Premium' },
    tags: { team: 'shop' },
    properties: { adminUserEnabled: false },
  }

  async function creator(options: Parameters<typeof start>[0] = {}) {
    const fixture = await start(options)
    fixture.world.assignRole({ principalId: fixture.deployer.objectId, role: 'Contributor', scope: fixture.group.id })
    const token = await fixture.client.signIn(fixture.deployer)
    const url = (registry: string) =>
      arm(`${fixture.group.id}/providers/Microsoft.ContainerRegistry/registries/${registry}`, '2025-11-01')
    return {
      ...fixture,
      get: (link: string) => fixture.client.get(link, token),
      url,
      put: (registry: string, request: unknown = body) =>
        fixture.client.send('PUT', url(registry), { token, body: request }),
    }
  }

  it('is synchronous by default', async () => {
    const { put, get, url } = await creator()
    const created = await put('newacr')
    expect(created.status).toBe(200)
    expect(created.json).toMatchObject({
      sku: { name: 'Premium' },
      tags: { team: 'shop' },
      properties: { loginServer: 'newacr.azurecr.io', provisioningState: 'Succeeded' },
    })
    expect((await get(url('NewACR'))).json.id).toBe(created.json.id)
    expect((await put('newacr')).json.id).toBe(created.json.id)
  })

  it('can take time, with an operation to poll at a changing URL', async () => {
    const { put, get, url, world } = await creator({ timing: { registryCreationMs: hour } })
    const created = await put('newacr')
    expect([created.status, created.json.properties?.provisioningState]).toEqual([201, 'Creating'])
    const first = String(created.headers['azure-asyncoperation'])
    const running = await get(first)
    expect(running.json).toEqual({ status: 'Creating' })
    expect(running.headers['azure-asyncoperation']).not.toBe(first)
    world.passTime(hour)
    expect((await get(String(running.headers['azure-asyncoperation']))).json).toEqual({ status: 'Succeeded' })
    expect((await get(url('newacr'))).json.properties?.provisioningState).toBe('Succeeded')
  })

  it('checks Azure Policy', async () => {
    const { put, world, group } = await creator()
    const type = 'Microsoft.ContainerRegistry/registries'
    const policy = world.addPolicy({ id: 'no-registries', name: 'No registries', scope: group.id, type })
    const refused = await put('newacr')
    expect(error(refused)).toEqual([403, 'RequestDisallowedByPolicy'])
    expect(refused.json.error).toMatchObject({
      message: expect.stringContaining(`"policyAssignment":{"name":"No registries","id":"${policy.id}"}`) as unknown,
      additionalInfo: [{ type: 'PolicyViolation' }],
    })
  })

  it('applies all settings, and changes those of an existing registry', async () => {
    const { put, get, url } = await creator()
    const closed = {
      publicNetworkAccess: 'Disabled',
      networkRuleBypassOptions: 'None',
      zoneRedundancy: 'Enabled',
      policies: { quarantinePolicy: { status: 'enabled' } },
    }
    const created = await put('newacr', { ...body, properties: closed })
    expect(created.json.properties).toMatchObject(closed)
    const changed = { ...closed, anonymousPullEnabled: true }
    const again = await put('newacr', { ...body, properties: { anonymousPullEnabled: true } })
    expect(again.json.properties).toMatchObject(changed)
    expect((await get(url('newacr'))).json.properties).toMatchObject(changed)
  })

  it.each<[string, Record<string, unknown>]>([
    ['an unknown value', { publicNetworkAccess: 'Maybe' }],
    ['a closed network below Premium', { publicNetworkAccess: 'Disabled' }],
    ['firewall rules below Premium', { networkRuleSet: { defaultAction: 'Deny', ipRules: [] } }],
    ['anonymous pulls from a Basic registry', { anonymousPullEnabled: true }],
    ['quarantine below Premium', { policies: { quarantinePolicy: { status: 'enabled' } } }],
    ['an unknown mode', { roleAssignmentMode: 'Abac' }],
  ])('refuses %s, and creates nothing', async (_, properties) => {
    const { put, world } = await creator()
    const before = world.resources.length
    const answer = await put('newacr', { location: 'westeurope', sku: { name: 'Basic' }, properties })
    expect(error(answer)).toEqual([400, 'InvalidRequestContent'])
    expect(world.resources).toHaveLength(before)
  })

  it('returns the properties of each api-version', async () => {
    const { get, registry } = await creator()
    const keys = async (version: string) => Object.keys((await get(arm(registry.id, version))).json.properties ?? {})
    expect(await keys('2025-11-01')).toContain('roleAssignmentMode')
    expect(await keys('2025-11-01')).not.toContain('metadataSearch')
    expect(await keys('2023-07-01')).not.toContain('roleAssignmentMode')
    expect(await keys('2023-11-01-preview')).toContain('metadataSearch')
  })

  it('reports properties that the api-version does not have', async () => {
    const { put, simulator } = await creator()
    await put('newacr', { ...body, properties: { adminUserEnabled: false, abac: true } })
    expect(takeProblems(simulator)).toEqual([
      expect.stringContaining('changing abac of a registry is not simulated'),
      expect.stringContaining('Registries_Create: request: /properties/abac is not a property in this api-version'),
    ])
  })

  it('refuses bad requests, taken names and callers without permission', async () => {
    const { put, world, group, deployer } = await creator()
    expect(error(await put('no'))).toEqual([400, 'InvalidResourceName'])
    expect(error(await put('newacr', { ...body, location: undefined }))).toEqual([400, 'LocationRequired'])
    expect(error(await put('newacr', { ...body, sku: { name: 'Classic' } }))).toEqual([400, 'InvalidRequestContent'])
    world.addSubscription().addResourceGroup('elsewhere').addRegistry('TakenAcr')
    expect(error(await put('takenacr'))).toEqual([409, 'AlreadyInUse'])
    expect(error(await put('newacr', { ...body, location: 'middleearth' }))).toEqual([
      400,
      'LocationNotAvailableForResourceType',
    ])
    expect(error(await put('contosoacr', { ...body, location: 'North Europe' }))).toEqual([
      409,
      'InvalidResourceLocation',
    ])
    for (const assignment of world.roleAssignments.filter(
      entry => entry.principalId === deployer.objectId && entry.scope === group.id,
    )) {
      world.assignments.remove(assignment)
    }
    expect(error(await put('newacr'))).toEqual([403, 'AuthorizationFailed'])
  })
})

describe('identities', () => {
  it('are returned with their tenant', async () => {
    const fixture = await start()
    const tenantId = fixture.world.addTenant('fabrikam')
    const identity = fixture.group.addUserAssignedIdentity('kubelet', { tenantId })
    const { token } = await operator(fixture)
    const answer = await fixture.client.get(arm(identity.resourceId, '2023-01-31'), token)
    expect(answer.json).toMatchObject({
      id: identity.resourceId,
      properties: { tenantId, principalId: identity.objectId, clientId: identity.clientId },
    })
  })
})

describe('federated credentials of an identity', () => {
  it('are replaced by name, listed, and unique by subject', async () => {
    const fixture = await start()
    const { client, world, deployer, group } = fixture
    const identity = group.addUserAssignedIdentity('deployer')
    const token = await client.signIn(deployer)
    const url = (credential = '') =>
      arm(`${identity.resourceId}/federatedIdentityCredentials${credential && `/${credential}`}`, '2023-01-31')
    const properties = {
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:contoso/shop:ref:refs/heads/main',
      audiences: ['api://AzureADTokenExchange'],
    }
    const put = (credential: string, change: object = {}) =>
      client.send('PUT', url(credential), { token, body: { properties: { ...properties, ...change } } })
    expect(error(await put('main'))).toEqual([403, 'AuthorizationFailed'])
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
    const created = await put('main')
    expect(created.status).toBe(201)
    expect((await put('main', { subject: 'repo:contoso/shop:pull_request' })).status).toBe(200)
    expect((await put('other')).status).toBe(201)
    expect(error(await put('third'))).toEqual([409, 'Conflict'])
    expect(error(await put('third', { audiences: [] }))).toEqual([400, 'InvalidRequestContent'])
    const type = 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials'
    expect((await client.get(url(), token)).json.value).toEqual([
      {
        ...{ id: `${identity.resourceId}/federatedIdentityCredentials/main`, name: 'main', type },
        properties: { ...properties, subject: 'repo:contoso/shop:pull_request' },
      },
      { id: `${identity.resourceId}/federatedIdentityCredentials/other`, name: 'other', type, properties },
    ])
  })
})

describe('private endpoint connections and replications', () => {
  it('are empty lists, for callers with read access', async () => {
    const { client, world, deployer, registry } = await start()
    const token = await client.signIn(deployer)
    for (const child of ['replications', 'privateEndpointConnections']) {
      const answer = await client.get(arm(`${registry.id}/${child}`, '2025-03-01-preview'), token)
      expect([answer.status, answer.json]).toEqual([200, { value: [] }])
      const missing = await client.get(arm(`${registry.id}2/${child}`, '2025-03-01-preview'), token)
      expect(missing.status).toBe(404)
    }
    const stranger = world.addApplication('stranger', { federatedCredentials: [...deployer.federatedCredentials] })
    world.assignRole({ principalId: stranger.objectId, role: 'AcrPull', scope: registry.id })
    const refused = await client.get(
      arm(`${registry.id}/replications`, '2025-03-01-preview'),
      await client.signIn(stranger),
    )
    expect(error(refused)).toEqual([403, 'AuthorizationFailed'])
  })
})

describe('policy assignments', () => {
  it('are listed with those above and below the scope', async () => {
    const fixture = await start()
    const { client, world, deployer, subscription, group, registry, cluster } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const token = await client.signIn(deployer)
    const type = 'Microsoft.Storage/storageAccounts'
    for (const [id, scope] of Object.entries({
      ...{ everywhere: subscription.id, shop: group.id, registry: registry.id, cluster: cluster.id },
    }))
      world.addPolicy({ id, name: `Policy of ${id}`, scope, type })
    const list = async (scope: string, query = '') => {
      const url = arm(`${scope}/providers/Microsoft.Authorization/policyAssignments`, '2021-06-01')
      return (await client.get(`${url}${query}`, token)).json.value as unknown as { name: string }[]
    }
    expect((await list(registry.id)).map(({ name }) => name)).toEqual(['everywhere', 'shop', 'registry'])
    expect((await list(group.id)).map(({ name }) => name)).toEqual(['everywhere', 'shop', 'registry', 'cluster'])
    expect((await list(registry.id))[1]).toEqual({
      ...{ id: `${group.id}/providers/Microsoft.Authorization/policyAssignments/shop`, name: 'shop' },
      type: 'Microsoft.Authorization/policyAssignments',
      properties: { displayName: 'Policy of shop', scope: group.id, enforcementMode: 'Default' },
    })
    await list(registry.id, '&$filter=atExactScope()')
    expect(takeProblems(fixture.simulator)).toEqual([
      expect.stringContaining('$filter=atExactScope() of policy assignments is not simulated'),
    ])
  })
})

describe('policies with a condition on the resource', () => {
  const error = 'RequestDisallowedByPolicy'
  const version = '2025-11-01'

  it('deny matching resources, and allow all others', async () => {
    const { client, world, deployer, subscription, group, registry, cluster } = await start()
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const token = await client.signIn(deployer)
    const type = 'Microsoft.ContainerRegistry/registries'
    const when = { field: `${type}/anonymousPullEnabled`, equals: true }
    world.addPolicy({ id: 'no-anonymous', name: 'No anonymous pull', scope: group.id, type, when })
    world.addPolicy({
      id: 'europe',
      name: 'Europe only',
      scope: group.id,
      type,
      when: { field: 'location', notIn: ['westeurope', 'northeurope'] },
    })
    world.addPolicy({
      id: 'tagged',
      name: 'Tagged',
      scope: group.id,
      type,
      when: { field: 'tags.owner', exists: false },
    })
    const put = async (body: object) => {
      const url = arm(`${group.id}/providers/${type}/newacr`, version)
      const answer = await client.send('PUT', url, {
        token,
        body: { sku: { name: 'Standard' }, tags: { owner: 'a' }, ...body },
      })
      return [
        answer.status,
        answer.json.error?.code,
        answer.json.error?.additionalInfo?.[0]?.info?.policyAssignmentDisplayName,
      ]
    }
    expect(await put({ location: 'westeurope', properties: { anonymousPullEnabled: true } })).toEqual([
      403,
      error,
      'No anonymous pull',
    ])
    expect(await put({ location: 'eastus' })).toEqual([403, error, 'Europe only'])
    expect(await put({ location: 'WestEurope', tags: {} })).toEqual([403, error, 'Tagged'])
    expect(await put({ location: 'WestEurope' })).toEqual([200, undefined, undefined])
    // A PATCH is judged together with the rest of the resource.
    const patch = await client.send('PATCH', arm(registry.id, version), {
      token,
      body: { properties: { adminUserEnabled: true } },
    })
    expect([patch.status, patch.json.error?.code]).toEqual([403, error])

    const assignments = 'Microsoft.Authorization/roleAssignments'
    const users = { field: `${assignments}/principalType`, notEquals: 'ServicePrincipal' }
    world.addPolicy({ id: 'no-people', name: 'No people', scope: subscription.id, type: assignments, when: users })
    const assign = async (principalType: string, principalId: string, digit: number) => {
      const url = arm(`${registry.id}/providers/${assignments}/11111111-aaaa-4aaa-8aaa-11111111111${String(digit)}`)
      return (
        await client.send('PUT', url, {
          token,
          body: { properties: { roleDefinitionId: acrPull, principalId, principalType } },
        })
      ).status
    }
    expect(await assign('User', world.addUser('Jane').objectId, 1)).toBe(403)
    expect(await assign('ServicePrincipal', cluster.kubeletIdentity.objectId, 2)).toBe(201)
  })
})
