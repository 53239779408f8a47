import { describe, expect } from 'vitest'
import { readAzCommands } from '../../support/az.js'
import { held, letDeploy, pairEnds, roleIds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

/** A resource group where the deployer can create registries, and the ID of one that does not exist yet. */
async function beginWithNew(begin: (beginning?: Beginning) => Promise<Scenario>, beginning?: Beginning) {
  const scenario = await begin(beginning)
  const { world, deployer, subscription } = scenario
  const group = subscription.addResourceGroup('rg-new', { location: 'northeurope' })
  letDeploy(scenario, group.id)
  const role = 'Container Registry Contributor and Data Access Configuration Administrator'
  world.assignRole({ principalId: deployer.objectId, role, scope: group.id })
  const id = `${group.id}/providers/Microsoft.ContainerRegistry/registries/newacr`
  return { ...scenario, id, inputs: { registry: id, 'create-registry': 'Standard' } }
}

const registryPuts = (end: Parameters<typeof armRequests>[0]) =>
  armRequests(end, 'PUT').filter(({ path }) => !path.includes('/roleAssignments/'))

/** Timers of more than 25 seconds, such as those of ten minutes in twenty parts, last a hundredth. */
const hurried = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    'const wait=setTimeout;globalThis.setTimeout=(work,ms,...more)=>wait(work,ms>25000?ms/100:ms,...more)',
  )}`,
}

describe('a registry that does not exist', () => {
  it('is created with the SKU in the location of its resource group, and used at once', async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, id, inputs, world, cluster } = scenario
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(world.findResource(id)?.body).toMatchObject({ location: 'northeurope', sku: { name: 'Standard' } })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, id]])
    expect(end.outputs['registry-login-server']).toBe('newacr.azurecr.io')
    expect(end.report.plan.map(({ operation }) => operation)).toEqual(['create-registry', 'create-role-assignment'])
    expectAttached(await attach(inputs), { changed: false })
  })

  it.for([
    ['it as a scope', { method: 'PUT', path: /newacr\/.*roleAssignments\//i }],
    ['the operation that creates it', { method: 'GET', path: /operation(Results|Statuses)/i }],
  ] as const)('is used even if Azure does not know %s yet', async ([, request], { begin }) => {
    const { attach, inputs, simulator } = await beginWithNew(begin, { timing: { registryCreationMs: 100 } })
    const body = { error: { code: 'ResourceNotFound', message: 'The Resource was not found.' } }
    simulator.faults.add({ ...request, status: 404, body, times: 2 })
    expectAttached(await attach(inputs), { changed: true })
  })

  // azure-service-operator, azure-cli and azure-powershell recorded it for 5 of 697 clusters.
  it('is used even if the operation has succeeded and the registry says Canceled', async ({ begin }) => {
    const scenario = await beginWithNew(begin, { timing: { registryCreationMs: 100 } })
    const { attach, id, inputs, world } = scenario
    const change = (): void => {
      const properties = world.findResource(id)?.body.properties ?? {}
      if (properties.provisioningState === 'Succeeded') Object.assign(properties, { provisioningState: 'Canceled' })
    }
    for (const after of [0, 1, 2, 3])
      scenario.whenAnswered(({ path }) => /operationStatuses/i.test(path), change, after)
    expectAttached(await attach(inputs), { changed: true })
    expect(world.findResource(id)?.body.properties.provisioningState).toBe('Canceled')
  })

  it('is created in the mode that can limit roles if repositories are named', async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, id, inputs, world, cluster } = scenario
    expectAttached(await attach({ ...inputs, repositories: 'team/*' }), { changed: true })
    expect(world.findResource(id)?.body).toMatchObject({
      properties: { roleAssignmentMode: 'AbacRepositoryPermissions' },
    })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.repositoryReader, id]])
  })

  it('gets the role for the mode in which Azure created it, whatever was requested', async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, id, inputs, world, cluster } = scenario
    world.registryModePolicy = 'AbacRepositoryPermissions'
    expectAttached(await attach(inputs), { changed: true })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.repositoryReader, id]])
  })

  it('is also reported as written if Azure gives up later', async ({ begin }) => {
    const { attach, inputs, simulator } = await beginWithNew(begin, { timing: { registryCreationMs: 60_000 } })
    const error = { code: 'SkuQuotaExceeded', message: 'The region has no room.' }
    simulator.faults.add({ method: 'GET', path: '/operationStatuses/', status: 200, body: { status: 'Failed', error } })
    const end = await attach({ ...inputs, registry: `${inputs.registry}\ncontosoacr` })
    expect(pairEnds(end)).toEqual(['AZURE_UNAVAILABLE', 'attached'])
    expect(end.report.pairs).toMatchObject([{ changed: true }, { changed: true }])
    expect(end.log).toContain(error.message)
  })

  it('continues to be created if the job is cancelled, and the error reports that', async ({ begin }) => {
    const { attach, inputs } = await beginWithNew(begin, { timing: { registryCreationMs: 60_000 } })
    const end = await attach(inputs, { cancel: { when: ({ path }) => path.includes('/operationStatuses/') } })
    expectFailure(end, 'CANCELLED')
    expect(end.msToCancel).toBeLessThan(7000)
    expect(end.outputs.changed).toBe('true')
    expect(end.report.pairs).toMatchObject([{ status: 'failed', changed: true, error: { code: 'CANCELLED' } }])
  })

  it('is reported as written if Azure has not even answered in ten minutes', async ({ begin }) => {
    const { attach, inputs, simulator, world, id } = await beginWithNew(begin)
    simulator.faults.add({ method: 'PUT', path: /\/registries\/newacr$/i, after: true, delayMs: 50_000 })
    const end = await attach({ ...inputs, timeout: '3s' }, { environment: hurried })
    expectFailure(end, 'AZURE_UNAVAILABLE')
    expect(end.outputs.changed).toBe('true')
    expect(world.findResource(id)).toBeDefined()
  })

  it('is created by another run in the meantime, and used as it is', async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, inputs, id, subscription, simulator, cluster } = scenario
    const group = subscription.groups.find(({ name }) => name === 'rg-new')
    group?.addRegistry('newacr', { sku: 'Standard' })
    // This run checked before the other one wrote.
    const error = { code: 'ResourceNotFound', message: 'The Resource was not found.' }
    simulator.faults.add({ method: 'GET', path: /\/registries\/newacr$/i, status: 404, body: { error } })
    const end = await attach(inputs)
    expectAttached(end, { changed: true })
    expect(registryPuts(end)).toMatchObject([{ status: 200 }])
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, id]])
  })

  it("can't be in a resource group that does not exist", async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, inputs, id, subscription, world, deployer } = scenario
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: subscription.id })
    for (const location of ['', 'northeurope']) {
      const end = await attach({ ...inputs, location, registry: id.replace('rg-new', 'rg-nowhere') })
      expectFailure(end, 'INVALID_INPUT')
      expect(readAzCommands(end.log)[0]?.slice(0, 2)).toEqual(['group', 'list'])
      expect(armRequests(end, 'PUT', '/roleAssignments/')).toEqual([])
    }
  })
})

describe('a registry that exists', () => {
  it('is never changed by create-registry', async ({ begin }) => {
    const scenario = await beginWithNew(begin)
    const { attach, registry } = scenario
    const before = structuredClone(registry.body)
    const end = await attach({ registry: registry.id, 'create-registry': 'Premium', location: 'swedencentral' })
    expectAttached(end, { changed: true })
    expect(registryPuts(end)).toEqual([])
    expect(registry.body).toEqual(before)
  })
})
