import { describe, expect } from 'vitest'
import { pairEnds } from '../../support/estate.js'
import { annotationTitles } from '../../support/reading.js'
import { expectAttached, expectFailure, it, writes, type Scenario } from '../../support/scenario.js'

/** Three clusters and two registries; the deployer can assign roles at both. */
function addMore({ group, world, deployer }: Scenario) {
  for (const name of ['aks-prod-2', 'aks-prod-3']) group.addCluster(name)
  const registry = group.addRegistry('fabrikamacr')
  const role = 'Role Based Access Control Administrator'
  return world.assignRole({ principalId: deployer.objectId, role, scope: registry.id })
}

const inputs = { cluster: 'aks-prod-1\naks-prod-2\naks-prod-3', registry: 'contosoacr\nfabrikamacr' }

describe('several clusters and registries', () => {
  it('are all paired with each other', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const end = await scenario.attach(inputs)
    expectAttached(end, { changed: true })
    expect(end.report.pairs.map(({ target, loginServer }) => [target.split('/').at(-1), loginServer])).toEqual(
      ['aks-prod-1', 'aks-prod-2', 'aks-prod-3'].flatMap(name =>
        ['contosoacr', 'fabrikamacr'].map(registry => [name, `${registry}.azurecr.io`]),
      ),
    )
    expect(writes(end)).toHaveLength(6)
    expect(end.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/registries'))).toHaveLength(1)
    expect(end.outputs['registry-login-servers']).toBe('["contosoacr.azurecr.io","fabrikamacr.azurecr.io"]')
    expect(end.outputs['pull-identity-object-id']).toBe(scenario.cluster.kubeletIdentity.objectId)

    const again = await scenario.attach(inputs)
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
  })

  it('continue if a lock forbids writes at one of the registries, and fail at the end', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const { attach, world, registry } = scenario
    world.addLock({ scope: registry.id, level: 'ReadOnly' })
    const end = await attach({ registry: inputs.registry })
    expectFailure(end, 'SCOPE_LOCKED')
    expect(pairEnds(end)).toEqual(['SCOPE_LOCKED', 'attached'])
    expect(end.outputs).toMatchObject({ changed: 'true', verified: 'none' })
  })

  it('continue if one cluster and one registry are missing', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const end = await scenario.attach({
      cluster: 'aks-prod-1\naks-nowhere\naks-prod-3',
      registry: 'nowhereacr\ncontosoacr',
    })
    expect(end.outputs).toMatchObject({ attached: 'false', changed: 'true' })
    expect(pairEnds(end)).toEqual([
      'REGISTRY_NOT_FOUND',
      'attached',
      'CLUSTER_NOT_FOUND',
      'CLUSTER_NOT_FOUND',
      'REGISTRY_NOT_FOUND',
      'attached',
    ])
    // Nothing is told of the first registry, whatever the others are.
    expect(end.outputs).toMatchObject({
      'registry-login-server': '',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
      'role-assignment-id': '',
    })
    expect(annotationTitles(end)).toHaveLength(2)
  })
})
