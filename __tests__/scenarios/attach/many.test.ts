import { describe, expect } from 'vitest'
import { pairEnds } from '../../support/estate.js'
import { annotationTitles } from '../../support/reading.js'
import { expectAttached, expectFailure, it, whenRequested, writes, type Scenario } from '../../support/scenario.js'

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

  it('continue if one registry refuses writes, and fail at the end', async ({ begin }) => {
    const scenario = await begin()
    scenario.world.assignments.remove(addMore(scenario))
    const end = await scenario.attach(inputs)
    expectFailure(end, 'AUTHORIZATION_FAILED')
    expect(end.outputs).toMatchObject({ changed: 'true', verified: 'none' })
    expect(end.report.pairs.map(({ status, loginServer }) => [loginServer, status])).toEqual(
      [1, 2, 3].flatMap(() => [
        ['contosoacr.azurecr.io', 'attached'],
        ['fabrikamacr.azurecr.io', 'failed'],
      ]),
    )
  })

  it('that are refused for the same reason get one annotation, and one block in the log', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const { group, attach, world } = scenario
    for (let index = 4; index <= 12; index++) group.addCluster(`aks-prod-${index}`)
    const administrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
    for (const right of world.roleAssignments.filter(({ roleDefinitionId }) =>
      roleDefinitionId.endsWith(administrator),
    ))
      world.assignments.remove(right)
    const end = await attach({ cluster: '*', registry: inputs.registry })
    const errors = end.annotations.filter(({ level }) => level === 'error')
    expect(errors.map(({ title }) => title)).toEqual(['attach-acr: AUTHORIZATION_FAILED on contosoacr'])
    // One command for both registries.
    expect(end.log.match(/az role assignment create/g)).toHaveLength(1)
    expect(end.report.pairs.filter(({ error }) => error)).toHaveLength(24)
  })

  it('all succeed in the end if Azure throttles, with many requests at once', async ({ begin }) => {
    const { group, attach, world, simulator } = await begin()
    for (let index = 2; index <= 30; index++) group.addCluster(`aks-prod-${index}`)
    const reads = { size: 250, refillPerSecond: 25 }
    world.throttling = { reads, writes: { size: 5, refillPerSecond: 2 }, deletes: reads }
    // The first write goes alone. However slow the machine is, more of the others come at once than the bucket holds.
    const isWrite = ({ method }: { method: string }): boolean => method === 'PUT'
    simulator.faults.add({ method: 'PUT', skip: 1, times: 12, until: () => whenRequested(simulator, isWrite, 13) })
    const end = await attach({ cluster: '*', concurrency: '64' })
    expectAttached(end, { changed: true })
    expect(end.requests.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
  })

  it('continue if one cluster and one registry are missing', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const end = await scenario.attach({
      cluster: 'aks-prod-1\naks-nowhere\naks-prod-3',
      registry: 'contosoacr\nnowhereacr',
    })
    expect(end.outputs).toMatchObject({ attached: 'false', changed: 'true' })
    expect(pairEnds(end)).toEqual([
      ...['attached', 'REGISTRY_NOT_FOUND'],
      ...['CLUSTER_NOT_FOUND', 'CLUSTER_NOT_FOUND'],
      ...['attached', 'REGISTRY_NOT_FOUND'],
    ])
    expect(annotationTitles(end)).toHaveLength(2)
  })

  it('have empty outputs about the first registry if it was not found, whatever the others are', async ({ begin }) => {
    const { attach } = await begin()
    const end = await attach({ registry: 'nowhereacr\ncontosoacr' })
    expectFailure(end, 'REGISTRY_NOT_FOUND')
    expect(end.outputs).toMatchObject({
      'registry-login-server': '',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
      'role-assignment-id': '',
    })
  })
})
