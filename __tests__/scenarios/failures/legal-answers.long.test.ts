import { describe, expect } from 'vitest'
import type { RequestRecord } from 'azure-simulator'
import {
  addImagePuller,
  disarm,
  expectDetached,
  findingCodes,
  letDeploy,
  pairEnds,
  roleIds,
} from '../../support/estate.js'
import { importer, letImport } from '../../support/image-world.js'
import { advisedCommands, errorsOf, unwrapped } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, onceIt, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

// Other valid answers of Azure: optional parts missing or null, other letter case, empty pages.

const check = { mode: 'check' }

/** The address that a request was sent to. */
function urlOf({ host, path, query }: RequestRecord): string {
  return `https://${host}${path}?${new URLSearchParams(query as Record<string, string>).toString()}`
}

/** Sets properties of a resource; undefined removes one. */
function answer(resource: { body: { properties: object } }, properties: Record<string, unknown>): void {
  Object.assign(resource.body.properties, properties)
}

/** Gives the cluster the pull role. */
function grant({ world, cluster, registry }: Scenario): void {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
}

describe('a list', () => {
  onceIt('can begin with empty pages', async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator, subscription, group, world } = scenario
    letDeploy(scenario, subscription.id)
    group.addCluster('aks-prod-2')
    const { objectId } = world.addGroup('pullers')
    world.grantGraphPermission(scenario.deployer, 'GroupMember.ReadWrite.All')
    const inputs = { cluster: '*', 'resource-group': '', group: objectId }
    const first = await attach(inputs)
    expectAttached(first, { changed: true })
    const lists = first.requests.filter(
      ({ method, path }) =>
        method === 'GET' && /\/(managedClusters|registries|roleAssignments|transitiveMembers)$/.test(path),
    )
    expect(lists.length).toBeGreaterThanOrEqual(4)
    for (const list of lists) {
      const link = list.host.includes('graph') ? '@odata.nextLink' : 'nextLink'
      simulator.faults.add({
        method: 'GET',
        host: list.host,
        path: list.path,
        status: 200,
        body: { value: [], [link]: `${urlOf(list)}&$skiptoken=0` },
        // A check reads fewer lists than an attach.
        spare: true,
      })
    }
    const end = await attach({ ...inputs, ...check })
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toHaveLength(2)
  })

  onceIt("that names itself as its next page is unknown, and doesn't keep the step running", async ({ begin }) => {
    const scenario = await begin()
    const { attach, registry, simulator } = scenario
    grant(scenario)
    const path = `${registry.id}/providers/Microsoft.Authorization/roleAssignments`
    const nextLink = `https://management.azure.com${path}?$filter=atScope()&api-version=2022-04-01`
    simulator.faults.add({ method: 'GET', path, status: 200, body: { value: [], nextLink }, times: Infinity })
    const end = await attach(check)
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
  })

  onceIt('can show a resource on two pages, as when others are created meanwhile', async ({ begin }) => {
    const scenario = await begin()
    const { attach, simulator, subscription, cluster, registry } = scenario
    letDeploy(scenario, subscription.id)
    grant(scenario)
    const first = await attach({ ...check, cluster: '*', 'resource-group': '' })
    expectAttached(first, { changed: false })
    // The first page is the whole list, and so is the second.
    const repeatPages = (): void => {
      for (const list of first.requests.filter(({ path }) =>
        /\/(managedClusters|registries|roleAssignments)$/.test(path),
      ))
        simulator.faults.add({
          method: 'GET',
          path: new RegExp(`${list.path}$`, 'i'),
          status: 200,
          body: { value: listed(list.path), nextLink: `${urlOf(list)}&$skiptoken=0` },
        })
    }
    const listed = (path: string): unknown[] =>
      path.endsWith('/managedClusters')
        ? [cluster.body]
        : path.endsWith('/registries')
          ? [registry.body]
          : scenario.grants().map(({ id, ...properties }) => ({ id, properties }))
    for (const name of ['*', 'aks-prod-1']) {
      repeatPages()
      const end = await attach({ ...check, cluster: name, 'resource-group': '' })
      expectAttached(end, { changed: false })
      expect(end.report.pairs).toHaveLength(1)
      simulator.faults.clear()
    }
    repeatPages()
    const end = await attach({ mode: 'detach', 'resource-group': '' })
    expectDetached(end, { changed: true })
    expect(end.report.plan).toHaveLength(1)
  })

  onceIt('reports service accounts on every page', async ({ begin }) => {
    const { attach, group, world } = await begin()
    for (const name of ['aks-x', 'aks-y', 'aks-z']) group.addCluster(name, { serviceAccountPull: {} })
    world.pageSize = 1
    const end = await attach({ cluster: '*', mode: 'check' })
    expect(end.report.findings.filter(({ code }) => code === 'SERVICE_ACCOUNT_PULL')).toHaveLength(3)
  })
})

describe('a cluster', () => {
  onceIt('can omit all optional parts, or have null there', async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    const optional = [
      'agentPoolProfiles',
      'aadProfile',
      'apiServerAccessProfile',
      'bootstrapProfile',
      'securityProfile',
    ]
    for (const value of [null, undefined]) {
      Object.assign(scenario.cluster.body, { name: undefined })
      answer(
        scenario.cluster,
        Object.fromEntries(
          [...optional, 'powerState', 'servicePrincipalProfile', 'networkProfile'].map(key => [key, value]),
        ),
      )
      expectAttached(await scenario.attach(check), { changed: false })
    }
    scenario.takeProblems()
  })

  onceIt("can omit the node resource group: its identity then doesn't count as deleted", async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    letDeploy(scenario, scenario.subscription.id)
    answer(scenario.cluster, { nodeResourceGroup: undefined })
    expectAttached(await scenario.attach(check), { changed: false })
    scenario.takeProblems()
  })

  onceIt('without any node identity is reported: null, and msi', async ({ begin }) => {
    const scenario = await begin()
    answer(scenario.cluster, { identityProfile: null })
    expectFailure(await scenario.attach(), 'NO_KUBELET_IDENTITY')
    scenario.takeProblems()
  })

  onceIt('can be deleting in another letter case', async ({ begin }) => {
    const scenario = await begin()
    const leaving = scenario.group.addCluster('aks-leaving', { provisioningState: 'deleting' })
    const end = await scenario.attach({ cluster: '*' })
    expectAttached(end, { changed: true })
    expect(end.report.findings).toMatchObject([{ subject: leaving.id }])
    scenario.takeProblems()
  })

  onceIt('can have an identity in other letter case than its grant', async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    const { resourceId, clientId, objectId } = scenario.cluster.kubeletIdentity
    answer(scenario.cluster, {
      identityProfile: {
        kubeletidentity: { resourceId: resourceId.toUpperCase(), clientId, objectId: objectId.toUpperCase() },
      },
    })
    expectAttached(await scenario.attach(check), { changed: false })
    expectDetached(await scenario.attach({ mode: 'detach' }), { changed: true })
  })
})

describe('JSON from an intermediary', () => {
  const blocked = { status: 200, body: { message: 'Blocked by policy of the network.' } }

  for (const [what, path] of [
    ['cluster', /\/managedClusters\/aks-prod-1$/i],
    ['registry', /\/registries\/contosoacr$/i],
  ] as const)
    onceIt(`isn't a ${what}: it is requested again, and never counts as drift`, async ({ begin }) => {
      const { attach, cluster, registry, simulator } = await begin()
      const ids = { cluster: cluster.id, registry: registry.id }
      simulator.faults.add({ method: 'GET', path, ...blocked })
      expectAttached(await attach(ids), { changed: true })
      simulator.faults.add({ method: 'GET', path, ...blocked, times: Infinity })
      const end = await attach({ ...ids, ...check })
      expectFailure(end, 'AZURE_UNAVAILABLE')
      expect(end.outputs.drift).toBe('false')
    })
})

describe('a 404 that says that this cloud does not know the type of a resource', () => {
  const unknownType = {
    method: 'GET',
    status: 404,
    times: Infinity,
    body: { error: { code: 'InvalidResourceType', message: 'The resource type could not be found.' } },
  }

  onceIt('is unknown, not drift: a cluster or registry', async ({ begin }) => {
    const { attach, cluster, registry, simulator } = await begin()
    for (const path of [cluster.id, registry.id]) {
      simulator.faults.add({ ...unknownType, path: new RegExp(`${path}$`, 'i') })
      const end = await attach({ cluster: cluster.id, registry: registry.id, ...check })
      simulator.faults.clear()
      expectFailure(end, 'AZURE_REFUSED')
      expect(end.outputs.drift).toBe('false')
      expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    }
  })
})

describe('a registry', () => {
  onceIt('can omit all optional parts, or have null there', async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    const { id, name, loginServer } = scenario.registry
    const optional = ['policies', 'networkRuleSet', 'roleAssignmentMode', 'anonymousPullEnabled', 'publicNetworkAccess']
    const others = ['adminUserEnabled', 'dataEndpointEnabled', 'privateEndpointConnections']
    for (const value of [null, undefined]) {
      const properties = Object.fromEntries([...optional, ...others].map(key => [key, value]))
      const body = { id, location: 'westeurope', sku: { name: 'Basic' }, properties: { loginServer, ...properties } }
      // No definition requires the name, and the ID has it (common-types, `Resource`).
      const list = { value: [value === null ? { ...body, name } : body] }
      const { faults } = scenario.simulator
      faults.add({ path: /\/registries\/[^/]+$/, status: 200, body })
      faults.add({ path: /\/registries$/, status: 200, body: list })
      for (const registry of [id, name]) {
        const end = await scenario.attach({ registry, ...check })
        expectAttached(end, { changed: false })
        expect(end.report.findings).toEqual([])
      }
    }
  })
})

describe('a registry in a role assignment mode that is not known', () => {
  onceIt('is neither attached nor drift, and can be detached', async ({ begin }) => {
    const scenario = await begin()
    const { attach, registry } = scenario
    answer(registry, { roleAssignmentMode: 'SomethingNew' })
    grant(scenario)
    for (const mode of ['check', 'attach']) {
      const end = await attach({ mode })
      expectFailure(end, 'AZURE_REFUSED')
      expect(end.outputs).toMatchObject({ attached: 'false', changed: 'false', drift: 'false' })
      expect(errorsOf(end)[0]?.message).toContain('SomethingNew')
      expect(end.report.pairs).toMatchObject([{ status: mode === 'check' ? 'unknown' : 'failed' }])
    }
    expectDetached(await attach({ mode: 'detach' }), { changed: true })
    answer(registry, { roleAssignmentMode: 'legacyregistrypermissions' })
    grant(scenario)
    expectAttached(await attach(check), { changed: false })
    scenario.takeProblems()
  })
})

describe('a role assignment', () => {
  for (const others of ['', '\naks-prod-2'])
    onceIt(
      `can lack scope and principal type, and be in capitals (${others ? 'two clusters' : 'one'})`,
      async ({ begin }) => {
        const scenario = await begin()
        const { attach, cluster, registry, simulator, group, world } = scenario
        group.addCluster('aks-prod-2')
        const list = {
          method: 'GET',
          path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
          times: Infinity,
          status: 200,
          body: {
            value: [
              {
                id: `${registry.id.toUpperCase()}/providers/Microsoft.Authorization/roleAssignments/${roleIds.acrPush}`,
                properties: {
                  roleDefinitionId: `/PROVIDERS/Microsoft.Authorization/roleDefinitions/${roleIds.acrPull.toUpperCase()}`,
                  principalId: cluster.kubeletIdentity.objectId.toUpperCase(),
                },
              },
            ],
          },
        }
        simulator.faults.add(list)
        const end = await attach({ ...check, cluster: `aks-prod-1${others}` })
        expect(end.report.pairs[0]).toMatchObject({ status: 'attached', grantedBy: 'direct' })
        // It is deleted as an assignment at the registry itself.
        expect(world.roleAssignments.length).toBeGreaterThan(0)
        const detached = await attach({ mode: 'detach', cluster: `aks-prod-1${others}`, verify: 'none' })
        expect(detached.report.plan).toMatchObject([{ operation: 'delete-role-assignment' }])
      },
    )

  onceIt(
    "of another principal, or below the registry, doesn't count as access, whatever a list returns",
    async ({ begin }) => {
      const { attach, cluster, registry, simulator, subscription } = await begin()
      const assigned = (principalId: string, scope: string) => ({
        id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${roleIds.acrPull}`,
        properties: {
          scope,
          principalId,
          principalType: 'ServicePrincipal',
          roleDefinitionId: `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/${roleIds.acrPull}`,
        },
      })
      const value = [
        assigned('11111111-1111-4111-8111-111111111111', registry.id),
        assigned(cluster.kubeletIdentity.objectId, `${registry.id}/tokens/ci`),
      ]
      simulator.faults.add({ method: 'GET', path: `${registry.id}/`, times: Infinity, status: 200, body: { value } })
      const end = await attach(check)
      expectFailure(end, 'DRIFT')
      expect(end.report.pairs).toMatchObject([{ status: 'missing', grantedBy: null }])
    },
  )

  onceIt('list that is not found, for an existing registry, is unknown and not drift', async ({ begin }) => {
    const { attach, registry, simulator } = await begin()
    simulator.faults.add({
      method: 'GET',
      path: `${registry.id}/providers/Microsoft.Authorization/roleAssignments`,
      times: Infinity,
      status: 404,
      body: { error: { code: 'ResourceNotFound', message: 'The Resource was not found.' } },
    })
    const end = await attach(check)
    expect(end.exitCode).toBe(1)
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
  })

  onceIt('list that is not found right after a creation in it is requested again', async ({ begin }) => {
    const scenario = await begin()
    scenario.simulator.faults.add({
      method: 'GET',
      path: `${scenario.registry.id}/providers/Microsoft.Authorization/roleAssignments`,
      skip: 1,
      times: 2,
      status: 404,
      body: { error: { code: 'ResourceNotFound', message: 'The Resource was not found.' } },
    })
    expectAttached(await scenario.attach(), { changed: true })
  })

  onceIt('can be answered without its ID, and with 200', async ({ begin }) => {
    const scenario = await begin()
    scenario.simulator.faults.add({
      method: 'PUT',
      path: '/roleAssignments/',
      after: true,
      status: 200,
      body: { properties: { principalId: scenario.cluster.kubeletIdentity.objectId } },
    })
    const end = await scenario.attach()
    expectAttached(end, { changed: true })
    expect(end.outputs['role-assignment-id']).toBe(scenario.grants()[0]?.id)
  })
})

describe('a role', () => {
  const nulls = { notActions: null, dataActions: null, notDataActions: null }

  onceIt('can have null instead of an empty list of actions', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, subscription, cluster, group, simulator } = scenario
    const name = addImagePuller({ world, subscription })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: group.id })
    simulator.faults.add({
      path: `/roleDefinitions/${name}`,
      status: 200,
      body: {
        name,
        properties: {
          roleName: 'Image puller',
          permissions: [{ actions: ['Microsoft.ContainerRegistry/registries/pull/read'], ...nulls }],
        },
      },
    })
    const end = await attach(check)
    expectAttached(end, { changed: false })
    expect(end.report.pairs).toMatchObject([{ grantedBy: 'inherited', role: 'Image puller' }])
  })

  onceIt('is matched by its exact name, whatever else a list contains', async ({ begin }) => {
    const { attach, grants, simulator, subscription, world } = await begin()
    const name = addImagePuller({ world, subscription })
    const named = (guid: string, roleName: string, actions: string[]) => ({
      id: `/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
      name: guid,
      properties: { roleName, permissions: [{ actions }] },
    })
    const value = [
      named('11111111-1111-4111-8111-111111111111', 'Image puller and more', ['*']),
      named(name, 'image puller', ['Microsoft.ContainerRegistry/registries/pull/read']),
    ]
    simulator.faults.add({ path: /\/roleDefinitions$/, status: 200, body: { value } })
    expectAttached(await attach({ role: 'Image puller' }), { changed: true })
    expect(grants()[0]?.roleDefinitionId).toContain(name)
  })

  onceIt("that is assigned but can't be found is unknown, and not drift", async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, subscription, cluster, group, simulator } = scenario
    const name = addImagePuller({ world, subscription })
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: name, scope: group.id })
    simulator.faults.add({
      path: `/roleDefinitions/${name}`,
      times: Infinity,
      status: 404,
      body: { error: { code: 'RoleDefinitionDoesNotExist', message: 'It does not exist.' } },
    })
    const end = await attach(check)
    expect(end.outputs.drift).toBe('false')
    expect(end.exitCode).toBe(1)
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    expect(end.report.unknown[0]?.message).toContain(name)
    // The grants of attach do not depend on it.
    expectAttached(await attach(), { changed: true })
  })
})

describe('an identity', () => {
  onceIt('without an object ID yet counts as an unreadable answer', async ({ begin }) => {
    const { attach, group, simulator } = await begin()
    const { resourceId } = group.addUserAssignedIdentity('next-kubelet')
    simulator.faults.add({
      path: '/userAssignedIdentities/',
      times: Infinity,
      status: 200,
      body: {
        id: resourceId,
        name: 'next-kubelet',
        location: 'westeurope',
        properties: { tenantId: resourceId.slice(15, 51) },
      },
    })
    expectFailure(await attach({ cluster: '', 'kubelet-identity': resourceId }), 'AZURE_UNAVAILABLE')
  })
})

describe('a group', () => {
  onceIt('can have null for each property', async ({ begin }) => {
    const { attach, simulator, world } = await begin()
    const { objectId } = world.addGroup('pullers')
    simulator.faults.add({
      path: `/v1.0/groups/${objectId}`,
      method: 'GET',
      skip: 1,
      times: Infinity,
      status: 200,
      body: {
        displayName: null,
        groupTypes: null,
        isAssignableToRole: null,
        mailEnabled: null,
        onPremisesSyncEnabled: null,
      },
    })
    expectFailure(await attach({ group: objectId }), 'GROUP_ACCESS_DENIED')
  })

  onceIt.for([
    ['mail-enabled', 'Cannot Update a mail-enabled security groups and or distribution list.'],
    [
      'synchronised',
      'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
    ],
    ['another reason', 'The group can not be changed.'],
  ] as const)(
    "that refuses a member can be unreadable: Microsoft Graph's message says why (%s)",
    async ([why, message], { begin }) => {
      const { attach, simulator, world } = await begin()
      const { objectId } = world.addGroup('pullers')
      const refuse = (method: string, status: number, code: string, text: string) => {
        const body = { error: { code, message: text } }
        simulator.faults.add({ host: 'graph.microsoft.com', method, path: objectId, status, body, times: Infinity })
      }
      refuse('GET', 403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
      refuse('POST', 400, 'Request_BadRequest', message)
      const end = await attach({ group: objectId })
      expectFailure(end, 'GROUP_ACCESS_DENIED')
      const [error] = errorsOf(end)
      expect(error?.azure?.message).toBe(message)
      expect(error?.message).toContain(why === 'another reason' ? message : why)
      expect(error?.fix.commands).toHaveLength(1)
    },
  )
})

describe('an import', () => {
  onceIt('can end with an answer without a body', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, deployer, registry, simulator } = scenario
    world.assignRole({ principalId: deployer.objectId, role: importer, scope: registry.id })
    world.addSourceRegistry('docker.io').push('library/nginx', '1.27', { platforms: ['linux/amd64'] })
    // The runner can't read the registry: only Azure's answer counts.
    simulator.faults.add({
      host: registry.loginServer,
      status: 403,
      times: Infinity,
      body: { errors: [{ code: 'DENIED' }] },
    })
    simulator.faults.add({ path: '/operationResults/', status: 200, after: true, times: Infinity })
    const end = await attach({ images: 'nginx:1.27 => nginx:v1' })
    expectAttached(end, { changed: true })
    expect(end.report.images).toMatchObject([{ status: 'imported' }])
  })
})

describe('the URL of an operation', () => {
  const operation = '/providers/Microsoft.ContainerRegistry/locations/westeurope/operations/6f1d8a4e'

  onceIt.for(['location', 'azure-asyncoperation'] as const)(
    'can have any form (%s): the end of an import counts, also if the registry cannot be read',
    async (header, { begin }) => {
      const scenario = await begin()
      const { attach, registry, simulator, subscription } = letImport(scenario)
      const url = `https://management.azure.com${subscription.id}${operation}?api-version=2025-11-01`
      const poll = { method: 'GET', path: operation }
      const under = header === 'location' ? { status: 202 } : { status: 200, body: { status: 'Running' } }
      const endWith = (body: object): void => {
        simulator.faults.add({
          method: 'POST',
          path: '/importImage',
          after: true,
          status: 202,
          headers: { [header]: url },
        })
        simulator.faults.add({ ...poll, ...under })
        simulator.faults.add({ ...poll, status: 200, body })
      }
      simulator.faults.add({
        host: registry.loginServer,
        status: 403,
        times: Infinity,
        body: { errors: [{ code: 'DENIED' }] },
      })
      endWith({ status: 'Succeeded' })
      const end = await attach({ images: 'nginx:1.27 => nginx:v1' })
      expectAttached(end, { changed: true })
      expect(end.report.images).toMatchObject([{ status: 'imported' }])
      endWith({ status: 'Failed', error: { code: 'InvalidParameters', message: 'Unable to find manifest' } })
      expectFailure(await attach({ images: 'nginx:1.27 => nginx:v2' }), 'IMAGE_NOT_FOUND')
      expect(armRequests(end, 'GET', operation)).toHaveLength(2)
    },
  )
})

describe('Resource Graph', () => {
  for (const [how, status, code] of [
    ['may not be read', 403, 'AUTHORIZATION_FAILED'],
    ["can't be read at the moment", 503, 'AZURE_UNAVAILABLE'],
  ] as const)
    onceIt(`can list a registry that ${how}: it isn't gone`, async ({ begin }) => {
      const { attach, world, deployer, simulator } = await begin()
      const other = world.addSubscription({ displayName: 'Shared services' })
      const shared = other.addResourceGroup('rg-shared').addRegistry('sharedacr')
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: shared.id })
      simulator.faults.add({
        method: 'GET',
        path: new RegExp(`${shared.id}$`, 'i'),
        times: Infinity,
        status,
        body: { error: { code: status === 403 ? 'AuthorizationFailed' : 'ServerTimeout', message: 'No.' } },
      })
      simulator.faults.add({
        method: 'GET',
        path: `${other.id}/providers/Microsoft.ContainerRegistry/registries`,
        times: Infinity,
        status: 200,
        body: { value: [] },
      })
      const end = await attach({ ...check, registry: 'sharedacr' })
      expectFailure(end, code)
      expect(end.outputs.drift).toBe('false')
      expect(pairEnds(end)).toEqual([code])
      expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
    })

  onceIt('can answer with null instead of an empty list', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({
      path: 'Microsoft.ResourceGraph',
      status: 200,
      body: { totalRecords: 1, count: 1, data: [{ id: '/x', name: null, loginServer: null }], resultTruncated: 'true' },
    })
    expectFailure(await attach({ registry: 'sharedacr.azurecr.io' }), 'REGISTRY_NOT_FOUND')
  })
})

describe('names without permission to list', () => {
  const refusal = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'No.' } }, times: Infinity }

  onceIt('are unknown, not drift, if the list of registries is refused', async ({ begin }) => {
    const { attach, simulator, subscription } = await begin()
    simulator.faults.add({ method: 'GET', path: /\/providers\/Microsoft.ContainerRegistry\/registries$/i, ...refusal })
    const end = await attach({ ...check, 'resource-group': '', registry: 'goneacr' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs.drift).toBe('false')
    expect(end.log).toContain(`Microsoft.ContainerRegistry/registries/read on ${subscription.id}`)
    // The role goes to the registry that the command finds, if it exists.
    expect(advisedCommands(end)).toEqual([
      expect.stringMatching(/^az acr show --name goneacr .* \| xargs -r -n 1 az role assignment create .* --scope$/s),
    ])
  })

  const rights: Record<string, string> = {
    registry: 'Microsoft.ContainerRegistry/registries/read',
    cluster: 'Microsoft.ContainerService/managedClusters/read',
  }
  for (const [lost, action] of Object.entries(rights))
    for (const cluster of lost === 'cluster' ? ['aks-prod-1', '*'] : ['aks-prod-1'])
      onceIt(`are unknown, not drift, if permission to read the ${lost} was lost (${cluster})`, async ({ begin }) => {
        const scenario = await begin()
        const { attach, world, deployer, subscription, group } = scenario
        grant(scenario)
        letDeploy(scenario, subscription.id)
        const inputs = { cluster, 'resource-group': '' }
        expectAttached(await attach({ ...inputs, ...check }), { changed: false })
        disarm(scenario)
        // Other resources stay readable, so that Azure does not refuse the list.
        const other = subscription.addResourceGroup('rg-other')
        other.addCluster('aks-other')
        other.addRegistry('otheracr')
        if (cluster !== '*') world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
        const actions = [...Object.values(rights).filter(each => each !== action), 'Microsoft.Authorization/*/read']
        const { name } = world.addCustomRole({ roleName: 'Some', actions, assignableScopes: [subscription.id] })
        world.assignRole({ principalId: deployer.objectId, role: name, scope: group.id })
        const end = await attach({ ...inputs, ...check })
        expectFailure(end, 'AUTHORIZATION_FAILED')
        expect(end.outputs.drift).toBe('false')
        expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
        expect(end.log).toContain(`${action} on ${subscription.id}`)
        // Only * stands for the whole subscription; a name needs no more than a role at its resource.
        const isAdvised = unwrapped(end.log).includes(`--role Reader --scope ${subscription.id} `)
        expect(isAdvised).toBe(cluster === '*')
      })

  onceIt('are found even if a list lags behind: the registry itself decides', async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    scenario.simulator.faults.add({
      method: 'GET',
      path: /\/providers\/Microsoft.ContainerRegistry\/registries$/i,
      times: Infinity,
      status: 200,
      body: { value: [] },
    })
    scenario.simulator.faults.add(graphRefuses)
    expectAttached(await scenario.attach(check), { changed: false })
  })

  onceIt('are drift if the list is complete and they are missing from it', async ({ begin }) => {
    const scenario = await begin()
    letDeploy(scenario, scenario.subscription.id)
    const inputs = { ...check, 'resource-group': '' }
    const losses = [
      [{ cluster: 'aks-gone' }, 'CLUSTER_NOT_FOUND'],
      [{ registry: 'goneacr' }, 'REGISTRY_NOT_FOUND'],
    ] as const
    for (const [gone, code] of losses) {
      const end = await scenario.attach({ ...inputs, ...gone })
      expectFailure(end, code)
      expect(end.outputs.drift).toBe('true')
    }
    expect(findingCodes(await scenario.attach(check))).toEqual([])
  })
})
