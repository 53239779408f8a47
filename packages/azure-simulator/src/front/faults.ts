import { Readable } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import { pause } from '../model/timing.js'

/**
 * An entry over the world: what the requests that match it get instead of the world's answer, once, a number of times or until a state. It makes a rare
 * world, and a failure; a test fails if no request asked for one of its entries.
 */
export interface Fault {
  method?: string
  host?: string | RegExp
  /** Strings match part of the path, ignoring case. */
  path?: string | RegExp
  /** The query, decoded: `name=value&…`. */
  query?: string | RegExp
  /** The api-version of the request. */
  version?: string
  /** Strings match part of the request's body, as JSON. */
  sends?: string | RegExp
  /** Matches only while this holds: until a state of the world. */
  while?: () => boolean
  /** No test fails if nothing asks for it: for entries about chance, and about what must not be asked. */
  spare?: true
  /** Lets the first n matching requests through. */
  skip?: number
  /** How many requests fail after that; 1 by default, Infinity is allowed. */
  times?: number
  /** Fails only every n-th of the remaining requests. */
  every?: number
  /**
   * Handles the request, then returns the fault: the client sees a failure although the work was done. By default,
   * nothing is done.
   */
  after?: boolean
  /** Without `status` and `reset`, the fault only delays. */
  status?: number
  headers?: Record<string, string>
  body?: unknown
  /** Sends so many bytes of white space after the body; with Infinity, the answer never ends. */
  padding?: number
  /** Compresses the body, whatever the client accepts. */
  gzip?: boolean
  /** Closes the connection in the middle of the body. */
  cut?: boolean
  delayMs?: number
  /** Holds the request until this resolves. */
  until?: () => Promise<unknown>
  /** Closes the connection without an answer. */
  reset?: boolean
  /** Answers with something that isn't HTTP, and closes the connection. */
  garbage?: boolean
  /**
   * Makes the proxy refuse the connection to the host before any request is sent, or hang up without an answer; `method` and `path` are ignored.
   */
  connect?: boolean | 'closed'
}

/** The properties of a request by which faults are chosen. */
interface FaultyRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly requestBody?: unknown
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** The entries that no request has asked for, one a line. */
  readonly unused: readonly string[]
}

/** The effect of a fault on a request; `undefined` leaves the real answer. */
export type FaultEffect =
  { readonly kind: 'response'; readonly response: Response } | { readonly kind: 'reset' | 'garbage' } | undefined

export interface FaultInjector extends Faults {
  /** The fault for this request, if any. Counts the request. */
  take(request: FaultyRequest): Fault | undefined
  /** How the connection to a host fails now, if it does. Counts the attempt. */
  takeConnection(host: string): 'refused' | 'closed' | undefined
}

/** Creates an empty set of faults. */
export function createFaults(): FaultInjector {
  let faults: { fault: Fault; skip: number; times: number; seen: number; isAsked: boolean }[] = []
  /** The first matching fault that is due. */
  const strike = (isMeant: (fault: Fault) => boolean): Fault | undefined => {
    for (const entry of faults) {
      if (entry.times <= 0 || !isMeant(entry.fault)) continue
      entry.isAsked = true
      if (entry.skip > 0) {
        entry.skip -= 1
        continue
      }
      entry.seen += 1
      if (entry.seen % (entry.fault.every ?? 1) !== 0) continue
      entry.times -= 1
      return entry.fault
    }
    return undefined
  }
  return {
    add(fault) {
      faults.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1, seen: 0, isAsked: false })
    },
    clear() {
      faults = []
    },
    get unused() {
      return faults.filter(({ fault, isAsked }) => !isAsked && fault.spare !== true).map(({ fault }) => nameOf(fault))
    },
    take: request => strike(fault => !isOfConnect(fault) && matches(fault, request)),
    takeConnection: host => {
      const { connect } = strike(fault => isOfConnect(fault) && matchesHost(fault, host)) ?? {}
      return connect === 'closed' ? 'closed' : connect === true ? 'refused' : undefined
    },
  }
}

/**
 * Waits as the fault requires, then creates its answer.
 * @throws the rejection of `until`
 */
export async function applyFault(fault: Fault): Promise<FaultEffect> {
  await pause(fault.delayMs ?? 0)
  await fault.until?.()
  if (fault.reset === true) return { kind: 'reset' }
  if (fault.garbage === true) return { kind: 'garbage' }
  if (fault.status === undefined) return undefined
  const isText = typeof fault.body === 'string'
  const body =
    typeof fault.body === 'string' ? fault.body : fault.body === undefined ? null : JSON.stringify(fault.body)
  const headers = { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8', ...fault.headers }
  const { status, padding, gzip, cut } = fault
  if (padding === undefined && !gzip && !cut)
    return { kind: 'response', response: new Response(body, { status, headers }) }
  const streamed = { 'transfer-encoding': 'chunked', ...(gzip && { 'content-encoding': 'gzip' }) }
  const stream = Readable.toWeb(streamBody(body ?? '', fault)) as unknown as ReadableStream
  return { kind: 'response', response: new Response(stream, { status, headers: { ...headers, ...streamed } }) }
}

const megabyte = 1 << 20

/** A body that is too large to be held, or ends too early. */
function streamBody(body: string, { padding = 0, gzip = false, cut = false }: Fault): Readable {
  async function* parts() {
    if (cut) {
      const bytes = gzip ? gzipSync(body) : Buffer.from(body)
      yield bytes.subarray(0, Math.ceil(bytes.length / 2))
      await pause(50)
      throw new Error('the answer breaks off')
    }
    yield Buffer.from(body)
    for (let left = padding; left > 0; left -= megabyte) yield Buffer.alloc(Math.min(left, megabyte), ' ')
  }
  const plain = Readable.from(parts())
  return gzip && !cut ? plain.pipe(createGzip()) : plain
}

const nameOf = ({ method = 'any', host = '', path = '', status }: Fault): string =>
  `${method} ${String(host)}${String(path)} (${String(status ?? 'no status')})`

const isOfConnect = ({ connect }: Fault): boolean => connect === true || connect === 'closed'

const matchesHost = ({ host }: Fault, of: string): boolean => host === undefined || matchesText(host, of)

function matches(fault: Fault, request: FaultyRequest): boolean {
  return (
    (fault.method === undefined || fault.method.toUpperCase() === request.method) &&
    matchesHost(fault, request.host) &&
    (fault.path === undefined || matchesText(fault.path, request.path)) &&
    (fault.query === undefined || matchesText(fault.query, queryOf(request))) &&
    (fault.version === undefined || fault.version === request.query['api-version']) &&
    (fault.sends === undefined || matchesText(fault.sends, JSON.stringify(request.requestBody ?? ''))) &&
    (fault.while === undefined || fault.while())
  )
}

const queryOf = ({ query }: FaultyRequest): string =>
  Object.entries(query)
    .map(pair => pair.join('='))
    .join('&')

const matchesText = (pattern: string | RegExp, text: string): boolean =>
  typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : pattern.test(text)
