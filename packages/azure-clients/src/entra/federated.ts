import type { AccessToken, TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { ClientAssertionCredential } from '@azure/identity'
import type { OidcAuth } from 'azure'
import { abortable, messageOf, takeIn, type AzureAnswer } from 'kernel'
import { readIdTokenClaims, type IdTokenClaims } from '../github/id-token.js'
import { policy } from '../http/answers.js'
import type { clientOptions } from '../http/requests.js'
import { explainSignIn, type SetUpAdvice } from './errors.js'

/** How to sign in with GitHub's ID tokens. */
export type OidcSignIn = OidcAuth & {
  /** Returns an ID token that is valid for at least another minute. */
  takeIdToken: () => Promise<string>
  findSetUp: (subject: string) => Promise<SetUpAdvice>
}

/**
 * Gets a token for GitHub's ID token.
 * @returns the token, with the claims that were presented for it
 */
export async function getTokenForIdToken(
  auth: OidcSignIn,
  options: ReturnType<typeof clientOptions>,
  signal: AbortSignal,
  asked: Parameters<TokenCredential['getToken']>,
): Promise<{ token: AccessToken; presented: IdTokenClaims }> {
  let idToken = ''
  const watch = watchEntra()
  // One credential per request: the SDK gets the assertion twice per request, and again on cache hits (identity 4.13.1). Created while GitHub
  // answers.
  const entra = new ClientAssertionCredential(auth.tenantId, auth.clientId, () => Promise.resolve(idToken), {
    ...options,
    additionalPolicies: [{ policy: watch.policy, position: 'perRetry' }, ...options.additionalPolicies],
  })
  idToken = await abortable(auth.takeIdToken(), signal)
  const presented = readIdTokenClaims(idToken)
  // MSAL takes no signal.
  const token = await abortable(entra.getToken(...asked), signal).catch(async (error: unknown) => {
    throw explainSignIn(error, { auth, presented, setUp: await auth.findSetUp(presented.subject) }, watch.answer())
  })
  return { token, presented }
}

/** Keeps Entra's last answer, because MSAL's errors omit parts of it; its message is why no answer came. */
function watchEntra(): { policy: PipelinePolicy; answer: () => Partial<AzureAnswer> } {
  let answer: Partial<AzureAnswer> = {}
  const watching = policy('EntraAnswer', async (request, next) => {
    try {
      const response = await next(request)
      const text = takeIn(response.bodyAsText ?? '')
      const [, code] = /"error_codes"\s*:\s*\[\s*(\d+)/.exec(text) ?? []
      // A proxy's answers don't have Entra's form.
      const isForeign = !(text.trimStart().startsWith('{') && /"error"\s*:/.test(text))
      answer = { status: response.status, isForeign, ...(code && { code: `AADSTS${code}` }) }
      return response
    } catch (error) {
      answer = { message: messageOf(error) }
      throw error
    }
  })
  return { policy: watching, answer: () => answer }
}
