import { describe, expect } from 'vitest'
import { armRequests, expectAttached, it, onceIt, writes } from '../../support/scenario.js'
import { unhurried } from '../../support/unhurried.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const repositoryReader = 'b93aa761-3e63-49ed-ac28-beffa264f7ac'

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
    expect(writes(end)).toHaveLength(1)
  })

  onceIt('always sends the principal type', async ({ begin }) => {
    const { attach, cluster } = await begin()
    const [put] = writes(await attach())
    expect(put?.requestBody).toMatchObject({
      properties: { principalId: cluster.kubeletIdentity.objectId, principalType: 'ServicePrincipal' },
    })
  })

  it('sets its outputs', async ({ begin }) => {
    const { attach, grants, cluster, registry } = await begin()
    const end = await attach({}, { environment: unhurried })
    expect(end.outputs).toMatchObject({
      attached: 'true',
      changed: 'true',
      drift: 'false',
      verified: 'assignment',
      'registry-login-server': 'contosoacr.azurecr.io',
      'registry-login-servers': '["contosoacr.azurecr.io"]',
      'pull-identity-object-id': cluster.kubeletIdentity.objectId,
      'pull-identity-client-id': cluster.kubeletIdentity.clientId,
      'role-assignment-id': grants()[0]?.id,
      'propagation-seconds': expect.stringMatching(/^\d+\.\d$/) as string,
      'error-code': '',
    })
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
    expect(end.report.requests).toBe(end.requests.length)
  })

  it('logs each step', async ({ begin }) => {
    const { attach, cluster } = await begin()
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
    expect(log).toContain('as gh-deployer, GitHub OIDC, repo:contoso/shop:ref:refs/heads/main')
    expect(log).toContain(`kubelet identity aks-prod-1-agentpool (…${cluster.kubeletIdentity.objectId.slice(-4)})`)
    expect(report.plan[0]?.reason).toMatch(/./)
    expect(log).toContain(`+ AcrPull on contosoacr for aks-prod-1  (${report.plan[0]?.reason ?? ''})`)
  })

  it('asks Azure until it reports the grant, and not at all with verify: none', async ({ begin }) => {
    const { attach, grants } = await begin()
    const end = await attach({ verify: 'none' })
    expectAttached(end, { changed: true })
    expect(end.outputs).toMatchObject({ verified: 'none', 'propagation-seconds': '' })
    expect(end.requests.at(-1)?.method).toBe('PUT')
    expect(grants()).toHaveLength(1)
  })

  it('gives the repository role if the registry uses repository permissions', async ({ begin }) => {
    const { attach, grants, group, deployer, world } = await begin()
    const abac = group.addRegistry('abacacr', { sku: 'Premium', roleAssignmentMode: 'AbacRepositoryPermissions' })
    world.assignRole({
      principalId: deployer.objectId,
      role: 'Role Based Access Control Administrator',
      scope: abac.id,
    })
    const end = await attach({ registry: 'abacacr' })
    expectAttached(end, { changed: true })
    expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([repositoryReader])
    expect(end.report.pairs[0]?.role).toBe('Container Registry Repository Reader')
  })

  onceIt('treats a registry without a mode as one that honours AcrPull', async ({ begin }) => {
    const { attach, grants, registry } = await begin()
    delete registry.body.properties.roleAssignmentMode
    expectAttached(await attach(), { changed: true })
    expect(grants().map(({ roleDefinitionId }) => roleDefinitionId.slice(-36))).toEqual([acrPull])
  })

  it('gives a stopped cluster access, and reports that it is stopped', async ({ begin }) => {
    const { attach, group, registry, world } = await begin()
    const stopped = group.addCluster('aks-stopped', { powerState: 'Stopped' })
    const end = await attach({ cluster: 'aks-stopped' })
    expectAttached(end, { changed: true })
    expect(world.assignments.findSame(registry.id, stopped.kubeletIdentity.objectId, acrPull)).toBeDefined()
    expect(end.report.findings).toMatchObject([{ code: 'CLUSTER_STOPPED', severity: 'warning' }])
    expect(end.annotations).toMatchObject([{ level: 'warning', title: 'attach-acr: CLUSTER_STOPPED on aks-stopped' }])
  })

  onceIt('refuses a cluster without a kubelet identity, and gives the reason', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-new', { withoutIdentityProfile: true, provisioningState: 'Creating' })
    const end = await attach({ cluster: 'aks-new', timeout: '2s' })
    expect(end.outputs['error-code']).toBe('NO_KUBELET_IDENTITY')
    expect(end.log).toContain('provisioning state: Creating')
    expect(writes(end)).toEqual([])
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
