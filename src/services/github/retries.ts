import type { Clock } from '../../model/time.js'
import { isRateLimit, isUncertain, type GithubError } from './errors.js'

/** For a secondary limit that does not say how long (docs.github.com "Rate limits for the REST API": at least one minute, then longer). */
const blindPauseMs = 60_000

const mostRetries = 3

/** Nothing that has not answered after this, in ms, is going to. */
export const answerTimeoutMs = 30_000

/**
 * How long GitHub may be out of reach or refuse for its limits, in ms, from the first request that fails: the check itself has long ended, and an
 * issue that is not brought up to date now is so tomorrow.
 */
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
  /** Called when GitHub has answered and is not failing. */
  onAnswer(): void
}

/**
 * What is waited for: rate limits, primary and secondary, as long as GitHub says; and failures of GitHub or of the way to it where the
 * request can be sent twice without harm; both for `longestOutageMs` from the first failure on, and all pauses together no longer.
 */
export function createPatience(clock: Clock): Patience {
  let waitedMs = 0
  let outageSince: number | undefined
  return {
    pauseBefore(failed) {
      const now = clock.now()
      const { failure, sentAt } = failed
      const isOutage = isUncertain(failure) || isRateLimit(failure)
      const since = outageSince ?? sentAt
      outageSince = isOutage ? since : undefined
      const pause = pauseOf(failed, now)
      if (pause === undefined || waitedMs + pause > longestOutageMs) return undefined
      // One that does not answer takes longer than one that refuses.
      const answerMs = isUncertain(failure) ? answerTimeoutMs : 0
      if (now + pause + answerMs - since > longestOutageMs) return undefined
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
