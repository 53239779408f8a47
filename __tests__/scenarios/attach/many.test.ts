import { describe, expect } from 'vitest'
import { headlineOf } from '../../support/reading.js'
import { expectAttached, it, onceIt, whenRequested, writes, type Scenario } from '../../support/scenario.js'

/** Three clusters and two registries; the deployer can assign roles at both. */
function addMore({ group, world, deployer }: Scenario) {
  const clusters = ['aks-prod-2', 'aks-prod-3'].map(name => group.addCluster(name))
  const registry = group.addRegistry('fabrikamacr')
  const right = world.assignRole({
    principalId: deployer.objectId,
    role: 'Role Based Access Control Administrator',
    scope: registry.id,
  })
  return { clusters, registry, right }
}

const inputs = { cluster: 'aks-prod-1\naks-prod-2\naks-prod-3', registry: 'contosoacr\nfabrikamacr' }

describe('several clusters and registries', () => {
  it('are all paired with each other', async ({ begin }) => {
    const scenario = await begin()
    const { clusters } = addMore(scenario)
    const end = await scenario.attach(inputs)
    expectAttached(end, { changed: true })
    expect(end.report.pairs.map(({ target, loginServer }) => [target.split('/').at(-1), loginServer])).toEqual(
      ['aks-prod-1', 'aks-prod-2', 'aks-prod-3'].flatMap(name =>
        ['contosoacr', 'fabrikamacr'].map(registry => [name, `${registry}.azurecr.io`]),
      ),
    )
    expect(writes(end)).toHaveLength(6)
    for (const { kubeletIdentity } of [scenario.cluster, ...clusters])
      expect(
        scenario.world.roleAssignments.filter(({ principalId }) => principalId === kubeletIdentity.objectId),
      ).toHaveLength(2)
    expect(end.outputs['registry-login-servers']).toBe('["contosoacr.azurecr.io","fabrikamacr.azurecr.io"]')
    expect(end.outputs['pull-identity-object-id']).toBe(scenario.cluster.kubeletIdentity.objectId)

    const again = await scenario.attach(inputs)
    expectAttached(again, { changed: false })
    expect(writes(again)).toEqual([])
  })

  onceIt('write only what is missing', async ({ begin }) => {
    const scenario = await begin()
    const { registry } = addMore(scenario)
    scenario.world.assignRole({
      principalId: scenario.cluster.kubeletIdentity.objectId,
      role: 'AcrPull',
      scope: registry.id,
    })
    const end = await scenario.attach(inputs)
    expectAttached(end, { changed: true })
    expect(writes(end)).toHaveLength(5)
    expect(end.report.pairs.filter(({ changed }) => changed)).toHaveLength(5)
  })

  it('continue if one registry refuses writes, and fail at the end', async ({ begin }) => {
    const scenario = await begin()
    const { right } = addMore(scenario)
    scenario.world.assignments.remove(right)
    const end = await scenario.attach(inputs)
    expect(end.exitCode).toBe(1)
    expect(end.outputs).toMatchObject({
      attached: 'false',
      changed: 'true',
      verified: 'none',
      'error-code': 'AUTHORIZATION_FAILED',
    })
    expect(end.report.pairs.map(({ status, loginServer }) => [loginServer, status])).toEqual(
      [1, 2, 3].flatMap(() => [
        ['contosoacr.azurecr.io', 'attached'],
        ['fabrikamacr.azurecr.io', 'failed'],
      ]),
    )
    expect(end.annotations.filter(({ level }) => level === 'error').length).toBeGreaterThanOrEqual(1)
    expect(headlineOf(end)).toMatch(/^✗ 3 of 3 clusters [^:]*registries[^:]*: /)
    const rows = end.summary.split('\n').filter(line => /^\| [✓✗]/.test(line))
    expect(rows.map(row => row.charAt(2))).toEqual(['✗', '✗', '✗', '✓', '✓', '✓'])
  })

  onceIt('that are refused for the same reason get one annotation, and one block in the log', async ({ begin }) => {
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
    expect(errors[0]?.message).toMatch(/\b23 similar failures: see the summary\./)
    // One in full, twenty by name, and the number of others.
    expect(end.log.match(/✗ AUTHORIZATION_FAILED/g)).toHaveLength(21)
    expect(end.log).toContain('3 more')
    // One command for both registries.
    expect(end.log.match(/az role assignment create/g)).toHaveLength(1)
    expect(end.log).toMatch(/for id in \S+\/contosoacr \S+\/fabrikamacr; do/)
    expect(end.report.pairs.filter(({ error }) => error)).toHaveLength(24)
  })

  onceIt('all succeed in the end if Azure throttles, with many requests at once', async ({ begin }) => {
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
    expect(end.exitCode).toBe(1)
    expect(end.outputs).toMatchObject({ attached: 'false', changed: 'true' })
    expect(end.report.pairs.map(({ status, error }) => error?.code ?? status)).toEqual([
      ...['attached', 'REGISTRY_NOT_FOUND'],
      ...['CLUSTER_NOT_FOUND', 'CLUSTER_NOT_FOUND'],
      ...['attached', 'REGISTRY_NOT_FOUND'],
    ])
    const titles = end.annotations.map(({ title }) => title)
    expect(titles).toContain('attach-acr: CLUSTER_NOT_FOUND on aks-nowhere')
    expect(titles).toContain('attach-acr: REGISTRY_NOT_FOUND on nowhereacr')
    expect(titles).toHaveLength(2)
  })

  onceIt('look each resource list up once', async ({ begin }) => {
    const scenario = await begin()
    addMore(scenario)
    const end = await scenario.attach(inputs)
    const lists = end.requests.filter(({ method, path }) => method === 'GET' && path.endsWith('/registries'))
    expect(lists).toHaveLength(1)
  })
})
