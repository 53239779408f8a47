import { describe, expect } from 'vitest'
import { disarm } from '../../support/estate.js'
import { errorsOf, headlineOf } from '../../support/reading.js'
import {
  armRequests,
  expectAttached,
  expectFailure,
  onceIt as it,
  writes,
  type Scenario,
} from '../../support/scenario.js'

// Names, login servers and IDs are looked up on every Node by the other scenarios; these are the variants.

const nowhere = '11111111-1111-4111-8111-111111111111'

/** Lets the deployer look up resources in the whole subscription, and assign roles there. */
function allowEverywhere({ world, deployer, subscription }: Scenario): void {
  for (const role of ['Reader', 'Role Based Access Control Administrator'])
    world.assignRole({ principalId: deployer.objectId, role, scope: subscription.id })
}

describe('a cluster', () => {
  const forms: Record<string, (scenario: Scenario) => Record<string, string>> = {
    'name and resource group': () => ({ cluster: 'aks-prod-1', 'resource-group': 'rg-shop' }),
    'name and resource group in other letter case': () => ({ cluster: 'AKS-PROD-1', 'resource-group': 'RG-Shop' }),
    'name alone': () => ({ cluster: 'aks-prod-1', 'resource-group': '' }),
    'name alone in other letter case': () => ({ cluster: 'Aks-Prod-1', 'resource-group': '' }),
    'resource ID': ({ cluster }) => ({ cluster: cluster.id, 'resource-group': '' }),
    'resource ID in other letter case': ({ cluster }) => ({ cluster: cluster.id.toUpperCase(), 'resource-group': '' }),
    'resource ID with a slash at its end': ({ cluster }) => ({ cluster: `${cluster.id}/`, 'resource-group': '' }),
  }

  it.for(Object.entries(forms))('is found by %s', async ([, inputs], { begin }) => {
    const scenario = await begin()
    const end = await scenario.attach(inputs(scenario))
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ target: scenario.cluster.id }])
    expect(scenario.grants()).toHaveLength(1)
  })

  it('is found in the subscription of its ID, whatever the value of subscription-id', async ({ begin }) => {
    const { attach, cluster, registry } = await begin()
    const inputs = { cluster: cluster.id, registry: registry.id, 'resource-group': '' }
    expectAttached(await attach({ ...inputs, 'subscription-id': nowhere }), { changed: true })
    expectAttached(await attach(inputs, { environment: { AZURE_SUBSCRIPTION_ID: '' } }), { changed: false })
  })

  it.for([
    ['resource group', 'rg-shop', ['aks-prod-1', 'aks-prod-2']],
    ['subscription', '', ['aks-prod-1', 'aks-prod-2', 'aks-test-1']],
  ] as const)('is each one of the %s for *', async ([, resourceGroup, names], { begin }) => {
    const scenario = await begin()
    const { attach, group, subscription, world } = scenario
    allowEverywhere(scenario)
    group.addCluster('aks-prod-2')
    subscription.addResourceGroup('rg-test').addCluster('aks-test-1')
    world.pageSize = 1
    const end = await attach({ cluster: '*', 'resource-group': resourceGroup })
    expectAttached(end, { changed: true })
    expect(end.report.pairs.map(({ target }) => target.split('/').at(-1))).toEqual(names)
    expect(writes(end)).toHaveLength(names.length)
  })

  it.for([
    ['name and resource group', { cluster: 'aks-nowhere' }],
    ['name alone', { cluster: 'aks-nowhere', 'resource-group': '' }],
    ['resource group', { cluster: 'aks-nowhere', 'resource-group': 'rg-nowhere' }],
  ] as const)('is missing by %s', async ([, inputs], { begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    const end = await scenario.attach(inputs)
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(end.log).toContain('az aks list --subscription')
    expect(end.log).not.toContain('no pull-role assignment')
    expect(writes(end)).toEqual([])
  })

  it.for([
    ['subscription', ''],
    ['resource group', 'rg-shop'],
  ])(
    'that is not in the given %s but in another subscription is found there, and its ID is printed',
    async ([, group = ''], { begin }) => {
      const scenario = await begin()
      allowEverywhere(scenario)
      const { world, deployer, attach } = scenario
      const other = world.addSubscription().addResourceGroup('rg-other').addCluster('aks-moved')
      const inputs = { cluster: 'aks-moved', 'resource-group': group }
      // Whoever can't read it does not find it.
      const unseen = await attach(inputs)
      expectFailure(unseen, 'CLUSTER_NOT_FOUND')
      expect(unseen.log).not.toContain(other.id)
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: other.id })
      const end = await attach(inputs)
      expectFailure(end, 'CLUSTER_NOT_FOUND')
      expect(headlineOf(end)).toMatch(/ aks-moved in .*, but one in resource group rg-other of subscription [^ ]+$/)
      expect(end.annotations[0]?.message).toContain(
        `If you mean this one, give its resource ID as cluster:\n${other.id}`,
      )
      expect(end.log.split('\n').map(line => line.trim())).toContain(other.id)
      expect(writes(end)).toEqual([])
      // Nothing is asked where it is found.
      expect(armRequests(await attach(), 'POST')).toEqual([])
    },
  )

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

  it('is looked up in a subscription that must exist', async ({ begin }) => {
    const { attach } = await begin()
    expectFailure(await attach({ 'subscription-id': nowhere }), 'SUBSCRIPTION_NOT_FOUND')
  })

  it('in a subscription that does not exist gets the list of those that the identity sees', async ({ begin }) => {
    const { attach, subscription, world, deployer, registry } = await begin()
    const end = await attach({ 'subscription-id': nowhere, registry: registry.id })
    expectFailure(end, 'SUBSCRIPTION_NOT_FOUND')
    const [error] = errorsOf(end)
    expect(error?.fix.text).toContain(`${subscription.subscriptionId}  ${subscription.displayName}`)
    // No role in a subscription that does not exist, also beside a refusal.
    const other = world.addSubscription({ displayName: 'Other' }).addResourceGroup('rg').addRegistry('otheracr')
    const refused = await attach({ 'subscription-id': nowhere, registry: other.id })
    expectFailure(refused, 'SUBSCRIPTION_NOT_FOUND')
    for (const { log } of [end, refused]) expect(log).not.toMatch(new RegExp(`--scope\\s+"?/subscriptions/${nowhere}`))
    disarm({ world, deployer })
    const blind = await attach({
      'subscription-id': nowhere,
      registry: registry.id.replace(subscription.subscriptionId, nowhere),
    })
    expectFailure(blind, 'SUBSCRIPTION_NOT_FOUND')
    expect(errorsOf(blind)[0]?.fix.text).toContain('sees none')
  })
})

describe('a registry', () => {
  const forms: Record<string, (scenario: Scenario) => string> = {
    name: () => 'contosoacr',
    'name in other letter case': () => 'ContosoACR',
    'login server': () => 'contosoacr.azurecr.io',
    'login server in other letter case': () => 'ContosoAcr.AzureCR.io',
    'resource ID': ({ registry }) => registry.id,
    'resource ID in other letter case': ({ registry }) => registry.id.toUpperCase(),
  }

  it.for(Object.entries(forms))('is found by %s', async ([, registry], { begin }) => {
    const scenario = await begin()
    const end = await scenario.attach({ registry: registry(scenario) })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toMatchObject([{ registry: scenario.registry.id, loginServer: 'contosoacr.azurecr.io' }])
    expect(scenario.grants()).toMatchObject([{ scope: scenario.registry.id }])
  })

  it('has the login server that Azure returns, with the hash of its domain name label', async ({ begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    scenario.group.addRegistry('labelacr', { loginServer: 'labelacr-ekf2h6b5cnd3.azurecr.io' })
    for (const registry of ['labelacr', 'labelacr-ekf2h6b5cnd3.azurecr.io']) {
      const end = await scenario.attach({ registry })
      expect(end.outputs['registry-login-server'], end.log).toBe('labelacr-ekf2h6b5cnd3.azurecr.io')
      expect(end.outputs.attached).toBe('true')
    }
  })

  it('is found on a later page of the list', async ({ begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    scenario.world.pageSize = 1
    scenario.group.addRegistry('lateracr')
    const end = await scenario.attach({ registry: 'lateracr' })
    expectAttached(end, { changed: true })
    expect(armRequests(end, 'GET', '/registries').length).toBeGreaterThan(1)
  })

  it.for([
    ['name', () => 'nowhereacr'],
    ['login server', () => 'nowhereacr.azurecr.io'],
    ['login server without its hash', () => 'labelacr.azurecr.io'],
    ['resource ID', ({ registry }: Scenario) => registry.id.replace('contosoacr', 'nowhereacr')],
  ] as const)('is missing by %s', async ([, registry], { begin }) => {
    const scenario = await begin()
    allowEverywhere(scenario)
    scenario.group.addRegistry('labelacr', { loginServer: 'labelacr-ekf2h6b5cnd3.azurecr.io' })
    const end = await scenario.attach({ registry: registry(scenario) })
    expectFailure(end, 'REGISTRY_NOT_FOUND')
    expect(end.log).toMatch(/az acr (show --name|list --subscription) /)
    expect(end.log).not.toContain('no pull-role assignment')
    expect(writes(end)).toEqual([])
  })

  it('that can be read is not said to have no role because another one could not', async ({ begin }) => {
    const { attach } = await begin()
    const { log } = await attach({ registry: 'contosoacr\nnowhereacr' })
    expect(log).toContain('found     no pull-role assignment at the registries that could be read')
    expect((await begin().then(({ attach: alone }) => alone())).log).toMatch(/found {5}no pull-role assignment +\d/)
  })

  it('can be in a subscription that does not exist', async ({ begin }) => {
    const { attach, registry, subscription } = await begin()
    const id = registry.id.replace(subscription.subscriptionId, nowhere)
    expectFailure(await attach({ registry: id }), 'SUBSCRIPTION_NOT_FOUND')
  })

  it('can be in another subscription than the cluster', async ({ begin }) => {
    const { attach, world, deployer, grants } = await begin()
    const other = world.addSubscription({ displayName: 'Shared services' })
    const shared = other.addResourceGroup('rg-shared').addRegistry('sharedacr')
    for (const role of ['Reader', 'Role Based Access Control Administrator'])
      world.assignRole({ principalId: deployer.objectId, role, scope: shared.id })
    expectAttached(await attach({ registry: shared.id }), { changed: true })
    expect(grants()).toMatchObject([
      { scope: shared.id, roleDefinitionId: expect.stringContaining(other.subscriptionId) as string },
    ])
  })
})

describe('two names of the same resource', () => {
  it('are one pair', async ({ begin }) => {
    const { attach, cluster, registry, grants } = await begin()
    const end = await attach({
      cluster: `aks-prod-1\n${cluster.id}\n${cluster.id.toUpperCase()}`,
      registry: `contosoacr\ncontosoacr.azurecr.io\n${registry.id}`,
    })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(1)
    expect(JSON.parse(end.outputs['registry-login-servers'] ?? '')).toEqual(['contosoacr.azurecr.io'])
    expect(writes(end)).toHaveLength(1)
    expect(grants()).toHaveLength(1)
  })
})
