import { describe, expect } from 'vitest'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, writes, type Scenario } from '../../support/scenario.js'

const nowhere = '11111111-1111-4111-8111-111111111111'

/** Lets the deployer look up resources in the whole subscription, and assign roles there. */
function allowEverywhere({ world, deployer, subscription }: Scenario): void {
  for (const role of ['Reader', 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope: subscription.id })
}

describe('a cluster', () => {
  it('is found by name and by resource ID in any letter case, and is one', async ({ begin }) => {
    const { attach, cluster, grants } = await begin()
    const end = await attach({ cluster: `Aks-Prod-1\n${cluster.id.toUpperCase()}/`, 'resource-group': '' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ target: cluster.id }])
    expect(grants()).toHaveLength(1)
    expectAttached(await attach({ cluster: 'AKS-PROD-1', 'resource-group': 'RG-Shop' }), { changed: false })
  })

  it('is found in the subscription of its ID, whatever the value of subscription-id', async ({ begin }) => {
    const { attach, cluster, registry } = await begin()
    const inputs = { cluster: cluster.id, registry: registry.id, 'resource-group': '' }
    expectAttached(await attach({ ...inputs, 'subscription-id': nowhere }), { changed: true })
    expectAttached(await attach(inputs, { environment: { AZURE_SUBSCRIPTION_ID: '' } }), { changed: false })
  })

  it('that is in another subscription is found there, and its ID is printed', async ({ begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    const { world, deployer, attach } = scenario
    const other = world.addSubscription().addResourceGroup('rg-other').addCluster('aks-moved')
    const inputs = { cluster: 'aks-moved', 'resource-group': '' }
    // Whoever can't read it does not find it.
    const unseen = await attach(inputs)
    expectFailure(unseen, 'CLUSTER_NOT_FOUND')
    expect(unseen.log).not.toContain(other.id)
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
    const end = await attach(inputs)
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(end.log.split('\n').map(line => line.trim())).toContain(other.id)
    // Nothing is asked where it is found.
    expect(armRequests(await attach(), 'POST')).toEqual([])
  })

  it('is ambiguous if two have its name, and both are listed', async ({ begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    const other = scenario.subscription.addResourceGroup('rg-other').addCluster('aks-prod-1')
    const end = await scenario.attach({ 'resource-group': '' })
    expectFailure(end, 'AMBIGUOUS_NAME')
    expect(end.log).toContain(scenario.cluster.id)
    expect(end.log).toContain(other.id)
    expect(writes(end)).toEqual([])
  })

  it('in a subscription that does not exist gets the list of those that the identity sees', async ({ begin }) => {
    const { attach, subscription, world, registry } = await begin()
    const end = await attach({ 'subscription-id': nowhere, registry: registry.id })
    expectFailure(end, 'SUBSCRIPTION_NOT_FOUND')
    expect(errorsOf(end)[0]?.fix.text).toContain(`${subscription.subscriptionId}  ${subscription.displayName}`)
    // No role in a subscription that does not exist, also beside a refusal.
    const other = world.addSubscription({ displayName: 'Other' }).addResourceGroup('rg').addRegistry('otheracr')
    const refused = await attach({ 'subscription-id': nowhere, registry: other.id, timeout: '1s' })
    expectFailure(refused, 'SUBSCRIPTION_NOT_FOUND')
    for (const { log } of [end, refused]) expect(log).not.toMatch(new RegExp(`--scope\\s+"?/subscriptions/${nowhere}`))
  })
})

it('a list of subscriptions that Azure refuses is not lost without a word', async ({ begin }) => {
  const { attach, registry, simulator } = await begin({ variations: 'encoding' })
  const body = { error: { code: 'Forbidden', message: 'No.' } }
  simulator.faults.add({ path: /^\/subscriptions\/?(\?|$)/, status: 403, body, times: Infinity })
  const end = await attach({ 'subscription-id': nowhere, registry: registry.id })
  expectFailure(end, 'SUBSCRIPTION_NOT_FOUND')
  expect(errorsOf(end)[0]?.fix.text).toContain('Microsoft.ContainerRegistry/registries/read')
})
