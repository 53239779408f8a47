import { describe, expect } from 'vitest'
import { letDeploy, pairEnds } from '../../support/estate.js'
import { advisedCommands, errorsOf } from '../../support/reading.js'
import { armRequests, expectAttached, expectFailure, it, writes } from '../../support/scenario.js'

describe('a cluster whose identity belongs to another tenant, delegated by Azure Lighthouse', () => {
  it.for(['its own tenant', "the step's tenant"] as const)(
    'gets no role that would be for nobody, at a registry of %s',
    async (where, { begin }) => {
      const scenario = await begin()
      const { attach, world, registry, cluster } = scenario
      const tenantId = world.addTenant('fabrikam')
      const theirs = world.addSubscription({ tenantId, managedByTenants: [world.tenantId] })
      const group = theirs.addResourceGroup('rg-theirs')
      const customer = group.addCluster('aks-theirs')
      const at = where === 'its own tenant' ? group.addRegistry('fabrikamacr') : registry
      letDeploy(scenario, group.id)
      const before = world.roleAssignments.length
      const end = await attach({ cluster: customer.id, registry: at.id })
      expectFailure(end, 'PRINCIPAL_NOT_FOUND')
      expect(writes(end)).toEqual([])
      expect(world.roleAssignments).toHaveLength(before)
      expect(errorsOf(end)[0]?.fix.text).toMatch(/tenant-id.*import/s)
      expect(advisedCommands(end)).toEqual([expect.stringMatching(/^az account show --subscription /)])
      // Others are attached all the same.
      const both = await attach({ cluster: `${customer.id}\n${cluster.id}`, registry: at.id })
      expect(pairEnds(both)).toContain('PRINCIPAL_NOT_FOUND')
      expect(armRequests(both, 'PUT')).toHaveLength(1)
    },
  )
})

describe('an assignment that is widened', () => {
  it('keeps everything else that others have written there', async ({ begin }) => {
    const scenario = await begin()
    const { attach, world, group, cluster } = scenario
    const abac = group.addRegistry('abacacr', { roleAssignmentMode: 'AbacRepositoryPermissions' })
    letDeploy(scenario, abac.id)
    const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
    const assignment = world.assignRole({
      principalId: cluster.kubeletIdentity.objectId,
      role: 'Container Registry Repository Reader',
      scope: abac.id,
      condition: `${name} StringStartsWithIgnoreCase 'team/'`,
    })
    const theirs = {
      description: 'Ticket 4711: do not remove',
      delegatedManagedIdentityResourceId: cluster.kubeletIdentity.id,
    }
    Object.assign(assignment, theirs)
    const end = await attach({ registry: 'abacacr', repositories: 'shop/*' })
    expectAttached(end, { changed: true })
    const now = world.roleAssignments.find(({ id }) => id === assignment.id)
    expect(now).toMatchObject(theirs)
    expect(now?.condition).toContain("'shop/'")
  })
})
