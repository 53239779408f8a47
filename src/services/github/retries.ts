import type { Clock } from '../../model/time.js'
import { isRateLimit, isUncertain, type GithubError } from './errors.js'

/** All waits of a run together: an issue that is not brought up to date now is so tomorrow. */
const longestWaitMs = 5 * 60_000

/** For a secondary limit that does not say how long (docs.github.com "Rate limits for the REST API": at least one minute, then longer). */
const blindPauseMs = 60_000

const mostRetries = 3

/** Nothing that has not answered after this, in ms, is going to. */
export const answerTimeoutMs = 30_000

/** How long GitHub may be out of reach, in ms, from the first request that fails: the check itself has long ended. */
const longestOutageMs = 85_000

/** A request that failed. */
interface Failed {
  failure: GithubError
  method: string
  /** How often it was sent again already. */
  retries: number
  /** When its last try was sent, in ms since the epoch. */
  sentAt: number
}

export interface Patience {
  /** How long to wait before the request is sent again, in ms; undefined when it is not to be. */
  pauseBefore(failed: Failed): number | undefined
  /** Told of each answer that is none of a failing service. */
  onAnswer(): void
}

/**
 * What is waited for: rate limits, primary and secondary, as long as GitHub says; and failures of GitHub or of the way to it, but only where
 * the request can be sent twice without harm, and not for longer than `longestOutageMs` from the first failure on.
 */
export function createPatience(clock: Clock): Patience {
  let waitedMs = 0
  let outageSince: number | undefined
  return {
    pauseBefore(failed) {
      const now = clock.now()
      outageSince = isUncertain(failed.failure) ? (outageSince ?? failed.sentAt) : undefined
      const pause = pauseOf(failed, now)
      if (pause === undefined || waitedMs + pause > longestWaitMs) return undefined
      if (outageSince !== undefined && now + pause + answerTimeoutMs - outageSince > longestOutageMs) return undefined
      waitedMs += pause
      return pause
    },
    onAnswer() {
      outageSince = undefined
    },
  }
}

function pauseOf({ failure, method, retries }: Failed, now: number): number | undefined {
  if (isRateLimit(failure)) {
    const { headers } = failure
    const retryAfter = Number(headers['retry-after'])
    if (retryAfter >= 0) return Math.max(1, retryAfter) * 1000
    const reset = Number(headers['x-ratelimit-reset'])
    if (String(headers['x-ratelimit-remaining']) === '0' && reset > 0) return Math.max(1000, reset * 1000 - now + 1000)
    return blindPauseMs * 2 ** retries
  }
  if (!isUncertain(failure) || method === 'POST' || retries >= mostRetries) return undefined
  return 1000 * 2 ** retries
}
