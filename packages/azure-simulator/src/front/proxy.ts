import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { CertificateAuthority } from './certificates.js'
import { pause } from '../model/timing.js'

export interface Proxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  close(): Promise<void>
}

export interface ProxyOptions {
  readonly authority: CertificateAuthority
  /** Hears host names, with a port unless it is 443. */
  readonly knows: (host: string, isPlain: boolean) => boolean
  /** Whether a tunnel to a known host is refused this time. */
  readonly isRefused?: (host: string) => boolean
  /** Whether a known host can be reached from a network, which clients name as the proxy's user. */
  readonly isReachable: (host: string, network: string | undefined) => boolean
  /** How long a host that can't be reached is tried. */
  readonly connectTimeoutMs: () => number
  /** Hears of hosts that are refused. */
  readonly refused: (host: string) => void
  /** Leads tunnels to other hosts somewhere; they are refused where there is none. */
  readonly passOn?: (target: string, socket: Duplex, head: Buffer) => void
  /** Answers requests that came through a tunnel, and those of plain HTTP. */
  readonly listener: RequestListener
}

/** An HTTP proxy whose tunnels all end in one HTTPS server of this process; without `passOn` there is no way from it to the network. */
export async function createProxy({
  authority,
  knows,
  isRefused,
  isReachable,
  connectTimeoutMs,
  refused,
  passOn,
  listener,
}: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Duplex>()
  const https = createHttpsServer(
    {
      ALPNProtocols: ['http/1.1'],
      SNICallback: (host, done) => {
        authority.secureContext(host).then(context => {
          done(null, context)
        }, done)
      },
    },
    listener,
  )
  // A client that gives up in the middle of a handshake is its own affair.
  https.on('tlsClientError', (_error, socket) => socket.destroy())

  const proxy = createHttpServer((request, response) => {
    const target = request.url ?? ''
    if (URL.canParse(target) && knows(new URL(target).hostname, true)) {
      listener(request, response)
      return
    }
    refused(`${target} by plain HTTP`)
    response.writeHead(403).end()
  })
  proxy.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const target = request.url ?? ''
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const isKnown = /:\d+$/.test(target) && knows(target.toLowerCase().replace(/:443$/, ''), false)
    if (!isKnown && passOn !== undefined) {
      passOn(target, socket, head)
      return
    }
    if (!isKnown) {
      refused(target)
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
      return
    }
    if (isRefused?.(target.toLowerCase().replace(/:443$/, ''))) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
      return
    }
    if (!isReachable(target.toLowerCase().replace(/:443$/, ''), readUser(request.headers['proxy-authorization']))) {
      // As squid says that there is no way to a host.
      const answer =
        'HTTP/1.1 503 Service Unavailable\r\nx-squid-error: ERR_CONNECT_FAIL 110\r\ncontent-length: 0\r\n\r\n'
      void pause(connectTimeoutMs()).then(() => socket.end(answer))
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    https.emit('connection', socket)
  })

  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    async close() {
      const closed = new Promise(resolve => proxy.close(resolve))
      proxy.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The user of Basic authentication at the proxy. */
function readUser(header: string | undefined): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString().split(':')[0]
}
