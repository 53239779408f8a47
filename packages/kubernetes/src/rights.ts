import { once, type ActionError } from 'kernel'
import type { ProbeDeps } from './probe.js'

/** How long an API server may refuse what it has accepted before, in milliseconds. */
const patienceMs = 60_000

/** The sign-in, which each answered request shows as accepted. */
export const signIn = 'sign-in'

/**
 * Tracks what an API server has allowed: requests, such as `list pods`, and the sign-in. After a restart it refuses requests until it has loaded its roles
 * (recorded from 1.34.2), so such a refusal recovers for the first minute. The first answer to a request is final: a missing permission is reported
 * immediately. A sign-in may be refused at first, too: the token may have expired or been revoked, and the cluster's authenticator (a webhook, with Microsoft
 * Entra) may be down for a moment.
 */
export function watchRights({ clock, forgetToken }: Pick<ProbeDeps, 'clock' | 'forgetToken'>) {
  const allowed = new Set<string>()
  const refusedAt = new Map<string, number>()
  return {
    /** Called when requests were allowed. */
    onAllowed(...requests: readonly string[]) {
      for (const request of requests) {
        allowed.add(request)
        refusedAt.delete(request)
      }
    },
    /** The error to throw; its `detail` is the refused request. The first refusal of the sign-in drops the token. */
    judge(error: ActionError): ActionError {
      const { code, detail = '' } = error
      const isSignIn = code === 'SIGN_IN_FAILED'
      if (!isSignIn && (code !== 'AUTHORIZATION_FAILED' || !allowed.has(detail))) return error
      const request = isSignIn ? signIn : detail
      if (isSignIn && !refusedAt.has(signIn)) forgetToken()
      const since = once(refusedAt, request, () => clock.now())
      return clock.now() - since < patienceMs ? error.with({ recovers: true }) : error
    },
  }
}

/** The request that a kubectl command sends, as the API server names it in a refusal; none if it names no resource. */
export function requestsOf([verb, what = '']: readonly string[]): string[] {
  if (verb === 'create') return ['create pods']
  // The API server names a resource without its group there.
  if (verb === 'get') return what === '--raw' ? [] : what.split(',').map(name => `list ${name.split('.')[0] ?? ''}`)
  return [what === '--raw' ? 'deletecollection pods' : 'delete pods']
}
