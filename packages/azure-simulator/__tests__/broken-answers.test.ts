import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { arm } from '../src/client.js'
import { start } from './support/fixture.js'

const url = arm('/subscriptions', '2022-12-01')

describe('a fault', () => {
  it('pads an answer, compressed or not', async () => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({ path: '/subscriptions', status: 200, body: { value: [] }, padding: 3_000_000 })
    const padded = await client.get(url, token)
    expect(padded).toMatchObject({ status: 200, json: { value: [] } })
    expect(padded.text.length).toBe(3_000_000 + '{"value":[]}'.length)
    const headers = { 'content-type': 'text/plain' }
    simulator.faults.add({ path: '/subscriptions', status: 200, headers, body: 'text', gzip: true })
    expect((await client.get(url, token)).headers['content-encoding']).toBe('gzip')
  })

  it.each([{ status: 200, body: { value: [] }, cut: true }, { garbage: true }])('breaks an answer: %o', async fault => {
    const { client, simulator, deployer } = await start()
    const token = await client.signIn(deployer)
    simulator.faults.add({ path: '/subscriptions', ...fault })
    await expect(client.get(url, token)).rejects.toThrow()
    expect((await client.get(url, token)).status).toBe(200)
    expect(simulator.problems).toEqual([])
  })

  it('closes a tunnel before it is open', async () => {
    const { simulator } = await start()
    simulator.faults.add({ host: 'management.azure.com', connect: 'closed' })
    const { hostname, port } = new URL(simulator.environment.HTTPS_PROXY ?? '')
    const tunnel = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const connecting = request({ hostname, port, method: 'CONNECT', path: 'management.azure.com:443' })
        connecting.once('connect', ({ statusCode }, socket) => {
          socket.destroy()
          resolve(statusCode)
        })
        connecting.once('error', reject)
        connecting.end()
      })
    await expect(tunnel()).rejects.toThrow('socket hang up')
    expect(await tunnel()).toBe(200)
  })
})
