import { HttpsProxyAgent } from 'https-proxy-agent'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { CertificateAuthority } from '../front/certificates.js'
import { createProxy, type Proxy } from '../front/proxy.js'
import { clouds } from '../model/clouds.js'

/** One request and its answer as sent over the wire, including secrets; it stays in memory. */
export interface RawExchange {
  /** Milliseconds since the recorder started. */
  readonly atMs: number
  readonly durationMs: number
  readonly method: string
  readonly url: string
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: Buffer
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Where to forward requests. */
export interface Upstream {
  /** An optional proxy on the way, such as a company's or the simulator's. */
  readonly proxy?: string | undefined
  /** Certificate authorities in addition to Node's own, PEM. */
  readonly ca?: string | Buffer | undefined
}

export interface PassThroughOptions {
  readonly authority: CertificateAuthority
  readonly upstream: Upstream
  /** Called with each finished exchange. */
  readonly record: (exchange: RawExchange) => void
  /** Called with each failure to reach a host. */
  readonly failed: (text: string) => void
}

/**
 * The simulator's front with the real services behind it: requests to Azure's hosts are decrypted, forwarded unchanged
 * and recorded. Everything else, including clusters and GitHub, passes through an opaque tunnel.
 */
export async function createPassThrough({ authority, upstream, record, failed }: PassThroughOptions): Promise<Proxy> {
  const startedAt = performance.now()
  const agent =
    upstream.proxy === undefined
      ? new Agent({ keepAlive: true })
      : new HttpsProxyAgent(upstream.proxy, { keepAlive: true })

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sentAt = performance.now()
    const url = `https://${request.headers.host ?? ''}${request.url ?? ''}`
    const body = await readAll(request)
    const method = request.method ?? 'GET'
    const headers = withoutHops(request.headers)
    if (request.headers['transfer-encoding'] !== undefined) headers['content-length'] = String(body.length)
    const options = { method, headers, agent, ...(upstream.ca === undefined ? {} : { ca: upstream.ca }) }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsRequest(url, options).on('response', resolve).on('error', reject).end(body)
    })
    const answered = await readAll(answer)
    const status = answer.statusCode ?? 0
    const answerHeaders = withoutHops(answer.headers)
    // The answer to HEAD keeps the length that the body would have.
    if (method !== 'HEAD') answerHeaders['content-length'] = String(answered.length)
    if (status === 204 || status === 304) delete answerHeaders['content-length']
    response.writeHead(status, answer.statusMessage, answerHeaders)
    response.end(answered)
    record({
      atMs: Math.round(sentAt - startedAt),
      durationMs: Math.round(performance.now() - sentAt),
      method,
      url,
      requestHeaders: joined(request.headers),
      requestBody: body,
      status,
      headers: joined(answer.headers),
      body: answered,
    })
  }

  return createProxy({
    authority,
    knows: (host, isPlain) => !isPlain && isRecorded(host),
    isReachable: () => true,
    connectTimeoutMs: () => 0,
    refused: failed,
    passOn(target, socket, head) {
      passOn(upstream, target, socket, head, failed)
    },
    listener(request, response) {
      forward(request, response).catch((error: unknown) => {
        failed(`${request.method ?? ''} ${request.headers.host ?? ''}: ${String(error)}`)
        response.destroy()
      })
    },
  })
}

/** Azure Resource Manager, Entra, Microsoft Graph and registries, but not the storage behind registries. */
function isRecorded(host: string): boolean {
  return Object.values(clouds).some(
    ({ armHost, graphHost, loginHosts, registrySuffix }) =>
      [armHost, graphHost, ...loginHosts].includes(host) ||
      (host.endsWith(`.${registrySuffix}`) && !host.includes('.data.')),
  )
}

/** Forwards a tunnel to its host, through the upstream proxy if there is one. */
function passOn(
  { proxy }: Upstream,
  target: string,
  socket: Duplex,
  head: Buffer,
  failed: (text: string) => void,
): void {
  const give = (text: string): void => {
    failed(`${target}: ${text}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
  }
  const join = (other: Duplex, first: Buffer): void => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (first.length > 0) socket.write(first)
    if (head.length > 0) other.write(head)
    other.on('error', () => socket.destroy()).pipe(socket)
    socket
      .on('error', () => other.destroy())
      .on('close', () => other.destroy())
      .pipe(other)
  }
  if (proxy === undefined) {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target) ?? []
    const other = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) })
    other.once('connect', () => {
      join(other, Buffer.alloc(0))
    })
    other.once('error', error => {
      give(error.message)
    })
    return
  }
  const { hostname, port, username, password } = new URL(proxy)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  httpRequest({
    ...{ hostname, port, method: 'CONNECT', path: target, agent: false },
    headers: {
      host: target,
      ...(username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
  })
    .on('connect', (answer, other, first) => {
      if (answer.statusCode === 200) join(other, first)
      else give(`the proxy answered ${String(answer.statusCode)}`)
    })
    .on('error', error => {
      give(error.message)
    })
    .end()
}

/** Hop-by-hop headers (RFC 9110, 7.6.1). */
const hops = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'transfer-encoding'])

const withoutHops = (headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined || hops.has(name) ? [] : [[name, value]])),
  )

async function readAll(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const joined = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
