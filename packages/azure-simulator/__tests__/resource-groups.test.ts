import { describe, expect, it } from 'vitest'
import { arm, textOf } from '../src/client.js'
import { setStage } from './support/recorded-steps.js'
import { start, takeProblems } from './support/fixture.js'

const version = '2024-11-01'

describe('a resource group', () => {
  it('is created by a PUT, and replaced by another', async () => {
    const { send, subscription } = await setStage()
    const url = arm(`${subscription.id}/resourcegroups/rg-new`, version)
    expect((await send('HEAD', url)).status).toBe(404)
    const created = await send('PUT', url, { body: { location: 'West Europe', tags: { team: 'shop' } } })
    expect([created.status, created.json]).toEqual([
      201,
      {
        id: `${subscription.id}/resourceGroups/rg-new`,
        name: 'rg-new',
        type: 'Microsoft.Resources/resourceGroups',
        location: 'westeurope',
        tags: { team: 'shop' },
        properties: { provisioningState: 'Succeeded' },
      },
    ])
    expect((await send('HEAD', url)).status).toBe(204)
    const again = await send('PUT', url, { body: { location: 'westeurope' } })
    expect([again.status, again.json.tags]).toEqual([200, {}])
    expect((await send('GET', url)).json.tags).toEqual({})
  })

  it.each([
    ['no location', 'rg-new', {}, 400, 'LocationRequired'],
    ['an unknown location', 'rg-new', { location: 'moon' }, 400, 'LocationNotAvailableForResourceGroup'],
    ['a name that ends with a period', 'rg-new.', { location: 'westeurope' }, 400, 'InvalidResourceGroup'],
    ['a name with other characters', 'rg!new', { location: 'westeurope' }, 400, 'InvalidResourceGroup'],
    ['a different location', 'rg-shop', { location: 'eastus' }, 409, 'InvalidResourceGroupLocation'],
  ])('is refused for %s', async (_, name, body, status, code) => {
    const { send, subscription } = await setStage()
    const answer = await send('PUT', arm(`${subscription.id}/resourceGroups/${name}`, version), { body })
    expect([answer.status, answer.json.error?.code]).toEqual([status, code])
    expect(subscription.groups.map(group => group.name)).not.toContain('rg-new')
  })

  it('reports unsupported parameters', async () => {
    const { send, subscription, simulator } = await setStage()
    const body = { location: 'westeurope', managedBy: '/subscriptions/x', colour: 'blue' }
    await send('PUT', arm(`${subscription.id}/resourceGroups/rg-new`, version), { body })
    await send('DELETE', arm(`${subscription.id}/resourceGroups/rg-new`, version, { forceDeletionTypes: 'x' }))
    const problems = takeProblems(simulator).map(text => text.slice(text.lastIndexOf(': ') + 2))
    expect(problems).toEqual([
      '/managedBy of the body is not simulated here',
      '/colour of the body is not simulated here',
      'the query parameter forceDeletionTypes is not simulated here',
    ])
  })

  it('is deleted with its resources, assignments and the nodes of its clusters', async () => {
    const { send, world, subscription, group, cluster, registry } = await setStage()
    const { objectId } = cluster.kubeletIdentity
    const pullers = world.addGroup('pullers', { members: [objectId] })
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: registry.id })
    const other = subscription.addResourceGroup('rg-other').addRegistry('otheracr')
    world.assignRole({ principalId: objectId, role: 'AcrPull', scope: other.id })
    const deleted = await send('DELETE', arm(group.id, version))
    expect(deleted.status).toBe(202)
    expect((await send('GET', textOf(deleted.headers.location))).status).toBe(200)

    expect(subscription.groups.map(({ name }) => name)).toEqual(['rg-other'])
    expect(world.resources.map(({ name }) => name)).toEqual(['otheracr'])
    expect(world.directory.find(objectId)).toBeUndefined()
    expect(world.directory.membersOf(pullers)).toEqual([])
    // Assignments elsewhere stay, for an identity that no longer exists.
    expect(world.roleAssignments.filter(({ principalId }) => principalId === objectId)).toMatchObject([
      { scope: other.id },
    ])
    const again = await send('DELETE', arm(group.id, version))
    expect([again.status, again.json.error?.code]).toEqual([404, 'ResourceGroupNotFound'])
  })

  it("can't be deleted if anything in it is locked", async () => {
    const { send, world, group, registry } = await setStage()
    world.addLock({ scope: registry.id, level: 'CanNotDelete' })
    const answer = await send('DELETE', arm(group.id, version))
    expect([answer.status, answer.json.error?.code]).toEqual([409, 'ScopeLocked'])
    expect(world.findResource(registry.id)).toBeDefined()
  })

  it('is only written and deleted with permission', async () => {
    const { client, deployer, group, subscription, world } = await start()
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    const token = await client.signIn(deployer)
    const create = await client.send('PUT', arm(`${subscription.id}/resourceGroups/rg-new`, version), {
      token,
      body: { location: 'westeurope' },
    })
    const remove = await client.send('DELETE', arm(group.id, version), { token })
    expect([create, remove].map(({ status, json }) => [status, json.error?.code])).toEqual([
      [403, 'AuthorizationFailed'],
      [403, 'AuthorizationFailed'],
    ])
  })
})

describe('a registry', () => {
  it('is deleted, which frees its name and can be repeated', async () => {
    const { send, world, registry } = await setStage()
    const url = arm(registry.id, '2025-11-01')
    expect((await send('DELETE', url)).status).toBe(200)
    expect(world.findResource(registry.id)).toBeUndefined()
    expect((await send('DELETE', url)).status).toBe(204)
    const created = await send('PUT', url, { body: { location: 'westeurope', sku: { name: 'Basic' } } })
    expect(created.status).toBe(200)
  })

  it("can't be deleted if it is locked", async () => {
    const { send, world, group, registry } = await setStage()
    world.addLock({ scope: group.id, level: 'CanNotDelete' })
    const answer = await send('DELETE', arm(registry.id, '2025-11-01'))
    expect([answer.status, answer.json.error?.code]).toEqual([409, 'ScopeLocked'])
  })
})
