import type { RequestRecord } from './request-log.js'

/** The context of one request, as Hono's bindings. */
export interface Exchange {
  readonly record: RequestRecord
  /** Records a mistake that no correct client makes. */
  problem(text: string): void
}

/** The Hono environment of every service. */
export interface ServiceEnvironment {
  Bindings: Exchange
}
