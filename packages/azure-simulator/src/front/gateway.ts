import { getRequestListener, type HttpBindings } from '@hono/node-server'
import type { RequestListener } from 'node:http'
import type { Exchange } from '../model/exchange.js'
import { applyFault, type Fault, type FaultEffect, type FaultInjector } from './faults.js'
import { findSecrets } from './secrets.js'
import { hostOf, type Hosts, type Service } from './hosts.js'
import { readBody, type RequestRecord } from '../model/request-log.js'
import type { SpecCheck } from './spec-check.js'
import type { Operation, SpecifiedService } from './specifications.js'
import { pause } from '../model/timing.js'
import type { Variations } from './variations.js'
import type { World } from '../world/world.js'

export interface GatewayOptions {
  readonly world: World
  readonly hosts: Hosts
  readonly faults: FaultInjector
  readonly specCheck: SpecCheck
  readonly requests: RequestRecord[]
  /** Collects every secret that a client sends or receives. */
  readonly secrets: Set<string>
  problem(text: string): void
  /** Other legal forms of answers, if they have any. */
  readonly variations?: Variations | undefined
  /** Called with each request once it is answered. */
  onRequest?: ((record: RequestRecord) => void) | undefined
}

/** Handles every request for every service: log, latency, faults and specification check. */
export function createGateway(options: GatewayOptions): RequestListener {
  const { world, hosts, faults, specCheck, requests } = options

  const answer = async (request: Request, socket: HttpBindings['incoming']['socket']): Promise<Response> => {
    const host = hostOf(hosts, new URL(request.url))
    const kind = hosts.get(host)?.kind
    // What GitHub keeps stays as the client wrote it: the client compares it later.
    const variations = kind === 'arm' || kind === 'graph' ? options.variations : undefined
    const url = new URL(variations?.original(request.url) ?? request.url)
    const sent = new Uint8Array(await request.arrayBuffer())
    const isText = variations !== undefined && request.headers.get('content-type')?.includes('json') === true
    const body = isText ? new TextEncoder().encode(variations.original(new TextDecoder().decode(sent))) : sent
    const isFurtherPage = variations?.isFurtherPage(url) === true
    const startedAt = performance.now()
    const record: RequestRecord = {
      at: Date.now(),
      method: request.method,
      host,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      isFurtherPage,
      status: 0,
      durationMs: 0,
      requestBody: readBody(body, request.headers.get('content-type')),
      responseBytes: 0,
      caller: undefined,
      clientRequestId:
        request.headers.get('x-ms-client-request-id') ?? url.searchParams.get('client-request-id') ?? undefined,
      userAgent: request.headers.get('user-agent') ?? undefined,
      operation: undefined,
    }
    const operation = isSpecified(kind)
      ? specCheck.find(kind, record.method, record.path, versionOf(record))
      : undefined
    record.operation = operation?.id
    requests.push(record)
    const exchange: Exchange = {
      record,
      problem: text => {
        options.problem(`${record.method} ${url.origin}${url.pathname}: ${text}`)
      },
    }

    await pause(world.timing.roundTripMs)
    const fault = isFurtherPage ? undefined : faults.take(record)
    const apply = async (due: Fault): Promise<FaultEffect> => {
      try {
        return await applyFault(due)
      } catch (error) {
        exchange.problem(`the condition that the request waited for was not met: ${String(error)}`)
        return undefined
      }
    }
    const before = fault !== undefined && fault.after !== true ? await apply(fault) : undefined
    let response = before?.kind === 'response' ? before.response : undefined
    let broken = brokenBy(before)
    if (response === undefined && broken === undefined) {
      const send = (to: URL): Promise<Response> => work(rebuild(request, to, body), exchange, operation)
      response =
        variations !== undefined && request.method === 'GET'
          ? await variations.answer(url, request.headers.get('accept-encoding') ?? '', send)
          : await send(url)
      const after = fault?.after === true ? await apply(fault) : undefined
      if (after?.kind === 'response') response = after.response
      broken = brokenBy(after)
    }
    const isReset = broken !== undefined

    if (!isReset && response?.headers.get('transfer-encoding') === 'chunked') {
      // A watch is streamed.
      record.status = response.status
      record.durationMs = performance.now() - startedAt
      options.onRequest?.(record)
      return response
    }
    const bytes = isReset || response === undefined ? new Uint8Array() : new Uint8Array(await response.arrayBuffer())
    const answer = new TextDecoder().decode(bytes)
    for (const secret of findSecrets({ headers: request.headers, requestBody: record.requestBody, answer }))
      options.secrets.add(secret)
    record.status = isReset ? 0 : (response?.status ?? 0)
    record.responseBytes = bytes.length
    record.durationMs = performance.now() - startedAt
    options.onRequest?.(record)
    if (isReset || response === undefined) {
      if (broken === 'garbage') socket.end('220 mail.example ESMTP\r\n')
      else socket.destroy()
      return new Response(null)
    }
    return new Response(bytes.length === 0 ? null : bytes, { status: response.status, headers: response.headers })
  }

  const work = async (request: Request, exchange: Exchange, operation: Operation | undefined): Promise<Response> => {
    const { record } = exchange
    const service = hosts.get(record.host)
    if (service === undefined) {
      exchange.problem('the Host header names a host that is not simulated')
      return new Response(null, { status: 421 })
    }
    try {
      const response = await service.fetch(request, exchange)
      if (operation !== undefined) {
        const body = await response.clone().text()
        specCheck.queue(
          operation,
          { requestBody: record.requestBody, version: versionOf(record), status: response.status, body },
          violation => {
            exchange.problem(violation)
          },
        )
      }
      return response
    } catch (error) {
      exchange.problem(
        `the simulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
      return new Response(null, { status: 500 })
    }
  }

  const listener = getRequestListener((request, { incoming }) => answer(request, incoming.socket), {
    overrideGlobalObjects: false,
  })
  return (request, response) => void listener(request, response)
}

/** How a fault breaks the connection, if it does. */
const brokenBy = (effect: FaultEffect) => (effect?.kind === 'response' ? undefined : effect?.kind)

const versionOf = ({ query }: RequestRecord): string => query['api-version'] ?? ''

const isSpecified = (kind: Service['kind'] | undefined): kind is SpecifiedService =>
  kind === 'arm' || kind === 'registry'

/** A copy of the request with a buffered body: the log needs the body as well as the service. */
function rebuild(request: Request, url: URL, body: Uint8Array<ArrayBuffer>): Request {
  const { method, headers } = request
  return new Request(url, body.length === 0 ? { method, headers } : { method, headers, body })
}
