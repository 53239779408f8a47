import { describe, expect } from 'vitest'
import { held, letDeploy, roleIds } from '../../support/estate.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  it,
  writes,
  type Beginning,
  type Scenario,
} from '../../support/scenario.js'

/** Two more subscriptions: one that the deployer can use, with a registry in it, and one that it can't see. */
async function beginWithShared(begin: (beginning?: Beginning) => Promise<Scenario>) {
  const scenario = await begin()
  const { world } = scenario
  const shared = world.addSubscription({ displayName: 'Shared services' })
  const sharedGroup = shared.addResourceGroup('rg-shared')
  const sharedRegistry = sharedGroup.addRegistry('sharedacr')
  letDeploy(scenario, sharedGroup.id)
  const hidden = world.addSubscription({ displayName: 'Hidden' })
  hidden.addResourceGroup('rg-hidden').addRegistry('hiddenacr')
  return { ...scenario, shared, sharedGroup, sharedRegistry, hidden }
}

const queries = ({ requests }: { requests: Parameters<typeof armRequests>[0]['requests'] }) =>
  armRequests({ requests }, 'POST', '/Microsoft.ResourceGraph/resources')
const lists = (end: Parameters<typeof armRequests>[0]) =>
  armRequests(end, 'GET', '/registries').filter(({ path }) => path.endsWith('/registries'))

describe('a registry in another subscription', () => {
  it('is found by one query of Resource Graph, and confirmed by Resource Manager', async ({ begin }) => {
    const scenario = await beginWithShared(begin)
    const { attach, sharedGroup, sharedRegistry, shared } = scenario
    sharedGroup.addRegistry('sharedacr2')
    const end = await attach({ registry: 'SharedACR\nsharedacr2.azurecr.io\ncontosoacr' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(3)
    expect(queries(end)).toHaveLength(1)
    // The second one is sent in parallel to the list that shows the new assignment.
    expect(armRequests(end, 'GET').filter(({ path }) => path === sharedRegistry.id)).toHaveLength(2)
    expect(lists(end).map(({ path }) => path)).not.toContainEqual(expect.stringContaining(shared.subscriptionId))
    expect(queries(await attach())).toEqual([])
  })

  it('is found without subscription-id if the cluster is given by ID', async ({ begin }) => {
    const scenario = await beginWithShared(begin)
    const { attach, cluster, sharedRegistry } = scenario
    const inputs = { cluster: cluster.id, 'resource-group': '', registry: 'sharedacr.azurecr.io' }
    const end = await attach(inputs, { environment: { AZURE_SUBSCRIPTION_ID: '' } })
    expectAttached(end, { changed: true })
    expect(held(scenario, cluster.kubeletIdentity.objectId)).toEqual([[roleIds.acrPull, sharedRegistry.id]])
    expect(lists(end)).toEqual([])
  })
})

describe('a registry that is not found', () => {
  it('is reported with the searched subscriptions, and no others', async ({ begin }) => {
    const { attach, subscription, shared, hidden } = await beginWithShared(begin)
    const end = await attach({ registry: 'hiddenacr' })
    expectFailure(end, 'REGISTRY_NOT_FOUND')
    for (const { subscriptionId } of [subscription, shared]) expect(end.log).toContain(subscriptionId)
    expect(end.log).not.toContain(hidden.subscriptionId)
    expect(writes(end)).toEqual([])
  })
})

describe('a name of a registry', () => {
  it('shared by two registries is ambiguous, and both IDs are listed', async ({ begin }) => {
    const scenario = await beginWithShared(begin)
    const { attach, world } = scenario
    // Names are unique within a cloud, but the index can have duplicates after a move.
    const others = ['rg-a', 'rg-b'].map(name => {
      const group = world.addSubscription().addResourceGroup(name)
      letDeploy(scenario, group.id)
      return group.addRegistry('twinacr')
    })
    const end = await attach({ registry: 'twinacr' })
    expectFailure(end, 'AMBIGUOUS_NAME')
    for (const { id } of others) expect(end.log).toContain(id)
    expect(writes(end)).toEqual([])
  })

  it('can be one of several names of the same registry, which is one pair', async ({ begin }) => {
    const scenario = await beginWithShared(begin)
    const { attach, sharedRegistry } = scenario
    const registry = `sharedacr\n${sharedRegistry.id.toUpperCase()}\nsharedacr.azurecr.io\nSHAREDACR\n${sharedRegistry.id}`
    const end = await attach({ registry })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ registry: sharedRegistry.id }])
    expect(end.outputs['registry-login-servers']).toBe('["sharedacr.azurecr.io"]')
    expect(armRequests(end, 'PUT')).toHaveLength(1)
  })
})
