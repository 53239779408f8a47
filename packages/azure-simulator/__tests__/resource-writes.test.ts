import { describe, expect, it, vi } from 'vitest'
import { arm, textOf, type Answer } from '../src/client.js'
import { isCluster } from '../src/world/clusters.js'
import { start, takeProblems, type Fixture } from './support/fixture.js'

const version = '2025-03-01'

/** Sends a cluster back as it was read, with changes. */
async function update(
  { client, cluster, deployer, world, subscription }: Fixture,
  change: Record<string, unknown> = {},
): Promise<{ answer: Answer; token: string }> {
  world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: subscription.id })
  const token = await client.signIn(deployer)
  const { json } = await client.get(arm(cluster.id, version), token)
  const { location, identity, properties } = json
  const body = { location, identity, properties, ...change }
  return { answer: await client.send('PUT', arm(cluster.id, version), { token, body }), token }
}

describe('the update of a cluster', () => {
  it('returns 200 with Updating, and an operation to poll', async () => {
    const fixture = await start({ timing: { clusterUpdateMs: 60_000 } })
    const { client, cluster } = fixture
    const { answer, token } = await update(fixture)
    expect(answer.status).toBe(200)
    expect(answer.json.properties).toMatchObject({
      provisioningState: 'Updating',
      agentPoolProfiles: [{ provisioningState: 'Updating' }],
    })
    const url = answer.headers['azure-asyncoperation']
    expect(url).toMatch(/\/locations\/westeurope\/operations\/[0-9a-f-]{36}\?api-version=2016-03-30&t=/)
    const poll = await client.get(textOf(url), token)
    expect(poll.json).toEqual({
      name: expect.any(String) as unknown,
      status: 'InProgress',
      startTime: expect.any(String) as unknown,
    })
    const again = await client.send('PUT', arm(cluster.id, version), { token, body: {} })
    expect(again).toMatchObject({ status: 409, json: { error: { code: 'OperationNotAllowed' } } })
  })

  it('ends with Succeeded', async () => {
    const fixture = await start({ timing: { clusterUpdateMs: 5 } })
    const { answer, token } = await update(fixture)
    await vi.waitFor(async () => {
      const poll = await fixture.client.get(textOf(answer.headers['azure-asyncoperation']), token)
      expect(poll.json).toMatchObject({ status: 'Succeeded', endTime: expect.any(String) as unknown })
    })
    expect(fixture.cluster.body.properties.provisioningState).toBe('Succeeded')
  })

  it('changes tags, and reports everything else', async () => {
    const fixture = await start()
    await update(fixture, { tags: { owner: 'shop' } })
    expect(fixture.cluster.body.tags).toEqual({ owner: 'shop' })
    expect(fixture.simulator.problems).toEqual([])
    await update(fixture, { properties: { kubernetesVersion: '1.34.0', agentPoolProfiles: [] } })
    expect(takeProblems(fixture.simulator)).toEqual([
      expect.stringContaining('changing /properties/kubernetesVersion of a cluster is not simulated'),
      expect.stringContaining('changing /properties/agentPoolProfiles of a cluster is not simulated'),
    ])
  })

  it('requires the permission to write it', async () => {
    const { client, cluster, deployer } = await start()
    const token = await client.signIn(deployer)
    const answer = await client.send('PUT', arm(cluster.id, version), { token, body: {} })
    expect(answer.status).toBe(403)
    expect(answer.json.error?.message).toContain("'Microsoft.ContainerService/managedClusters/write'")
  })
})

describe('the creation of a cluster', () => {
  const requestFor = {
    location: 'westeurope',
    identity: { type: 'SystemAssigned' },
    properties: {
      dnsPrefix: 'new',
      agentPoolProfiles: [{ name: 'one', count: 1, vmSize: 'Standard_D2as_v5', mode: 'System' }],
    },
  }
  const make = async (fixture: Fixture, more: Record<string, unknown> = {}) => {
    const { client, group, deployer, world, subscription } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: subscription.id })
    const token = await client.signIn(deployer)
    const url = arm(`${group.id}/providers/Microsoft.ContainerService/managedClusters/aks-new`, version)
    return { token, url, answer: await client.send('PUT', url, { token, body: { ...requestFor, ...more } }) }
  }

  it('returns 201 with Creating, and has a kubelet identity and nodes once it has succeeded', async () => {
    const fixture = await start({ timing: { clusterUpdateMs: 60_000 } })
    const { client, world, group } = fixture
    const { answer, token, url } = await make(fixture)
    expect(answer).toMatchObject({
      status: 201,
      json: {
        properties: { provisioningState: 'Creating', agentPoolProfiles: [{ provisioningState: 'Creating' }] },
        sku: { tier: 'Free' },
      },
    })
    expect(answer.json.properties).not.toHaveProperty('identityProfile')
    const poll = async () => (await client.get(textOf(answer.headers['azure-asyncoperation']), token)).json.status
    expect(await poll()).toBe('InProgress')
    world.passTime(60_000)
    expect(await poll()).toBe('Succeeded')
    const made = (await client.get(url, token)).json
    expect(made.properties).toMatchObject({
      provisioningState: 'Succeeded',
      agentPoolProfiles: [{ provisioningState: 'Succeeded' }],
      identityProfile: { kubeletidentity: {} },
    })
    const pool = { properties: { count: 2, vmSize: 'Standard_D2pls_v5', mode: 'User', osType: 'Linux' } }
    const added = await client.send(
      'PUT',
      arm(`${group.id}/providers/Microsoft.ContainerService/managedClusters/aks-new/agentPools/arm`, version),
      { token, body: pool },
    )
    expect(added).toMatchObject({ status: 201, json: { name: 'arm', properties: { provisioningState: 'Creating' } } })
    world.passTime(60_000)
    const cluster = world.findResource(`${group.id}/providers/Microsoft.ContainerService/managedClusters/aks-new`)
    const architectures =
      isCluster(cluster) && cluster.kubernetes.nodes.map(({ status }) => status.nodeInfo.architecture)
    expect(architectures).toEqual(['amd64', 'arm64', 'arm64'])
  })

  it('is updated by AKS itself minutes later, and is Succeeded again', async () => {
    const fixture = await start({ timing: { clusterUpdateMs: 60_000 } })
    const { client, world } = fixture
    const { token, url } = await make(fixture)
    const states = async () => {
      const cluster = (await client.get(url, token)).json
      const { value: pools } = (await client.get(url.replace('?', '/agentPools?'), token)).json as unknown as {
        value: unknown[]
      }
      return [cluster, ...pools].map(
        each => (each as { properties: { provisioningState: string } }).properties.provisioningState,
      )
    }
    // It has been Succeeded for three minutes when this time has passed at once.
    world.passTime(60_000 + 180_000)
    expect(await states()).toEqual(['Succeeded', 'Succeeded'])
    world.passTime(60_000)
    expect(await states()).toEqual(['Updating', 'Updating'])
    expect((await client.get(url, token)).json.properties).toMatchObject({
      identityProfile: { kubeletidentity: {} },
      addonProfiles: { extensionManager: { enabled: true } },
    })
    expect(await client.send('PUT', url, { token, body: {} })).toMatchObject({ status: 409 })
    world.passTime(90_000)
    expect(await states()).toEqual(['Succeeded', 'Succeeded'])
    const { properties } = (await client.get(url, token)).json
    const again = await client.send('PUT', url, { token, body: { location: 'westeurope', properties } })
    expect(again.status).toBe(200)
    expect(fixture.simulator.problems).toEqual([])
  })

  it('has been created in a world that says how long ago, and is updated unless that is switched off', async () => {
    const { client, group, deployer, world } = await start()
    for (const createdMsAgo of [0, 250_000, 350_000]) group.addCluster(`aks-${createdMsAgo}`, { createdMsAgo })
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: group.id })
    const token = await client.signIn(deployer)
    const states = async () => {
      const url = arm(`${group.id}/providers/Microsoft.ContainerService/managedClusters`, version)
      const { value } = (await client.get(url, token)).json as unknown as {
        value: { properties: Record<string, unknown> }[]
      }
      return value.map(({ properties }) => properties.provisioningState)
    }
    expect(await states()).toEqual(['Succeeded', 'Succeeded', 'Updating', 'Succeeded'])
    world.timing.clusterOwnUpdateMs = 0
    expect(await states()).toEqual(['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded'])
  })

  it('reports what it would ignore, and is refused without a pool or a registered provider', async () => {
    const fixture = await start()
    fixture.world.unregisteredProviders.add('Microsoft.ContainerService')
    expect((await make(fixture)).answer).toMatchObject({
      status: 409,
      json: { error: { code: 'MissingSubscriptionRegistration' } },
    })
    fixture.world.unregisteredProviders.clear()
    expect((await make(fixture, { properties: { dnsPrefix: 'new' } })).answer.status).toBe(400)
    await make(fixture, { properties: { ...requestFor.properties, enablePodSecurityPolicy: true } })
    expect(takeProblems(fixture.simulator)).toEqual([
      expect.stringContaining('/properties/enablePodSecurityPolicy of a new cluster is not simulated'),
    ])
  })
})

describe('the name of a registry', () => {
  const check = async ({ client, deployer, subscription }: Fixture, body: unknown): Promise<Answer> =>
    client.send(
      'POST',
      arm(`${subscription.id}/providers/Microsoft.ContainerRegistry/checkNameAvailability`, '2025-11-01'),
      { token: await client.signIn(deployer), body },
    )
  const type = 'Microsoft.ContainerRegistry/registries'

  it('is available, or in use anywhere in Azure', async () => {
    const fixture = await start()
    const { world, deployer, subscription } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Reader', scope: subscription.id })
    world.addSubscription().addResourceGroup('rg-theirs').addRegistry('theirsacr')
    expect((await check(fixture, { name: 'freeacr', type })).json).toEqual({ nameAvailable: true })
    for (const name of ['free', 'free-acr'])
      expect((await check(fixture, { name, type })).json).toMatchObject({ nameAvailable: false, reason: 'Invalid' })
    // The specification forbids this request.
    expect(takeProblems(fixture.simulator)).not.toEqual([])
    expect((await check(fixture, { name: 'TheirsACR', type })).json).toEqual({
      nameAvailable: false,
      reason: 'AlreadyExists',
      message: 'The registry TheirsACR is already in use.',
    })
  })

  it('requires a permission and a type', async () => {
    const fixture = await start()
    expect((await check(fixture, { name: 'freeacr', type })).status).toBe(403)
    fixture.world.assignRole({
      principalId: fixture.deployer.objectId,
      role: 'Reader',
      scope: fixture.subscription.id,
    })
    expect((await check(fixture, { name: 'freeacr' })).status).toBe(400)
  })
})

describe('the start of a stopped cluster', () => {
  const startStopped = async (clusterUpdateMs: number) => {
    const fixture = await start({ timing: { clusterUpdateMs } })
    const { client, group, deployer, world, subscription } = fixture
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: subscription.id })
    const stopped = group.addCluster('aks-stopped', { powerState: 'Stopped' })
    const token = await client.signIn(deployer)
    const answer = await client.send('POST', arm(`${stopped.id}/start`, version), { token })
    expect(answer).toMatchObject({ status: 202, text: '' })
    return { stopped, poll: () => client.get(textOf(answer.headers.location), token) }
  }

  it('takes time', async () => {
    const { stopped, poll } = await startStopped(60_000)
    expect((await poll()).status).toBe(202)
    expect(stopped.body.properties).toMatchObject({ provisioningState: 'Starting', powerState: { code: 'Stopped' } })
  })

  it('ends without content', async () => {
    const { stopped, poll } = await startStopped(5)
    await vi.waitFor(async () => {
      expect(await poll()).toMatchObject({ status: 204, text: '' })
    })
    expect(stopped.body.properties).toMatchObject({
      provisioningState: 'Succeeded',
      powerState: { code: 'Running' },
      agentPoolProfiles: [{ powerState: { code: 'Running' } }],
    })
  })
})

describe('the PATCH of a registry', () => {
  it('changes settings by the rules of the SKU', async () => {
    const { client, group, deployer, world, subscription } = await start()
    const registry = group.addRegistry('premiumacr', { sku: 'Premium' })
    const token = await client.signIn(deployer)
    const url = arm(registry.id, '2025-11-01')
    const patch = (properties: unknown): Promise<Answer> => client.send('PATCH', url, { token, body: { properties } })
    expect((await patch({ adminUserEnabled: true })).status).toBe(403)
    world.assignRole({ principalId: deployer.objectId, role: 'Contributor', scope: subscription.id })
    expect((await patch({ adminUserEnabled: true })).json.properties).toMatchObject({ adminUserEnabled: true })
    expect((await patch({ publicNetworkAccess: 'Disabled' })).json.properties).toMatchObject({
      adminUserEnabled: true,
      publicNetworkAccess: 'Disabled',
    })
    expect((await client.send('PATCH', url, { token, body: { sku: { name: 'Basic' } } })).status).toBe(400)
  })
})
