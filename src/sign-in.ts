import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { ClientAssertionCredential } from '@azure/identity'
import * as core from '@actions/core'
import { decodeJwt } from 'jose/jwt/decode'
import type { Caller } from './azure-errors.js'
import { clientOptions, resourceManagerScope } from './azure/clients.js'
import { abortable } from './abortable.js'
import { readIdTokenClaims, type IdTokenClaims } from './id-token.js'
import type { Inputs } from './inputs.js'
import { explainSignIn } from './sign-in-errors.js'

/** Who the action is, and the credential for everything that follows. */
export interface Session {
  credential: TokenCredential
  caller: Caller
  tenantId: string
  /** How, for the log: `GitHub OIDC, repo:contoso/shop:ref:refs/heads/main`. */
  by: string
}

/**
 * Signs in to Microsoft Entra ID with GitHub ID tokens, and gets the first Azure Resource Manager token.
 * @throws ActionError `OIDC_UNAVAILABLE`, `FEDERATED_CREDENTIAL_MISMATCH`, `SIGN_IN_FAILED`, `AZURE_UNAVAILABLE`.
 */
export async function signIn(
  { auth, cloud }: Inputs,
  takeIdToken: () => Promise<string>,
  policy: PipelinePolicy,
  signal: AbortSignal,
): Promise<Session> {
  let presented: IdTokenClaims | undefined
  const credential = cacheTokens(async (scopes, options) => {
    // One credential a request: the SDK asks for the assertion twice a request and again on its cache hits (identity 4.13.1), and an
    // ID token is soon too old to be presented again.
    const idToken = await abortable(takeIdToken(), signal)
    const claims = readIdTokenClaims(idToken)
    presented ??= claims
    const entra = new ClientAssertionCredential(auth.tenantId, auth.clientId, () => Promise.resolve(idToken), {
      ...clientOptions(policy),
      authorityHost: cloud.authorityHost,
    })
    try {
      return await abortable(entra.getToken(scopes, options), signal) // MSAL takes no signal
    } catch (error) {
      throw explainSignIn(error, auth, claims)
    }
  })

  const { token } = await credential.getToken(resourceManagerScope(cloud), { enableCae: true, abortSignal: signal })
  const claims = decodeJwt<{ oid?: string; tid?: string; app_displayname?: string }>(token)
  return {
    credential,
    caller: { objectId: claims.oid ?? auth.clientId, name: claims.app_displayname ?? auth.clientId },
    tenantId: claims.tid ?? auth.tenantId,
    by: `GitHub OIDC, ${presented?.subject ?? ''}`,
  }
}

type GetToken = (scopes: string | string[], options?: GetTokenOptions) => Promise<AccessToken>

/** Keeps each scope's token until shortly before it expires, and lets requests that come meanwhile share one sign-in. */
function cacheTokens(getToken: GetToken): { getToken: GetToken } {
  const tokens = new Map<string, Promise<AccessToken>>()
  const request = async (key: string, scopes: string | string[], options: GetTokenOptions): Promise<AccessToken> => {
    try {
      const token = await getToken(scopes, options)
      core.setSecret(token.token)
      return token
    } catch (error) {
      tokens.delete(key)
      throw error
    }
  }
  return {
    async getToken(scopes, options = {}) {
      const key = String(scopes)
      const current = tokens.get(key)
      const known = await current
      // The SDK renews a token two minutes before its end; a claims challenge (`options.claims`) means that the known one was revoked.
      if (known && known.expiresOnTimestamp - Date.now() > 120_000 && options.claims === undefined) return known
      const renewal = tokens.get(key)
      if (renewal && renewal !== current) return renewal // asked for by another request meanwhile
      const requested = request(key, scopes, options)
      tokens.set(key, requested)
      return requested
    },
  }
}
