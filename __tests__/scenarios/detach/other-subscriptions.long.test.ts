import { describe, expect } from 'vitest'
import { expectDetached, letDeploy } from '../../support/estate.js'
import { armRequests, expectFailure, onceIt, writes, type Beginning, type Scenario } from '../../support/scenario.js'
import { graphRefuses } from '../../support/rare-worlds.js'

const detach = { mode: 'detach' }

/** `aks-green` and, in a subscription that the step does not name, `aks-blue`, with one identity and a pull role of it. */
async function beginApart(
  begin: (beginning?: Beginning) => Promise<Scenario>,
  { boots = false, isApplication = false } = {},
) {
  const scenario = await begin()
  const { world, group, registry, subscription, deployer } = scenario
  const apart = world.addSubscription()
  for (const { id } of [subscription, apart]) letDeploy(scenario, id)
  world.grantGraphPermission(deployer, 'Directory.Read.All')
  const identity = group.addUserAssignedIdentity('shared-kubelet')
  const application = world.directory.addServicePrincipal('old-sp', 'Application')
  const options = isApplication
    ? ({ identity: 'ServicePrincipal', servicePrincipalClientId: application.clientId } as const)
    : { kubeletIdentity: identity }
  const green = group.addCluster('aks-green', options)
  const blue = apart
    .addResourceGroup('rg-apart')
    .addCluster('aks-blue', { ...options, ...(boots && { bootstrapRegistryId: registry.id }) })
  const { objectId } = isApplication ? application : identity
  const grant = world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
  return { ...scenario, identity, green, blue, grant, objectId, apart }
}

describe('a cluster in another subscription with the identity of a target', () => {
  onceIt.for(['cluster', 'kubelet-identity', 'application'] as const)(
    'that boots with the pull role keeps it: detach of the %s',
    async (kind, { begin }) => {
      const isApplication = kind === 'application'
      const { attach, world, grant, identity } = await beginApart(begin, { boots: true, isApplication })
      const target = kind === 'kubelet-identity' ? { cluster: '', [kind]: identity.id } : { cluster: 'aks-green' }
      const end = await attach({ ...detach, ...target })
      expectFailure(end, 'BOOTSTRAP_REGISTRY')
      expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
      expect(writes(end)).toEqual([])
      expect(world.roleAssignments).toContain(grant)
    },
  )

  onceIt('keeps its access, at one request for all subscriptions', async ({ begin }) => {
    const { attach, grant, world } = await beginApart(begin)
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toMatch(/\baks-blue\b.*\bidentity\b/)
    expect(world.roleAssignments).toContain(grant)
    expect(armRequests(end, 'POST', 'Microsoft.ResourceGraph')).toHaveLength(1)
  })

  onceIt('is found in the lists of all subscriptions where Azure Resource Graph refuses', async ({ begin }) => {
    const { attach, world, grant, simulator } = await beginApart(begin, { boots: true })
    simulator.faults.add(graphRefuses)
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'BOOTSTRAP_REGISTRY')
    expect(end.report.pairs[0]?.error?.message).toContain('aks-blue')
    expect(world.roleAssignments).toContain(grant)
  })

  onceIt('keeps its access, too, if these can not be listed, either', async ({ begin }) => {
    const { attach, apart, simulator } = await beginApart(begin)
    simulator.faults.add(graphRefuses)
    simulator.faults.add({
      ...{ method: 'GET', path: `${apart.id}/providers/Microsoft.ContainerService/managedClusters`, status: 403 },
      body: { error: { code: 'AuthorizationFailed', message: 'No.' } },
    })
    const end = await attach({ ...detach, cluster: 'aks-green' })
    expectFailure(end, 'SHARED_IDENTITY')
    expect(end.report.pairs[0]?.error?.message).toContain('could not be checked')
  })

  onceIt('that is still in the index, but was deleted, does not matter', async ({ begin }) => {
    const { attach, world, blue, grant, simulator } = await beginApart(begin, { boots: true })
    simulator.faults.add({
      ...{ method: 'GET', path: blue.id, status: 404 },
      body: { error: { code: 'ResourceNotFound', message: 'It was not found.' } },
    })
    const losers = ['aks-blue on contosoacr']
    expectDetached(await attach({ ...detach, cluster: 'aks-green' }, { losers }), { changed: true })
    expect(world.roleAssignments).not.toContain(grant)
  })
})
