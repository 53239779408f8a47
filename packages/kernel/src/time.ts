import { setTimeout as delay } from 'node:timers/promises'

/** A day in milliseconds. */
export const dayMs = 24 * 3_600_000

/** Adds a signal to work that takes none: rejects with an AbortError as soon as the signal is aborted. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Without this, a failure after the abort would end the process, because nothing else may wait for the work.
  work.catch(() => undefined)
  signal.throwIfAborted()
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}

/** Time and random numbers; tests replace them. */
export interface Clock {
  /** Milliseconds since the epoch, for durations and deadlines: it never jumps, also if somebody sets the machine's clock meanwhile. */
  now(): number
  /** @throws AbortError when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** In [0, 1). */
  random(): number
}

// Loading `performance` would take a millisecond before the first request.
const elapsedMs = (): number => Number(process.hrtime.bigint()) / 1e6

const epochMs = Date.now() - elapsedMs()

export const systemClock: Clock = {
  now: () => Math.round(epochMs + elapsedMs()),
  // The time may have passed since the pause was computed, and Node warns of a negative one.
  sleep: (ms, signal) => delay(Math.max(0, ms), undefined, { signal }),
  random: Math.random,
}

/** How many timers a time limit consists of. */
const limitTimers = 20

export interface TimeLimit {
  signal: AbortSignal
  /** Call it as soon as the limit is not needed any more. */
  end: () => void
}

/**
 * A signal that is aborted after a time limit, unless it is ended before. The limit is for others: time in which this process does not run, because it
 * loads modules or waits for a CPU, counts as a twentieth of it at most, and what arrived meanwhile is read first. With one timer, an answer that came in
 * time would be given up: Node runs timers before it reads (nodejs.org/learn/asynchronous-work/event-loop-timers-and-nexttick).
 * Not AbortSignal.timeout: on Node 20, if only AbortSignal.any refers to one, it is garbage-collected and never fires.
 * @param reason what it is aborted with; an AbortError by default
 */
export function startLimit(ms: number, reason?: Error): TimeLimit {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (timers: number): void => {
    timer = setTimeout(() => {
      if (timers > 1) wait(timers - 1)
      else controller.abort(reason)
    }, ms / limitTimers)
  }
  wait(limitTimers)
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer)
    },
  }
}

export interface Wait {
  clock: Clock
  /** When to give up, in ms since the epoch; `look` is called one last time then. */
  deadline: number
  signal: AbortSignal
  /** The pause after a given time, both in ms. By default, pauses start at one second and grow by a quarter. */
  pauseAfter?: (elapsedMs: number) => number
  /** Takes the pauses of `pauseAfter` as they are, without jitter and maximum. */
  isExact?: boolean
  /** Called before each pause, with its length in ms. */
  onPause?: (pauseMs: number) => void
}

const firstPauseMs = 1000

const maxPauseMs = 15_000

const growth = 1.25

/** Maximum share by which a pause is shortened or lengthened at random, so that runs that started together drift apart. */
const jitter = 0.2

/**
 * Calls `look` immediately and then after growing pauses, until it returns a value.
 * @returns undefined if the deadline has passed
 * @throws errors of `look`, and AbortError when the signal is aborted
 */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  { clock, deadline, signal, pauseAfter, isExact = false, onPause }: Wait,
): Promise<T | undefined> {
  const startedAt = clock.now()
  for (let growing = firstPauseMs; ; growing *= growth) {
    signal.throwIfAborted()
    const seen = await look()
    if (seen !== undefined) return seen
    const left = deadline - clock.now()
    if (left <= 0) return undefined
    const asked = pauseAfter?.(clock.now() - startedAt) ?? growing
    const chosen = isExact ? asked : Math.min(asked, maxPauseMs) * (1 + jitter * (2 * clock.random() - 1))
    const pause = Math.min(chosen, left)
    onPause?.(pause)
    await clock.sleep(pause, signal)
  }
}
