import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { CertificateAuthority } from './certificates.js'
import { pause } from '../model/timing.js'

export interface Proxy {
  /** `http://127.0.0.1:<port>`, or the address that it listens on. */
  readonly url: string
  close(): Promise<void>
}

/** An address of this machine that the proxy listens on. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export interface ProxyOptions {
  /** A free port of 127.0.0.1 by default. */
  readonly listen?: ListenAddress | undefined
  readonly authority: CertificateAuthority
  /** Whether a host is simulated. Host names include a port unless it is 443. */
  readonly knows: (host: string, isPlain: boolean) => boolean
  /** Whether to refuse this tunnel to a known host, or to close the connection without an answer. */
  readonly failureOf?: (host: string) => 'refused' | 'closed' | undefined
  /** Whether a known host is reachable from a network. Clients give the network as the proxy's user name. */
  readonly isReachable: (host: string, network: string | undefined) => boolean
  /** How long the proxy tries a host that can't be reached. */
  readonly connectTimeoutMs: () => number
  readonly refused: (host: string) => void
  /** Forwards tunnels to unknown hosts; without it they are refused. */
  readonly passOn?: (target: string, socket: Duplex, head: Buffer) => void
  /** Answers plain HTTP requests and requests from tunnels. */
  readonly listener: RequestListener
}

/**
 * An HTTP proxy whose tunnels all end in one HTTPS server of this process. Without `passOn`, nothing reaches the
 * network.
 */
export async function createProxy({
  listen = { host: '127.0.0.1', port: 0 },
  authority,
  knows,
  failureOf,
  isReachable,
  connectTimeoutMs,
  refused,
  passOn,
  listener,
}: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Duplex>()
  const https = createHttpsServer(
    {
      // As long as HTTP.sys keeps idle connections (learn.microsoft.com/windows/win32/http/http-timeout-limit-info).
      keepAliveTimeout: 120_000,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (host, done) => {
        authority.secureContext(host).then(context => {
          done(null, context)
        }, done)
      },
    },
    listener,
  )
  // Clients that give up during the handshake are ignored.
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
    const failure = failureOf?.(target.toLowerCase().replace(/:443$/, ''))
    if (failure === 'closed') {
      socket.end()
      return
    }
    if (failure === 'refused') {
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
      return
    }
    if (!isReachable(target.toLowerCase().replace(/:443$/, ''), readUser(request.headers['proxy-authorization']))) {
      // squid's answer for an unreachable host.
      const answer =
        'HTTP/1.1 503 Service Unavailable\r\nx-squid-error: ERR_CONNECT_FAIL 110\r\ncontent-length: 0\r\n\r\n'
      void pause(connectTimeoutMs()).then(() => socket.end(answer))
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    https.emit('connection', socket)
  })

  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject).listen(listen.port, listen.host, resolve)
  })
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${String(port)}`,
    async close() {
      const closed = new Promise(resolve => proxy.close(resolve))
      proxy.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The user name of the proxy's Basic authentication. */
function readUser(header: string | undefined): string | undefined {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString().split(':')[0]
}
