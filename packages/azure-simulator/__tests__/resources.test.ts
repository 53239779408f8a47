import { describe, expect, it } from 'vitest'
import { createContoso } from '../src/contoso.js'
import { newGuid } from '../src/model/ids.js'
import { createWorld } from '../src/world/world.js'
import { arm, textOf, type Json } from '../src/client.js'
import { start } from './support/fixture.js'

const clusters = 'Microsoft.ContainerService/managedClusters'
const registries = 'Microsoft.ContainerRegistry/registries'
const names = (list: Json | undefined) => (list as unknown as Json[]).map(entry => entry.name)

describe('resources', () => {
  it('returns a cluster like AKS, with a separate kubelet identity', async () => {
    const { client, deployer, cluster, group } = await start()
    const token = await client.signIn(deployer)
    const answer = await client.get(arm(`${group.id}/providers/${clusters}/AKS-PROD-1`, '2026-04-01'), token)
    const { objectId, clientId, resourceId } = cluster.kubeletIdentity
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json).toMatchObject({
      id: expect.stringContaining('/resourcegroups/rg-shop/') as string,
      type: 'Microsoft.ContainerService/ManagedClusters',
      properties: {
        identityProfile: { kubeletidentity: { objectId, clientId, resourceId } },
        servicePrincipalProfile: { clientId: 'msi' },
      },
      identity: { type: 'SystemAssigned', principalId: cluster.controlPlanePrincipalId },
    })
    expect(new Set([objectId, clientId, cluster.controlPlanePrincipalId]).size).toBe(3)
    expect(resourceId).toContain('/resourcegroups/MC_rg-shop_aks-prod-1_westeurope/')
  })

  it('returns every kind of cluster and registry as specified', async () => {
    const { client, deployer, group, subscription, world } = await start()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const own = group.addUserAssignedIdentity('kubelet')
    group.addCluster('own', { kubeletIdentity: own, identity: 'UserAssigned' })
    group.addCluster('principal', {
      identity: 'ServicePrincipal',
      agentPools: [{ name: 'win', osType: 'Windows', count: 0 }],
    })
    group.addCluster('creating', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    group.addCluster('private', {
      privateCluster: true,
      disableRunCommand: true,
      aad: true,
      azureRbac: true,
      disableLocalAccounts: true,
      powerState: 'Stopped',
      nodeResourceGroupRestriction: 'ReadOnly',
    })
    group.addRegistry('premium', {
      sku: 'Premium',
      networkDefaultAction: 'Deny',
      publicNetworkAccess: 'Disabled',
      roleAssignmentMode: 'AbacRepositoryPermissions',
    })
    group.addRegistry('old', {
      roleAssignmentMode: undefined,
      loginServer: 'old-abc123.azurecr.io',
      armAudienceEnabled: false,
    })
    const token = await client.signIn(deployer)
    const listed = await client.get(arm(`${subscription.id}/providers/${clusters}`, '2026-04-01'), token)
    const value = listed.json.value as unknown as Json[]
    const byName = (name: string) => value.find(entry => textOf(entry.name) === name)?.properties
    expect(byName('own')?.identityProfile?.kubeletidentity?.objectId).toBe(own.objectId)
    expect(byName('principal')?.identityProfile).toBeUndefined()
    expect(byName('creating')?.identityProfile).toBeUndefined()
    expect(byName('private')).toMatchObject({
      powerState: { code: 'Stopped' },
      apiServerAccessProfile: { enablePrivateCluster: true, disableRunCommand: true },
    })
    const found = await client.get(arm(`${subscription.id}/providers/${registries}`, '2025-11-01'), token)
    expect(names(found.json.value)).toEqual(['contosoacr', 'premium', 'old'])
    expect(found.json.value?.[2]?.properties).not.toHaveProperty('roleAssignmentMode')
  })

  it('pages lists by nextLink', async () => {
    const { client, deployer, group, world } = await start()
    for (const name of ['b', 'c', 'd', 'e']) group.addCluster(name)
    world.pageSize = 2
    const token = await client.signIn(deployer)
    const pages: unknown[] = []
    let url: string | undefined = arm(`${group.id}/providers/${clusters}`, '2026-04-01')
    while (url !== undefined) {
      const page = await client.get(url, token)
      pages.push(names(page.json.value))
      url = page.json.nextLink as string | undefined
    }
    expect(pages).toEqual([['aks-prod-1', 'b'], ['c', 'd'], ['e']])
  })

  it('lists the resources that the caller can read, and refuses if there are none', async () => {
    const { client, world, deployer, group, subscription, registry } = await start()
    group.addRegistry('secret')
    for (const assignment of [...world.roleAssignments]) world.assignments.remove(assignment)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: registry.id })
    const token = await client.signIn(deployer)
    const list = await client.get(arm(`${group.id}/providers/${registries}`, '2025-11-01'), token)
    expect(names(list.json.value)).toEqual(['contosoacr'])
    const refused = await client.get(arm(`${subscription.id}/providers/${clusters}`, '2026-04-01'), token)
    expect(refused.json.error?.message).toContain(
      `'Microsoft.ContainerService/managedClusters/read' over scope '${subscription.id}'`,
    )
    const filtered = arm(`${subscription.id}/resources`, '2021-04-01', { $filter: `resourceType eq '${registries}'` })
    const resources = await client.get(filtered, token)
    expect(resources.json.value).toMatchObject([{ name: 'contosoacr', type: registries, sku: { name: 'Standard' } }])
    expect(resources.json.value?.[0]).not.toHaveProperty('properties')
  })

  it('hides a subscription from a caller without a role in it', async () => {
    const { client, world, deployer, subscription } = await start()
    const other = world.addSubscription({ displayName: 'Other' })
    const token = await client.signIn(deployer)
    const hidden = await client.get(arm(other.id, '2022-12-01'), token)
    expect(hidden.status).toBe(403)
    expect(hidden.json.error).toMatchObject({
      code: 'AuthorizationFailed',
      message: expect.stringContaining(
        `perform action 'Microsoft.Resources/subscriptions/read' over scope '${other.id}'`,
      ) as string,
    })
    const nobodys = newGuid()
    expect((await client.get(arm(`/subscriptions/${nobodys}`, '2022-12-01'), token)).json.error).toEqual({
      code: 'SubscriptionNotFound',
      message: `The subscription '${nobodys}' could not be found.`,
    })
    const list = await client.get(arm('/subscriptions', '2022-12-01'), token)
    expect(list.json.value).toMatchObject([{ subscriptionId: subscription.subscriptionId, state: 'Enabled' }])
  })

  it('refuses tokens of a tenant other than the subscription’s', async () => {
    const contoso = createContoso()
    const foreign = contoso.world.addSubscription({ tenantId: contoso.world.addTenant('fabrikam') })
    const { client, deployer } = await start({ contoso })
    const answer = await client.get(arm(foreign.id, '2022-12-01'), await client.signIn(deployer))
    expect(answer.status).toBe(401)
    expect(answer.json).toMatchObject({ error: { code: 'InvalidAuthenticationTokenTenant' } })
  })

  it('takes tokens of a tenant that a subscription is delegated to, whose directory knows nobody there', async () => {
    const contoso = createContoso()
    const { world, deployer } = contoso
    const tenantId = world.addTenant('fabrikam')
    const theirs = world.addSubscription({ tenantId, managedByTenants: [world.tenantId] })
    const cluster = theirs.addResourceGroup('rg-theirs').addCluster('aks-theirs')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: theirs.id })
    world.grantGraphPermission(deployer, 'Directory.Read.All')
    const { client } = await start({ contoso })
    const token = await client.signIn(deployer)
    const list = await client.get(arm('/subscriptions', '2022-12-01'), token)
    expect(list.json.value).toContainEqual(
      expect.objectContaining({
        subscriptionId: theirs.subscriptionId,
        tenantId,
        managedByTenants: [{ tenantId: world.tenantId }],
      }),
    )
    const answer = await client.get(arm(cluster.id, '2026-04-01'), token)
    expect(answer.json).toMatchObject({ identity: { tenantId } })
    for (const objectId of [cluster.kubeletIdentity.objectId, cluster.controlPlanePrincipalId])
      expect(world.directory.find(objectId ?? '')?.tenantId).toBe(tenantId)
  })

  it('distinguishes missing groups, resources and permissions', async () => {
    const { client, world, deployer, subscription, group } = await start()
    const token = await client.signIn(deployer)
    const code = async (path: string) => (await client.get(arm(path, '2026-04-01'), token)).json.error?.code
    expect(await code(`${group.id}/providers/${clusters}/none`)).toBe('ResourceNotFound')
    expect(await code(`${subscription.id}/resourceGroups/none/providers/${clusters}/none`)).toBe('AuthorizationFailed')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    expect(await code(`${subscription.id}/resourceGroups/none/providers/${clusters}/none`)).toBe(
      'ResourceGroupNotFound',
    )
  })

  it('finds roles by name case-insensitively, and custom roles at their assignable scopes', async () => {
    const { client, world, deployer, subscription, group, registry } = await start()
    const custom = world.addCustomRole({
      roleName: 'Pull only',
      actions: ['*/pull/read'],
      assignableScopes: [group.id],
    })
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const token = await client.signIn(deployer)
    const find = async (scope: string, filter: string) => {
      const url = arm(`${scope}/providers/Microsoft.Authorization/roleDefinitions`, '2022-04-01', { $filter: filter })
      return names((await client.get(url, token)).json.value)
    }
    expect(await find(registry.id, "roleName eq 'acrpull'")).toEqual(['7f951dda-4ed3-4680-a7ca-43fe172d538d'])
    expect(await find(registry.id, "type eq 'CustomRole'")).toEqual([custom.name])
    expect(await find(subscription.id, "type eq 'CustomRole'")).toEqual([])
    expect(await find(subscription.id, "atScopeAndBelow() and type eq 'CustomRole'")).toEqual([custom.name])
  })

  it('lists hundreds of roles in one page of 1.6 MB, the same ones each time, and any name’s if it doesn’t filter names', async () => {
    const { client, world, deployer, subscription, simulator } = await start()
    world.addNoiseRoles()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const token = await client.signIn(deployer)
    const read = async (filter: string) => {
      const path = `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions`
      const { json } = await client.get(arm(path, '2022-04-01', { $filter: filter }), token)
      expect(json).not.toHaveProperty('nextLink')
      return names(json.value)
    }
    const all = await read("type eq 'BuiltInRole'")
    expect(all.length).toBeGreaterThan(500)
    expect(simulator.requests.at(-1)?.responseBytes).toBeCloseTo(1_636_025, -5)
    expect(await read("roleName eq 'Reader'")).toHaveLength(1)
    world.filtersRoleNames = false
    expect(await read("roleName eq 'Reader'")).toEqual(all)
    const other = createWorld()
    other.addNoiseRoles()
    expect(other.roles).toEqual(world.roles)
  })

  it('updates a custom role for a caller who may write definitions in all its scopes, old and new', async () => {
    const { client, world, deployer, subscription, group } = await start()
    const custom = world.addCustomRole({ roleName: 'Own', actions: ['*/read'], assignableScopes: [group.id] })
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: group.id })
    const token = await client.signIn(deployer)
    const put = (assignableScopes: string[]) =>
      client.send(
        'PUT',
        arm(`${group.id}/providers/Microsoft.Authorization/roleDefinitions/${custom.name}`, '2022-04-01'),
        {
          token,
          body: { properties: { roleName: 'Own', assignableScopes, permissions: [{ actions: ['*'] }] } },
        },
      )
    expect((await put([group.id, subscription.id])).json.error?.code).toBe('AuthorizationFailed')
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    expect((await put([group.id, subscription.id])).status).toBe(201)
    expect(world.roles.filter(({ roleName }) => roleName === 'Own')).toMatchObject([
      { name: custom.name, assignableScopes: [group.id, subscription.id] },
    ])
  })

  it('deletes a custom role that nobody is assigned', async () => {
    const { client, world, deployer, subscription } = await start()
    const custom = world.addCustomRole({ roleName: 'Own', actions: ['*/read'], assignableScopes: [subscription.id] })
    world.assignRole({ principalId: deployer.objectId, role: 'Owner', scope: subscription.id })
    const held = world.assignRole({ principalId: deployer.objectId, role: 'Own', scope: subscription.id })
    const token = await client.signIn(deployer)
    const url = arm(`${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/${custom.name}`, '2022-04-01')
    const remove = () => client.send('DELETE', url, { token })
    expect((await remove()).json.error?.code).toBe('RoleDefinitionHasAssignments')
    world.assignments.remove(held)
    expect([(await remove()).status, (await remove()).status]).toEqual([200, 204])
    expect(world.roles).not.toContain(custom)
  })

  it('lists the roles that the caller can activate', async () => {
    const { client, world, deployer, subscription, group, cluster } = await start()
    const { objectId } = cluster.kubeletIdentity
    for (const principalId of [deployer.objectId, objectId])
      world.eligibleRoles.push({ principalId, role: 'Owner', scope: group.id })
    const path = `${subscription.id}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances`
    const url = arm(path, '2020-10-01', { $filter: 'asTarget()' })
    expect((await client.get(url, await client.signIn(deployer))).json.value).toMatchObject([
      { properties: { scope: group.id, expandedProperties: { roleDefinition: { displayName: 'Owner' } } } },
    ])
  })

  it('lists the permissions that the roles of a caller give at a scope', async () => {
    const { client, world, deployer, subscription, group, registry } = await start()
    for (const each of [...world.roleAssignments]) world.assignments.remove(each)
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: registry.id })
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    const token = await client.signIn(deployer)
    const permissions = async (scope: string) =>
      (await client.get(arm(`${scope}/providers/Microsoft.Authorization/permissions`, '2022-04-01'), token)).json.value
    expect(await permissions(group.id)).toEqual([
      { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] },
    ])
    expect(await permissions(registry.id)).toMatchObject([
      { actions: ['*'], notActions: expect.arrayContaining(['Microsoft.Authorization/*/Write']) as unknown },
      { actions: ['*/read'] },
    ])
    expect(await permissions(subscription.id)).toEqual([])
  })

  it('describes its cloud to anonymous callers', async () => {
    const { client } = await start()
    const answer = await client.get(arm('/metadata/endpoints', '2022-09-01'))
    expect(answer.json).toMatchObject({ name: 'AzureCloud', suffixes: { acrLoginServer: 'azurecr.io' } })
  })
})
