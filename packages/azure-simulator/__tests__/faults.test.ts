import { describe, expect, it } from 'vitest'
import { arm } from '../src/client.js'
import { start } from './support/fixture.js'

const url = arm('/subscriptions', '2022-12-01')
const body = { error: { code: 'TooManyRequests', message: 'Slow down.' } }

describe('faults', () => {
  it('replace matching answers the given number of times', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({
      host: 'management.azure.com',
      path: /^\/subscriptions$/,
      skip: 1,
      times: 2,
      status: 429,
      headers: { 'retry-after': '7' },
      body,
    })
    const answers = []
    for (let index = 0; index < 4; index += 1) answers.push(await client.get(url, token))
    expect(answers.map(answer => answer.status)).toEqual([200, 429, 429, 200])
    expect(answers[1]?.headers['retry-after']).toBe('7')
    expect(answers[1]?.json).toEqual(body)
    simulator.faults.add({ method: 'put', times: Infinity, status: 500, spare: true })
    expect((await client.get(url, token)).status).toBe(200)
  })

  it('run after the work if requested', async () => {
    const { client, simulator, deployer, registry, cluster, world } = await start()
    const token = await client.signIn(deployer)
    const put = (name: string) =>
      client.send('PUT', arm(`${registry.id}/providers/Microsoft.Authorization/roleAssignments/${name}`), {
        token,
        body: {
          properties: {
            roleDefinitionId: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
            principalId: cluster.kubeletIdentity.objectId,
            principalType: 'ServicePrincipal',
          },
        },
      })
    const name = '11111111-aaaa-4aaa-8aaa-111111111111'
    simulator.faults.add({ method: 'PUT', status: 503 })
    expect((await put(name)).status).toBe(503)
    expect(world.assignments.findByName(name)).toBeUndefined()
    simulator.faults.add({ method: 'PUT', after: true, status: 500, body: 'Internal Server Error' })
    expect((await put(name)).text).toBe('Internal Server Error')
    expect(world.assignments.findByName(name)).toBeDefined()
  })

  it('close connections', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({ path: '/subscriptions', reset: true })
    await expect(client.get(url, token)).rejects.toThrow()
    expect(simulator.requests.at(-1)).toMatchObject({ path: '/subscriptions', status: 0 })
    expect((await client.get(url, token)).status).toBe(200)
  })

  it('delay without changing the answer', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({ path: '/subscriptions', delayMs: 80 })
    expect((await client.get(url, token)).status).toBe(200)
    expect(simulator.requests.at(-1)?.durationMs).toBeGreaterThanOrEqual(78)
  })
})

describe('entries over the world', () => {
  it('answer what a request sends, until a state', async () => {
    const { client, simulator, deployer, registry, cluster, world } = await start()
    const token = await client.signIn(deployer)
    const name = '11111111-aaaa-4aaa-8aaa-111111111111'
    const put = (roleDefinitionId: string) =>
      client.send('PUT', arm(`${registry.id}/providers/Microsoft.Authorization/roleAssignments/${name}`), {
        token,
        body: { properties: { roleDefinitionId, principalId: cluster.kubeletIdentity.objectId } },
      })
    const isThere = () => world.assignments.findByName(name) !== undefined
    simulator.faults.add({ sends: '7f951dda', times: Infinity, status: 409, body, while: () => !isThere() })
    expect((await put('7f951dda-4ed3-4680-a7ca-43fe172d538d')).status).toBe(409)
    expect((await put('acdd72a7-3385-48ef-bd42-f606fba81ae7')).status).not.toBe(409)
    world.assignRole({ ...{ principalId: deployer.objectId, role: 'Reader', scope: registry.id }, name })
    expect((await put('7f951dda-4ed3-4680-a7ca-43fe172d538d')).status).not.toBe(409)
  })

  it('that no request has asked for are named', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({ method: 'GET', path: '/subscriptions', status: 429, body })
    simulator.faults.add({ method: 'PUT', path: '/nowhere', status: 500 })
    simulator.faults.add({ path: '/by-chance', status: 500, spare: true })
    await client.get(url, token)
    expect(simulator.faults.unused).toEqual(['PUT /nowhere (500)'])
  })
})

describe('the request log', () => {
  it('has each request with its caller and duration', async () => {
    const { client, simulator, deployer } = await start({ timing: { roundTripMs: 20 } })
    const token = await client.signIn(deployer)
    simulator.clearRequests()
    const answer = await client.send('GET', url, { token, headers: { 'x-ms-client-request-id': 'abc' } })
    expect(simulator.requests).toMatchObject([
      {
        method: 'GET',
        host: 'management.azure.com',
        path: '/subscriptions',
        query: { 'api-version': '2022-12-01' },
        status: 200,
        responseBytes: answer.text.length,
        caller: 'gh-deployer',
        clientRequestId: 'abc',
        operation: 'Subscriptions_List',
      },
    ])
    expect(simulator.requests[0]?.durationMs).toBeGreaterThanOrEqual(19)
  })
})
