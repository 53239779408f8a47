import { describe, expect } from 'vitest'
import { addImagePuller, disarm, expectDetached, findingCodes, letDeploy, roleIds } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { advisedCommands, errorsOf, unwrapped } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

// Other valid answers of Azure: optional parts missing or null, other letter case, empty pages.

const check = { mode: 'check' }

/** Sets properties of a resource; undefined removes one. */
function answer(resource: { body: { properties: object } }, properties: Record<string, unknown>): void {
  Object.assign(resource.body.properties, properties)
}

/** Gives the cluster the pull role. */
function grant({ world, cluster, registry }: Scenario): void {
  world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
}

describe('a cluster', () => {
  it('can omit all optional parts, or have null there', async ({ begin }) => {
    const scenario = await begin()
    grant(scenario)
    letDeploy(scenario, scenario.subscription.id)
    const profiles = ['aadProfile', 'apiServerAccessProfile', 'bootstrapProfile', 'securityProfile', 'networkProfile']
    const others = ['agentPoolProfiles', 'powerState', 'servicePrincipalProfile', 'nodeResourceGroup']
    for (const value of [null, undefined]) {
      answer(scenario.cluster, Object.fromEntries([...profiles, ...others].map(key => [key, value])))
      expectAttached(await scenario.attach(check), { changed: false })
    }
    scenario.takeProblems()
  })
})

describe('a registry in a role assignment mode that is not known', () => {
  it('is neither attached nor drift, and can be detached', async ({ begin }) => {
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
    it(`can lack scope and principal type, and be in capitals (${others ? 'two clusters' : 'one'})`, async ({
      begin,
    }) => {
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
    })

  it('of another principal, or below the registry, is no access, whatever a list returns', async ({ begin }) => {
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
  })

  it('can be answered without its ID, and with 200', async ({ begin }) => {
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

  it('can have null instead of an empty list of actions', async ({ begin }) => {
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

  it('is matched by its exact name, whatever else a list contains', async ({ begin }) => {
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
})

describe('the URL of an operation', () => {
  const operation = '/providers/Microsoft.ContainerRegistry/locations/westeurope/operations/6f1d8a4e'

  it.for(['location', 'azure-asyncoperation'] as const)(
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
  it("can list a registry that may not be read: it isn't gone", async ({ begin }) => {
    const { attach, world, deployer, simulator } = await begin()
    const other = world.addSubscription({ displayName: 'Shared services' })
    const shared = other.addResourceGroup('rg-shared').addRegistry('sharedacr')
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: shared.id })
    simulator.faults.add({
      method: 'GET',
      path: new RegExp(`${shared.id}$`, 'i'),
      times: Infinity,
      status: 403,
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    simulator.faults.add({
      method: 'GET',
      path: `${other.id}/providers/Microsoft.ContainerRegistry/registries`,
      times: Infinity,
      status: 200,
      body: { value: [] },
    })
    const end = await attach({ ...check, registry: 'sharedacr' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs.drift).toBe('false')
    expect(end.report.pairs).toMatchObject([{ status: 'unknown' }])
  })
})

describe('names without permission to list', () => {
  const refusal = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'No.' } }, times: Infinity }

  it('are unknown, not drift, if the list of registries is refused', async ({ begin }) => {
    const { attach, simulator } = await begin()
    simulator.faults.add({ method: 'GET', path: /\/providers\/Microsoft.ContainerRegistry\/registries$/i, ...refusal })
    const end = await attach({ ...check, 'resource-group': '', registry: 'goneacr' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs.drift).toBe('false')
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
      it(`are unknown, not drift, if permission to read the ${lost} was lost (${cluster})`, async ({ begin }) => {
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
        // Only * stands for the whole subscription; a name needs no more than a role at its resource.
        const isAdvised = unwrapped(end.log).includes(`--role Reader --scope ${subscription.id} `)
        expect(isAdvised).toBe(cluster === '*')
      })

  it('are found even if a list lags behind: the registry itself decides', async ({ begin }) => {
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

  it('are drift if the list is complete and they are missing from it', async ({ begin }) => {
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
