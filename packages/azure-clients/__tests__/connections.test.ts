import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { sharedCertificateAuthority } from 'azure-simulator/certificates'
import { systemClock } from 'kernel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHttpClient } from '../src/http/client.js'
import { openAhead } from '../src/http/connections.js'

let server: Server
let url: string
/** All connections that the server has accepted. */
const connections: TLSSocket[] = []
/** Requests waiting for their answers. */
const waiting: (() => void)[] = []

beforeEach(async () => {
  // The simulator creates its authority in each process, too late for NODE_EXTRA_CA_CERTS.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  connections.length = 0
  const authority = await sharedCertificateAuthority()
  const SNICallback = (host: string, done: (error: Error | null, context?: never) => void): void => {
    void authority.secureContext(host).then(context => {
      done(null, context as never)
    })
  }
  server = createServer({ SNICallback }, (_, response) => waiting.push(() => response.end('{}')))
  server.on('secureConnection', socket => connections.push(socket))
  await new Promise<void>(listening => server.listen(0, listening))
  url = `https://localhost:${(server.address() as AddressInfo).port}/`
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const client = createHttpClient(1000)

/** Sends requests in parallel: none is answered before all have arrived. */
async function sendTogether(count: number): Promise<number[]> {
  const sent = Array.from({ length: count }, () =>
    client.sendRequest(createPipelineRequest({ url, headers: createHttpHeaders() })),
  )
  await vi.waitFor(() => {
    expect(waiting).toHaveLength(count)
  }, 60_000)
  for (const answer of waiting.splice(0)) answer()
  return (await Promise.all(sent)).map(({ status }) => status)
}

/** Lets both ends, which share one process, see each other's actions. */
async function someTurns(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 50))
  // After a delay, timers come before the sockets' events.
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
}

/** Opens connections in advance and waits until the server has them. */
async function openTogether(count: number): Promise<void> {
  openAhead(url, count)
  await vi.waitFor(() => {
    expect(connections).toHaveLength(count)
  }, 60_000)
}

describe('a connection without a proxy', () => {
  it('is used for the first requests if it was opened in advance', async () => {
    await openTogether(2)
    expect(await sendTogether(2)).toEqual([200, 200])
    expect(connections).toHaveLength(2)
  })

  it('is opened if none is left', async () => {
    await openTogether(1)
    expect(await sendTogether(3)).toEqual([200, 200, 200])
    expect(connections).toHaveLength(3)
  })

  it('is reused for the next request', async () => {
    expect(await sendTogether(1)).toEqual([200])
    expect(await sendTogether(1)).toEqual([200])
    expect(connections).toHaveLength(1)
  })

  it('is not used after it broke', async () => {
    await openTogether(2)
    for (const socket of connections) socket.destroy()
    await someTurns()
    expect(await sendTogether(1)).toEqual([200])
    expect(connections).toHaveLength(3)
  })

  it.for([
    [29_000, 1],
    [30_000, 2],
  ] as const)(
    'that was opened in advance is kept for half a minute: after %i ms, there are %i',
    async ([ms, count]) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      openAhead(url, 1)
      while (connections.length === 0) await setImmediate()
      vi.advanceTimersByTime(ms)
      vi.useRealTimers()
      expect(await sendTogether(1)).toEqual([200])
      expect(connections).toHaveLength(count)
    },
  )

  it('is not used again after four seconds, even if its timer had no time to run', async () => {
    expect(await sendTogether(1)).toEqual([200])
    const now = systemClock.now()
    vi.spyOn(systemClock, 'now').mockReturnValue(now + 4000)
    expect(await sendTogether(1)).toEqual([200])
    expect(connections).toHaveLength(2)
  })

  it('is not used again after the server has closed it, even if the process could not see that yet', async () => {
    expect(await sendTogether(1)).toEqual([200])
    await setImmediate()
    // A request that a timer sends, after the end of the connection has arrived and before it is read.
    const sent = new Promise<number[]>(resolve => setTimeout(() => void sendTogether(1).then(resolve), 1))
    for (const socket of connections) socket.destroy()
    const due = performance.now() + 10
    while (performance.now() < due);
    expect(await sent).toEqual([200])
    expect(connections).toHaveLength(2)
  })
})

it('opening connections in advance never throws', async () => {
  const { port } = server.address() as AddressInfo
  server.close()
  openAhead(`https://localhost:${port}/`, 2)
  await someTurns()
})
