import type { ActionError } from '../../model/error.js'
import type { Clock } from '../../model/time.js'

/** How long an API server may refuse a request that it has allowed before, in milliseconds. */
const patienceMs = 60_000

/**
 * Tracks which requests an API server has allowed, such as `list pods`. After a restart it refuses them until it has loaded its roles (recorded from
 * 1.34.2), so such a refusal recovers for the first minute. The first answer to a request is final: a missing permission is reported immediately.
 */
export function watchRights({ now }: Pick<Clock, 'now'>) {
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
    /** The error to throw; its `detail` is the refused request. */
    judge(error: ActionError): ActionError {
      const { code, detail: request = '' } = error
      if (code !== 'AUTHORIZATION_FAILED' || !allowed.has(request)) return error
      const since = refusedAt.get(request) ?? now()
      refusedAt.set(request, since)
      return now() - since < patienceMs ? error.with({ recovers: true }) : error
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
