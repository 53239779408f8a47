import { pause } from '../model/timing.js'

/** Something that goes wrong on matching requests. */
export interface Fault {
  method?: string
  host?: string | RegExp
  /** A string matches as part of the path, without letter case. */
  path?: string | RegExp
  /** Let the first n matching requests through. */
  skip?: number
  /** How many requests are hit after that; 1 by default, Infinity allowed. */
  times?: number
  /** Of the requests after those, only every n-th is hit. */
  every?: number
  /** Do the work, then answer as the fault says: the client sees a failure although the work was done. By default the work is not done. */
  after?: boolean
  /** With neither `status` nor `reset`, the fault only delays. */
  status?: number
  headers?: Record<string, string>
  body?: unknown
  delayMs?: number
  /** Holds the request until this has come about. */
  until?: () => Promise<unknown>
  /** Cuts the connection without an answer. */
  reset?: boolean
  /** Has the proxy refuse the way to the host, before there is any request: `method` and `path` do not matter. */
  connect?: boolean
}

export interface Faults {
  add(fault: Fault): void
  clear(): void
}

/** What a fault makes of a request; `undefined` leaves the real answer. */
export type FaultEffect =
  { readonly kind: 'response'; readonly response: Response } | { readonly kind: 'reset' } | undefined

export interface FaultInjector extends Faults {
  /** The fault that hits this request, counted down. */
  take(request: { method: string; host: string; path: string }): Fault | undefined
  /** Whether the way to a host is refused now, counted down. */
  takeConnection(host: string): boolean
}

/** An empty set of faults. */
export function createFaults(): FaultInjector {
  let faults: { fault: Fault; skip: number; times: number; seen: number }[] = []
  /** The first fault that is due for what matches. */
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

/** Waits as the fault says, then makes its answer. @throws what `until` rejects with */
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

function matches(fault: Fault, request: { method: string; host: string; path: string }): boolean {
  return (
    (fault.method === undefined || fault.method.toUpperCase() === request.method) &&
    (fault.host === undefined || matchesText(fault.host, request.host)) &&
    (fault.path === undefined || matchesText(fault.path, request.path))
  )
}

const matchesText = (pattern: string | RegExp, text: string): boolean =>
  typeof pattern === 'string' ? text.toLowerCase().includes(pattern.toLowerCase()) : pattern.test(text)
