import { describe, expect } from 'vitest'
import { addImagePuller, expectDetached, letDeploy, roleIds } from '../../support/estate.js'
import { letImport } from '../../support/image-world.js'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, type Scenario } from '../../support/scenario.js'

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
