import type { Clock } from './clock.js'

/** How long to wait, and what ends it. */
export interface Wait {
  clock: Clock
  /** When to give up, in ms since the epoch; one last look is taken then. */
  deadline: number
  signal: AbortSignal
  /** The pause when so many ms have been waited; unless it is given, a second at first and a quarter more each time. */
  pauseAfter?: (elapsedMs: number) => number
  /** Told before each pause, with its length in ms. */
  onPause?: (pauseMs: number) => void
}

const firstPauseMs = 1000
const longestPauseMs = 15_000
const growth = 1.25
/** Share by which a pause is shortened or lengthened at random, so that runs that began together drift apart. */
const jitter = 0.2

/**
 * Looks at once and then after growing pauses until there is something to see.
 * @returns what `look` saw, or undefined when the deadline passed.
 * @throws what `look` throws, and AbortError when the signal is aborted.
 */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  { clock, deadline, signal, pauseAfter, onPause }: Wait,
): Promise<T | undefined> {
  const startedAt = clock.now()
  for (let growing = firstPauseMs; ; growing *= growth) {
    signal.throwIfAborted()
    const seen = await look()
    if (seen !== undefined) return seen
    const left = deadline - clock.now()
    if (left <= 0) return undefined
    const pause = Math.min(pauseAfter?.(clock.now() - startedAt) ?? growing, longestPauseMs)
    const jittered = Math.min(pause * (1 + jitter * (2 * clock.random() - 1)), left)
    onPause?.(jittered)
    await clock.sleep(jittered, signal)
  }
}
