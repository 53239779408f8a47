import type { Clock } from 'kernel'

/** A clock that stands still until someone sleeps. */
export interface FakeClock extends Clock {
  readonly slept: number[]
}

/** More sleeps mean an endless wait, which nothing else would stop: no real time passes, and no timer fires. */
const maxSleeps = 50_000

/** @param random the constant random number */
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
      if (slept.length > maxSleeps) throw new Error('a wait did not end')
      now += ms
      return Promise.resolve()
    },
  }
}
