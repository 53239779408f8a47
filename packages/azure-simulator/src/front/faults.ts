import { pause } from '../model/timing.js'

/** A failure of matching requests. */
export interface Fault {
  method?: string
  host?: string | RegExp
  /** Strings match part of the path, ignoring case. */
  path?: string | RegExp
  /** The api-version of the request. */
  version?: string
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
  delayMs?: number
  /** Holds the request until this resolves. */
  until?: () => Promise<unknown>
  /** Closes the connection without an answer. */
  reset?: boolean
  /** Makes the proxy refuse the connection to the host before any request is sent; `method` and `path` are ignored. */
  connect?: boolean
}

/** What faults look at. */
interface FaultyRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
}

/** The effect of a fault on a request; `undefined` leaves the real answer. */
export type FaultEffect =
  { readonly kind: 'response'; readonly response: Response } | { readonly kind: 'reset' } | undefined

export interface FaultInjector extends Faults {
  /** The fault for this request, if any. Counts the request. */
  take(request: FaultyRequest): Fault | undefined
  /** Whether the connection to a host is refused now. Counts the attempt. */
  takeConnection(host: string): boolean
}

/** Creates an empty set of faults. */
export function createFaults(): FaultInjector {
  let faults: { fault: Fault; skip: number; times: number; seen: number }[] = []
  /** The first matching fault that is due. */
  const strike = (isMeant: (fault: Fault) => boolean): Fault | undefined => {
    for (const entry of faults) {
      if (entry.times <= 0 || !isMeant(entry.fault)) continue
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
      faults.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1, seen: 0 })
    },
    clear() {
      faults = []
    },
    take: request => strike(fault => !fault.connect && matches(fault, request)),
    takeConnection: host =>
      strike(fault => fault.connect === true && (fault.host === undefined || matchesText(fault.host, host))) !==
      undefined,
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
  if (fault.status === undefined) return undefined
  const isText = typeof fault.body === 'string'
  const body =
    typeof fault.body === 'string' ? fault.body : fault.body === undefined ? null : JSON.stringify(fault.body)
  const headers = { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8', ...fault.headers }
  return { kind: 'response', response: new Response(body, { status: fault.status, headers }) }
}

function matches(fault: Fault, request: FaultyRequest): boolean {
  return (
    (fault.method === undefined || fault.method.toUpperCase() === request.method) &&
    (fault.host === undefined || matchesText(fault.host, request.host)) &&
    (fault.path === undefined || matchesText(fault.path, request.path)) &&
    (fault.version === undefined || fault.version === request.query['api-version'])
  )
}

const matchesText = (pattern: string | RegExp, text: string): boolean =>
  typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : pattern.test(text)
