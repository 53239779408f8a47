import type { RequestRecord } from './request-log.js'

/** What travels with one request through a service, as Hono's bindings. */
export interface Exchange {
  readonly record: RequestRecord
  /** Notes something that no correct client does. */
  problem(text: string): void
}

/** The environment of every service's Hono application. */
export interface ServiceEnvironment {
  Bindings: Exchange
}
