import type { Clock } from 'kernel'
import { isRateLimit, isUncertain, type GithubError } from './errors.js'

/** For a secondary limit without a duration (docs.github.com "Rate limits for the REST API": at least one minute, then longer). */
const blindPauseMs = 60_000

const maxRetries = 3

export const answerTimeoutMs = 30_000

/**
 * How long to wait for an outage or a rate limit, in ms from the first failed request on: the check itself has ended, and the next run can update the
 * issue.
 */
const maxOutageMs = 85_000

interface FailedRequest {
  failure: GithubError
  method: string
  retries: number
  /** When its last try was sent, in ms since the epoch. */
  sentAt: number
}

/**
 * Waits for rate limits, primary and secondary, for as long as GitHub demands, and for outages if the request can be repeated without harm: for
 * `maxOutageMs` from the first failure on, and all pauses together no longer.
 */
export function createPatience(clock: Clock) {
  let waitedMs = 0
  let outageSince: number | undefined
  return {
    /** How long to wait before the request is repeated, in ms; undefined if it must not be. */
    pauseBefore(failed: FailedRequest): number | undefined {
      const now = clock.now()
      const { failure, sentAt } = failed
      const isOutage = isUncertain(failure) || isRateLimit(failure)
      const since = outageSince ?? sentAt
      outageSince = isOutage ? since : undefined
      const pause = pauseOf(failed, now)
      if (pause === undefined || waitedMs + pause > maxOutageMs) return undefined
      // The next try may take until its time limit.
      const answerMs = isUncertain(failure) ? answerTimeoutMs : 0
      if (now + pause + answerMs - since > maxOutageMs) return undefined
      waitedMs += pause
      return pause
    },
    /** Call it after each answer that isn't a failure. */
    onAnswer(): void {
      outageSince = undefined
    },
  }
}

function pauseOf({ failure, method, retries }: FailedRequest, now: number): number | undefined {
  if (isRateLimit(failure)) {
    const { headers } = failure
    const retryAfter = Number(headers['retry-after'])
    if (retryAfter >= 0) return Math.max(1, retryAfter) * 1000
    const reset = Number(headers['x-ratelimit-reset'])
    // By GitHub's clock, if it says what time it is.
    const sentAt = Date.parse(String(headers.date)) || now
    if (String(headers['x-ratelimit-remaining']) === '0' && reset > 0)
      return Math.max(1000, reset * 1000 - sentAt + 1000)
    return blindPauseMs * 2 ** retries
  }
  if (!isUncertain(failure) || method === 'POST' || retries >= maxRetries) return undefined
  return 1000 * 2 ** retries
}
