import { describe, expect } from 'vitest'
import { armRequests, expectAttached, it, writes } from '../../support/scenario.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

describe('a first attach', () => {
  it('gives the kubelet identity the pull role at the registry', async ({ begin }) => {
    const { attach, grants, cluster, registry, subscription } = await begin()
    const end = await attach()
    expectAttached(end, { changed: true })
    expect(grants()).toMatchObject([
      {
        scope: registry.id,
        principalId: cluster.kubeletIdentity.objectId,
        principalType: 'ServicePrincipal',
        roleDefinitionId: `${subscription.id}/providers/Microsoft.Authorization/roleDefinitions/${acrPull}`,
        condition: null,
      },
    ])
    expect(writes(end)).toMatchObject([{ requestBody: { properties: { principalType: 'ServicePrincipal' } } }])
    expect(end.report.pairs).toMatchObject([
      {
        target: cluster.id,
        targetKind: 'cluster',
        principalId: cluster.kubeletIdentity.objectId,
        registry: registry.id,
        loginServer: 'contosoacr.azurecr.io',
        status: 'attached',
        grantedBy: 'direct',
        role: 'AcrPull',
        scope: registry.id,
        changed: true,
        verified: 'assignment',
        error: null,
      },
    ])
    expect(end.report.plan).toMatchObject([{ operation: 'create-role-assignment', target: cluster.id }])
  })

  it('logs each step', async ({ begin }) => {
    const { attach } = await begin()
    const { log, report } = await attach()
    const stages = log.split('\n').flatMap(line => /^[▸✗] \w+|^✓/.exec(line) ?? [])
    expect(stages).toEqual(['▸ Sign', '▸ Observe', '▸ Plan', '▸ Apply', '▸ Verify', '✓'])
    expect(log).toContain(report.plan[0]?.reason ?? 'no reason')
  })

  it('asks Azure until it reports the grant, and not at all with verify: none', async ({ begin }) => {
    const { attach, grants } = await begin()
    const end = await attach({ verify: 'none' })
    expectAttached(end, { changed: true })
    expect(end.outputs).toMatchObject({ verified: 'none', 'propagation-seconds': '' })
    expect(end.requests.at(-1)?.method).toBe('PUT')
    expect(grants()).toHaveLength(1)
  })

  it('lists role assignments once, however many others there are above the registry', async ({ begin }) => {
    const { attach, cluster, world, registry } = await begin()
    world.addNoiseAssignments(300, registry.id)
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach()
    expectAttached(end, { changed: false })
    expect(armRequests(end, 'GET', '/roleAssignments').map(({ query }) => query.$filter)).toEqual(['atScope()'])
  })
})
