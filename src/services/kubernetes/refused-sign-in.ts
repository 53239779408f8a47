import type { ActionError } from '../../model/error.js'
import type { Clock } from '../../model/time.js'

/**
 * How long an API server may refuse the sign-in before that is final, in milliseconds: a token may have run out or been revoked, and the
 * authenticator of a cluster (a webhook, with Microsoft Entra) may be out of order for a moment.
 */
const patienceMs = 60_000

/** Follows whether an API server accepts the sign-in. */
interface SignInWatch {
  /** Called when a request was accepted. */
  onAccepted(): void
  /** The error as it is to be thrown: a refusal of the sign-in recovers as long as it has not lasted for long. */
  judge(error: ActionError): ActionError
}

/** @param renew called when the API server begins to refuse, so that the next request comes with another token */
export function watchSignIn(clock: Clock, renew: () => void): SignInWatch {
  let refusedAt: number | undefined
  return {
    onAccepted() {
      refusedAt = undefined
    },
    judge(error) {
      if (error.code !== 'SIGN_IN_FAILED') return error
      if (refusedAt === undefined) renew()
      refusedAt ??= clock.now()
      return clock.now() - refusedAt < patienceMs ? error.with({ recovers: true }) : error
    },
  }
}
