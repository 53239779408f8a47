import { describe, expect } from 'vitest'
import { readAzCommands } from '../../support/az.js'
import { disarm } from '../../support/estate.js'
import { errorsOf } from '../../support/reading.js'
import { armRequests, expectFailure, it, type Scenario } from '../../support/scenario.js'

const asksFor = (name: string): RegExp => new RegExp(`[Dd]id you mean ${name.replaceAll('.', '\\.')}\\?`, 'i')

describe('a name that is one letter off', () => {
  it('is answered with the name of the cluster, for one request more', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-test-1')
    const end = await attach({ cluster: 'aks-prod-l' })
    expectFailure(end, 'CLUSTER_NOT_FOUND')
    expect(errorsOf(end)[0]?.message).toMatch(asksFor('aks-prod-1'))
    expect(armRequests(end, 'GET', '/managedClusters').map(({ path }) => path.split('/').at(-1))).toEqual([
      'aks-prod-l',
      'managedClusters',
    ])
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
    'the resource group': ({ cluster }) => [{ 'resource-group': 'rg-shpo' }, cluster.id],
    'the registry by login server': () => [{ registry: 'contosoarc.azurecr.io' }, 'contosoacr.azurecr.io'],
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

  it.for([...Object.keys(forms).map(form => [form, 'attach'] as const), ['the cluster by name', 'check'] as const])(
    '%s is told in %s before any advice on roles',
    async ([form, mode], { begin }) => {
      const scenario = await begin()
      setUp(scenario)
      const [inputs = {}, meant = ''] = forms[form]?.(scenario) ?? []
      const end = await scenario.attach({ ...inputs, mode })
      const [kind = 'cluster'] = /registry|identity/.exec(form) ?? []
      expectFailure(end, `${kind.toUpperCase()}_NOT_FOUND`)
      expect(errorsOf(end).map(({ message }) => message)).toEqual([expect.stringMatching(asksFor(meant))])
      // The set-up, which is there to run as printed, knows whether the name is right.
      const [again = ''] = errorsOf(end).flatMap(({ fix }) => fix.commands.filter(each => each.includes('set-up.sh')))
      const isRefused = errorsOf(end)[0]?.azure?.code === 'AuthorizationFailed'
      const isSetUp = isRefused && kind !== 'identity' && mode === 'attach'
      expect(again.startsWith('bash docs/set-up.sh --repo contoso/shop --branch main ')).toBe(isSetUp)
      // A role at what does not exist helps nobody.
      expect(readAzCommands(end.log).filter(([, , verb]) => verb === 'create')).toEqual([])
      // It was refused, which is no drift.
      if (mode === 'check') expect(end.report).toMatchObject({ drift: false, pairs: [{ status: 'unknown' }] })
    },
  )
})
