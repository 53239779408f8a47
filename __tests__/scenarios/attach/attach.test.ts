import { describe, expect } from 'vitest'
import { armRequests, expectAttached, it, onceIt, writes } from '../../support/scenario.js'

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
    const lines = log.split('\n')
    expect(lines[0]).toMatch(/^attach-acr \d+\.\d+\.\d+ · attach · 1 cluster × 1 registry$/)
    expect(lines.filter(line => /^[▸✓✗]/.test(line))).toEqual([
      '▸ Sign in',
      '▸ Observe',
      '▸ Plan: 1 to create',
      '▸ Apply',
      expect.stringMatching(/^▸ Verify/),
      expect.stringMatching(/^✓ .*aks-prod-1.* contosoacr\.azurecr\.io\b/),
    ])
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

  onceIt('treats a registry without a mode as one that honours AcrPull', async ({ begin }) => {
    const { attach, grants, registry } = await begin()
    delete registry.body.properties.roleAssignmentMode
    expectAttached(await attach(), { changed: true })
    expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([acrPull])
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
