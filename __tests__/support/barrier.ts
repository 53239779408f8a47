import { createServer, type Server } from 'node:http'
import { connect, Socket, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll } from 'vitest'

const open: Server[] = []
afterAll(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Barrier {
  /** The answer for hosts that are not allowed. */
  answer?: string
  pass?: string[]
  /** The other proxy. */
  next?: string
  /** Breaks each connection after this many milliseconds. */
  resetMs?: number
  /** Allowed once a connection to another host has been requested. */
  last?: string
  /** How many of the first connections to a host break immediately. */
  cut?: Record<string, number>
}

/** A proxy that refuses all hosts, or allows only some through another proxy, and records the requests. */
export async function startBarrier({
  answer = '403 Forbidden',
  pass = [],
  next = '',
  last = '',
  cut = {},
  resetMs,
}: Barrier = {}) {
  const asked: string[] = []
  /** The connections that this proxy broke, and the action has closed, too. */
  const closed: string[] = []
  const waiting: (() => void)[] = []
  const server = createServer((_, response) => response.writeHead(403).end())
  server.on('connect', ({ url = '' }, socket) => {
    asked.push(url)
    if (resetMs !== undefined) {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      setTimeout(() => {
        if (socket instanceof Socket) socket.resetAndDestroy()
      }, resetMs)
      return
    }
    // A step that has ended sends no more requests.
    socket.on('error', () => socket.destroy())
    if (!pass.some(host => url.startsWith(host))) {
      socket.end(`HTTP/1.1 ${answer}\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const isLast = last !== '' && url.startsWith(last)
    const [, most = 0] = Object.entries(cut).find(([host]) => url.startsWith(host)) ?? []
    const isCut = asked.filter(each => each === url).length <= most
    if (isLast)
      waiting.push(() => {
        letThrough(url, socket)
      })
    else if (isCut) {
      socket.on('close', () => closed.push(url)).resume()
      socket.end('HTTP/1.1 200 Connection established\r\n\r\n')
    } else letThrough(url, socket)
    if (asked.some(each => !each.startsWith(last))) for (const go of waiting.splice(0)) go()
  })
  const letThrough = (url: string, socket: Duplex): void => {
    const { hostname, port } = new URL(next)
    const onward = connect(Number(port), hostname, () =>
      onward.write(`CONNECT ${url} HTTP/1.1\r\nhost: ${url}\r\n\r\n`),
    )
    onward.pipe(socket).pipe(onward)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  }
  open.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { asked, closed, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The proxy variables, in both spellings. */
export const both = (variables: Record<string, string>) => ({
  ...variables,
  ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value])),
})
