import { setTimeout as delay } from 'node:timers/promises'

/** Time and chance, so that tests can turn both. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** @throws AbortError when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 up to, not including, 1. */
  random(): number
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
}
