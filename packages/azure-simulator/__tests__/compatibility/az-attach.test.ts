import { describe, expect } from 'vitest'
import { it } from '../support/machine.js'

const acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
const update = 'aks update --resource-group rg-shop --name aks-prod-1'

describe('az aks update --attach-acr', () => {
  it('attaches by name, again, and detaches', async ({ begin }) => {
    const { az, grants, registry, simulator, world } = await begin({ clients: ['az'] })
    expect(await az(`${update} --attach-acr contosoacr`)).toMatchObject({ provisioningState: 'Succeeded' })
    expect(grants()).toEqual([[acrPull, registry.id]])
    const [first] = world.roleAssignments.filter(({ roleDefinitionId }) => roleDefinitionId.endsWith(acrPull))
    const put = simulator.requests.find(({ method, path }) => method === 'PUT' && path.endsWith('/aks-prod-1'))
    expect(put).toMatchObject({ status: 200, requestBody: { identity: { type: 'SystemAssigned' } } })
    expect(simulator.requests.some(({ path }) => path.includes('/locations/westeurope/operations/'))).toBe(true)

    await az(`${update} --attach-acr contosoacr`)
    expect(grants()).toEqual([[acrPull, registry.id]])
    expect(world.roleAssignments).toContainEqual(first)

    await az(`${update} --detach-acr contosoacr`)
    expect(grants()).toEqual([])
    await az(`${update} --detach-acr contosoacr`)
    expect(grants()).toEqual([])
  })

  it('attaches a registry of another group by its ID', async ({ begin }) => {
    const { az, azFails, grants, subscription } = await begin({ clients: ['az'] })
    const other = subscription.addResourceGroup('rg-shared').addRegistry('sharedacr')
    await az(`${update} --attach-acr ${other.id}`)
    expect(grants()).toEqual([[acrPull, other.id]])
    await az(`${update} --detach-acr ${other.id}`)
    expect(grants()).toEqual([])
    expect((await azFails(`${update} --attach-acr ${other.id}2`)).stderr).toContain('not found')
  })

  it('attaches the service principal of an old cluster', async ({ begin }) => {
    const { az, group, world, registry } = await begin({ clients: ['az'] })
    const old = group.addCluster('aks-old', { identity: 'ServicePrincipal' })
    await az('aks update --resource-group rg-shop --name aks-old --attach-acr contosoacr')
    const { clientId } = old.body.properties.servicePrincipalProfile as { clientId: string }
    const principalId = world.directory.findClient(clientId)?.objectId
    expect(world.roleAssignments).toContainEqual(expect.objectContaining({ principalId, scope: registry.id }))
  })
})
