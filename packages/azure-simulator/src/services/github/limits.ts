import type { Github } from '../../world/github.js'
import { githubErrors } from './errors.js'

/**
 * The limits of one host: the primary one per window, the secondary one on writes (docs.github.com "Rate limits for the
 * REST API").
 */
export interface Limits {
  /** @throws GithubError if the limit is exceeded */
  take(method: string): void
  headers(): Record<string, string>
}

export function createLimits(github: Github): Limits {
  let used = 0
  let resetsAt = 0
  let writes: number[] = []
  return {
    take(method) {
      const now = Date.now()
      if (now >= resetsAt) {
        used = 0
        // The header has whole seconds, and the limit doesn't end earlier.
        resetsAt = Math.ceil((now + github.rateLimit.windowMs) / 1000) * 1000
      }
      if (used >= github.rateLimit.requests) throw githubErrors.primaryLimit()
      used += 1
      const { secondaryLimit } = github
      if (method === 'GET' || secondaryLimit === undefined) return
      writes = writes.filter(at => at > now - secondaryLimit.windowMs)
      if (writes.length >= secondaryLimit.writes) throw githubErrors.secondaryLimit(secondaryLimit.retryAfterSeconds)
      writes.push(now)
    },
    headers: () => ({
      'x-ratelimit-limit': String(github.rateLimit.requests),
      'x-ratelimit-remaining': String(Math.max(0, github.rateLimit.requests - used)),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(Math.ceil(resetsAt / 1000)),
      'x-ratelimit-resource': 'core',
    }),
  }
}
