import { describe, expect } from 'vitest'
import { readAzCommands } from '../../support/az.js'
import { disarm } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectFailure, it, onceIt, type Scenario } from '../../support/scenario.js'

const asksFor = (name: string): RegExp => new RegExp(`[Dd]id you mean ${name.replaceAll('.', '\\.')}\\?`)

describe('a name that is one letter off', () => {
  it('is answered with the name of the cluster, for one request more', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-test-1')
    const end = await attach({ cluster: 'aks-prod-l' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(errorsOf(end)).toMatchObject([{ message: expect.stringMatching(asksFor('aks-prod-1')) as string }])
    expect(end.annotations[0]?.message).toMatch(asksFor('aks-prod-1'))
    expect(armRequests(end, 'GET', '/managedClusters').map(({ path }) => path.split('/').at(-1))).toEqual([
      'aks-prod-l',
      'managedClusters',
    ])
  })

  onceIt('is answered with the name in the list of the subscription, for no request more', async ({ begin }) => {
    const { attach, world, subscription, deployer } = await begin()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const end = await attach({ cluster: 'aks-pord-1', 'resource-group': '' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(errorsOf(end)[0]?.message).toMatch(asksFor('aks-prod-1'))
    expect(armRequests(end, 'GET', '/managedClusters')).toHaveLength(1)
  })

  onceIt('is answered with the registry, by name, login server or ID', async ({ begin }) => {
    const { attach, world, registry, subscription, deployer } = await begin()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    for (const [asked, meant] of [
      ['contosoac', 'contosoacr'],
      ['contosoarc.azurecr.io', 'contosoacr.azurecr.io'],
      [registry.id.replace('contosoacr', 'contosacr'), 'contosoacr'],
    ] as const) {
      const end = await attach({ registry: asked })
      expectFailure(end, 'REGISTRY_NOT_FOUND')
      expect(errorsOf(end)[0]?.message).toMatch(asksFor(meant))
    }
  })

  onceIt('is not answered with a sibling, or with a name further off', async ({ begin }) => {
    const { attach, group } = await begin()
    for (const name of ['aks-prod-3', 'aks-test-1']) group.addCluster(name)
    const sibling = await attach({ cluster: 'aks-prod-2' })
    expect(errorsOf(sibling)[0]?.message).not.toMatch(/did you mean/i)
    const far = await attach({ cluster: 'aks-shop' })
    expect(errorsOf(far)[0]?.message).not.toMatch(/did you mean/i)
  })

  onceIt('is answered in a check, where it is drift', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ mode: 'check', cluster: 'aks-prod-l' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(end.log).toMatch(asksFor('aks-prod-1'))
    expect(end.summary).toMatch(asksFor('aks\\\\?-prod\\\\?-1'))
  })
})

/** Leaves the deployer the roles of the set-up: at the cluster and at the registry alone. */
function setUp(scenario: Scenario): void {
  disarm(scenario)
  const { world, deployer, cluster, registry } = scenario
  const principalId = deployer.objectId
  world.assignRole({ principalId, role: 'Reader', scope: cluster.id })
  world.assignRole({ principalId, role: 'Role Based Access Control Administrator', scope: registry.id })
}

describe('a misspelled name, with the roles of the set-up', () => {
  const forms: Record<string, (scenario: Scenario) => [inputs: Record<string, string>, meant: string]> = {
    'the cluster by name': () => [{ cluster: 'aks-prod-l' }, 'aks-prod-1'],
    'the cluster by name alone': () => [{ cluster: 'aks-prod-l', 'resource-group': '' }, 'aks-prod-1'],
    'the cluster by ID': ({ cluster }) => [{ cluster: `${cluster.id.slice(0, -1)}l` }, 'aks-prod-1'],
    'the resource group': ({ cluster }) => [{ 'resource-group': 'rg-shpo' }, cluster.id],
    'the registry by name': () => [{ registry: 'contosoarc' }, 'contosoacr'],
    'the registry by login server': () => [{ registry: 'contosoarc.azurecr.io' }, 'contosoacr.azurecr.io'],
    'the registry by ID': ({ registry }) => [
      { registry: registry.id.replace('contosoacr', 'contosoarc') },
      'contosoacr',
    ],
    'the group of a registry by ID': ({ registry }) => [
      { registry: registry.id.replace('/rg-shop/', '/rg-shpo/') },
      registry.id,
    ],
    'the identity by ID': ({ group, world, deployer }) => {
      const { id } = group.addUserAssignedIdentity('kubelet')
      world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: id })
      return [{ cluster: '', 'kubelet-identity': id.replace(/kubelet$/, 'kublet') }, 'kubelet']
    },
  }

  it.for(Object.keys(forms).flatMap(form => (['attach', 'check'] as const).map(mode => [form, mode] as const)))(
    '%s is told in %s before any advice on roles',
    async ([form, mode], { begin }) => {
      const scenario = await begin()
      setUp(scenario)
      const [inputs = {}, meant = ''] = forms[form]?.(scenario) ?? []
      const end = await scenario.attach({ ...inputs, mode })
      const [, kind = ''] = /the (\w+)/.exec(form) ?? []
      const codes = { registry: 'REGISTRY_NOT_FOUND', identity: 'IDENTITY_NOT_FOUND' } as const
      const isRegistry = kind === 'registry' || form.includes('registry')
      expectFailure(end, isRegistry ? codes.registry : kind === 'identity' ? codes.identity : 'CLUSTER_NOT_FOUND')
      const [error, ...others] = errorsOf(end)
      expect(others).toEqual([])
      expect(error?.message.toLowerCase()).toContain(`did you mean ${meant}?`.toLowerCase())
      // A role at what does not exist helps nobody.
      expect(readAzCommands(end.log).filter(([, , verb]) => verb === 'create')).toEqual([])
      // It was refused, which is no drift.
      if (mode === 'check') expect(end.report).toMatchObject({ drift: false, pairs: [{ status: 'unknown' }] })
    },
  )

  it('is told as a refusal if nothing near can be seen, and that the name may be wrong', async ({ begin }) => {
    const scenario = await begin()
    setUp(scenario)
    const end = await scenario.attach({ cluster: 'aks-staging' })
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(errorsOf(end)[0]?.fix.text).toContain('The name may also be wrong')
  })
})

describe('a plan', () => {
  it('has its counts in its heading and in the details', async ({ begin }) => {
    const { attach, group, world, registry } = await begin()
    const second = group.addCluster('aks-prod-2')
    const attached = await attach({ cluster: 'aks-prod-1\naks-prod-2' })
    expect(attached.log).toMatch(/^▸ Plan: 2 to create$/m)
    expect(attached.summary).toContain('- planned: 2 to create\n')
    const again = await attach({ cluster: 'aks-prod-1\naks-prod-2' })
    expect(again.log).toMatch(/Plan: nothing to write/)
    const grant = world.roleAssignments.find(({ principalId }) => principalId === second.kubeletIdentity.objectId)
    expect(grant?.scope.toLowerCase()).toBe(registry.id.toLowerCase())
    const detached = await attach({ mode: 'detach', cluster: 'aks-prod-2' })
    expect(detached.log).toMatch(/^▸ Plan: 1 to delete$/m)
  })
})
