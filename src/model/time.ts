import { setTimeout as delay } from 'node:timers/promises'
import { setMaxListeners } from 'node:events'

/** Settles as the promise does, or with an AbortError as soon as the signal is aborted; meant for work that takes no signal itself. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Nobody else may be waiting for it: without this, a failure after the abort would end the process.
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

/** Waits for the work, but no longer than that; the work goes on. @returns its value; undefined when it has not ended */
export async function atMost<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const end = new AbortController()
  try {
    return await Promise.race([work, delay(ms, undefined, { signal: end.signal })])
  } finally {
    end.abort()
  }
}

/** Clock and random numbers, which tests replace. */
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

/**
 * A signal that is aborted after so many ms, unless it is ended before. Not AbortSignal.timeout: on Node 20 one that only AbortSignal.any refers
 * to is collected, and never fires.
 * @param reason what it is aborted with; an AbortError by default
 */
export function startLimit(ms: number, reason?: Error): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(reason)
  }, ms)
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer)
    },
  }
}

/** How long a write that is under way when the job is cancelled may go on, in milliseconds, so that its result is known. The runner kills after 10 s. */
const graceMs = 5000

/** The same context with a signal that follows a cancellation only after some time. */
export function withGrace<T extends { signal: AbortSignal }>(context: T): T {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = (): void => {
    controller.abort()
  }
  context.signal.addEventListener('abort', () => setTimeout(abort, graceMs).unref(), { once: true })
  return { ...context, signal: controller.signal }
}
/** How long to wait, and what ends it. */
export interface Wait {
  clock: Clock
  /** When to give up, in ms since the epoch; one last look is taken then. */
  deadline: number
  signal: AbortSignal
  /** The pause when so many ms have been waited; unless it is given, a second at first and a quarter more each time. */
  pauseAfter?: (elapsedMs: number) => number
  /** Takes the pauses of `pauseAfter` as they are, without jitter and maximum. */
  isExact?: boolean
  /** Called before each pause, with its length in ms. */
  onPause?: (pauseMs: number) => void
}

const firstPauseMs = 1000

const longestPauseMs = 15_000

const growth = 1.25

/** Share by which a pause is shortened or lengthened at random, so that runs that began together drift apart. */
const jitter = 0.2

/**
 * Calls `look` at once and then after growing pauses, until it returns something.
 * @returns what `look` returned, or undefined when the deadline passed.
 * @throws what `look` throws, and AbortError when the signal is aborted.
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
    const chosen = isExact ? asked : Math.min(asked, longestPauseMs) * (1 + jitter * (2 * clock.random() - 1))
    const pause = Math.min(chosen, left)
    onPause?.(pause)
    await clock.sleep(pause, signal)
  }
}

/** Seconds as `4.1 s` or, from a minute on, `1:05`. */
export function formatSeconds(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : formatElapsed(seconds * 1000)
}

/** Milliseconds as `m:ss`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** How long a stage took, in ms since the epoch. */
export interface Stage {
  name: string
  startedAt: number
  finishedAt: number
}

/** What a stage takes that has nothing to do, in milliseconds, at most. */
const nothingMs = 50

/** Keeps how long each stage takes, also when it fails; one that had nothing to do is not kept. */
export function createStopwatch(clock: Clock) {
  const stages: Stage[] = []
  const stage = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = clock.now()
    try {
      return await work()
    } finally {
      const finishedAt = clock.now()
      if (finishedAt - startedAt >= nothingMs) stages.push({ name, startedAt, finishedAt })
    }
  }
  return { stage, stages }
}
