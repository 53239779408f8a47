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
  /** What hosts that are not let through are answered. */
  answer?: string
  pass?: string[]
  /** The other proxy. */
  next?: string
  /** Breaks each way that it has given, after so many milliseconds. */
  resetMs?: number
  /** Let through when a way to another host has been asked for. */
  last?: string
  /** How many of the first ways, that to `last` apart, break as soon as they are given. */
  cut?: number
}

/** A proxy that lets nobody through, or only to some hosts by way of another proxy, and what it was asked for. */
export async function startBarrier({
  answer = '403 Forbidden',
  pass = [],
  next = '',
  last = '',
  cut = 0,
  resetMs,
}: Barrier = {}) {
  const asked: string[] = []
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
    // A step that has ended asks for nothing any more.
    socket.on('error', () => socket.destroy())
    if (!pass.some(host => url.startsWith(host))) {
      socket.end(`HTTP/1.1 ${answer}\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const isLast = last !== '' && url.startsWith(last)
    const isCut = !isLast && asked.filter(each => !last || !each.startsWith(last)).length <= cut
    if (isLast)
      waiting.push(() => {
        letThrough(url, socket)
      })
    else if (isCut) socket.end('HTTP/1.1 200 Connection established\r\n\r\n')
    else letThrough(url, socket)
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
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The variables of a proxy, in both spellings. */
export const both = (variables: Record<string, string>) => ({
  ...variables,
  ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name.toLowerCase(), value])),
})
