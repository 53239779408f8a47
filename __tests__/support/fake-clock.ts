import type { Clock } from '../../src/model/time.js'

/** A clock that stands still until someone sleeps. */
export interface FakeClock extends Clock {
  readonly slept: number[]
}

/** @param random what chance says, always */
export function createFakeClock(random = 0.5): FakeClock {
  let now = 1_750_000_000_000
  const slept: number[] = []
  return {
    slept,
    now: () => now,
    random: () => random,
    sleep(ms, signal) {
      signal.throwIfAborted()
      slept.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
}
