import { describe, expect } from 'vitest'
import { expectDetached, findingCodes, letDeploy, pairEnds } from '../../support/estate.js'
import { expectAttached, expectFailure, it, onceIt, writes } from '../../support/scenario.js'

const detach = { mode: 'detach' }

describe('detach', () => {
  onceIt('requires clusters by name', async ({ begin }) => {
    const { attach, grants, world, cluster, registry } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: '*' })
    expectFailure(end, 'INVALID_INPUT')
    expect(end.requests).toEqual([])
    expect(grants()).toHaveLength(1)
  })

  it('does not change the registry that a cluster boots its nodes from', async ({ begin }) => {
    const { attach, group, world, registry } = await begin()
    const isolated = group.addCluster('aks-isolated', { bootstrapRegistryId: registry.id.toUpperCase() })
    const principalId = isolated.kubeletIdentity.objectId
    const grant = world.assignRole({ principalId, role: 'AcrPull', scope: registry.id })
    const end = await attach({ ...detach, cluster: 'aks-prod-1\naks-isolated' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(pairEnds(end)).toEqual(['detached', 'BOOTSTRAP_REGISTRY'])
    expect(writes(end)).toEqual([])
    expect(world.roleAssignments).toContain(grant)
  })

  it('is refused if another cluster pulls with the identity, unless it is a target, too', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group, world, registry, subscription } = scenario
    letDeploy(scenario, subscription.id)
    const shared = group.addUserAssignedIdentity('shared-kubelet')
    for (const name of ['aks-a', 'aks-b']) group.addCluster(name, { kubeletIdentity: shared })
    world.assignRole({ principalId: shared.objectId, role: 'AcrPull', scope: registry.id })
    const refused = await attach({ ...detach, cluster: 'aks-a' })
    expectFailure(refused, 'SHARED_IDENTITY')
    expect(refused.report.pairs[0]?.error?.message).toMatch(/\baks-b\b.*\bidentity\b/)
    expect(writes(refused)).toEqual([])
    const end = await attach({ ...detach, cluster: 'aks-a\naks-b' })
    expectDetached(end, { changed: true })
    // It also reports that nodes keep their tokens.
    expect(end.report.notes.join()).toContain('up to an hour')
  })

  it('counts a change that Azure carried out without confirming it', async ({ begin }) => {
    const { attach, cluster, grants, registry, simulator, world } = await begin()
    world.assignRole({ principalId: cluster.kubeletIdentity.objectId, role: 'AcrPull', scope: registry.id })
    simulator.faults.add({ method: 'DELETE', path: '/roleAssignments/', after: true, reset: true })
    const end = await attach(detach)
    expectDetached(end, { changed: true })
    expect(grants()).toEqual([])
  })
})

describe('a network isolated cluster', () => {
  it('is reported if its nodes lack the role to boot', async ({ begin }) => {
    const { attach, group, registry } = await begin()
    group.addCluster('aks-isolated', { bootstrapRegistryId: registry.id })
    const inputs = { cluster: 'aks-isolated' }
    const drift = await attach({ ...inputs, mode: 'check' })
    expectFailure(drift, 'DRIFT')
    expect(findingCodes(drift)).toContain('BOOTSTRAP_REGISTRY')
    // The grant of this run is no longer missing.
    const given = await attach(inputs)
    expectAttached(given, { changed: true })
    expect(findingCodes(given)).toEqual([])
    const after = await attach({ ...inputs, mode: 'check' })
    expectAttached(after, { changed: false })
    expect(findingCodes(after)).toEqual([])
  })

  it('must not be limited to repositories that exclude those it boots from', async ({ begin }) => {
    const scenario = await begin()
    const { attach, group } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    group.addCluster('aks-isolated', { bootstrapRegistryId: abac.id })
    const inputs = { cluster: 'aks-isolated', registry: 'abacacr' }
    const end = await attach({ ...inputs, repositories: 'team/*' })
    expectFailure(end, 'INVALID_INPUT')
    expect(writes(end)).toEqual([])
    const both = 'team/*\naks-managed-repository/*'
    expectAttached(await attach({ ...inputs, repositories: both }), { changed: true })
  })
})

describe('a cluster', () => {
  it('that pulls with service accounts is reported', async ({ begin }) => {
    const { attach, group } = await begin()
    group.addCluster('aks-accounts', { serviceAccountPull: {} })
    for (const cluster of ['aks-accounts', '*']) {
      const end = await attach({ cluster, mode: 'check' })
      expect(findingCodes(end)).toContain('SERVICE_ACCOUNT_PULL')
    }
  })

  it('that is being deleted is left out of *, and reported', async ({ begin }) => {
    const { attach, group } = await begin()
    const leaving = group.addCluster('aks-leaving', { provisioningState: 'Deleting' })
    const end = await attach({ cluster: '*' })
    expectAttached(end, { changed: true })
    expect(end.report.pairs).toHaveLength(1)
    expect(end.report.findings).toMatchObject([{ subject: leaving.id, severity: 'notice' }])
    expect(end.report.findings[0]?.message).toMatch(/\bdeleted\b/)
  })
})
