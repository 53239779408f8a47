import type { AccessToken, GetTokenOptions } from '@azure/core-auth'
import type { PipelinePolicy, SendRequest } from '@azure/core-rest-pipeline'
import { decodeJwt } from 'jose/jwt/decode'
import type { Auth, Cloud, OidcAuth, Session } from 'azure'
import { systemClock } from 'kernel'
import { mask, type Logger } from 'runner'
import { createHttpClient } from '../http/client.js'
import { openAhead } from '../http/connections.js'
import { clientOptions, createRequestObserver } from '../http/requests.js'
import type { OidcSignIn } from './federated.js'
import { limits, tokenScope } from '../services.js'

/** How to sign in; with OIDC, also where the ID token comes from. */
export type SignInWith = Exclude<Auth, OidcAuth> | OidcSignIn

/** Number of first requests in parallel: a cluster, the identities, a registry, and its role assignments. */
const firstRequests = 4

export interface SigningIn {
  /** In ms since the epoch. */
  startedAt: number
  /** For clients, which can be created before the sign-in ends. */
  credential: Credential
  /** Rejects with an ActionError: `OIDC_UNAVAILABLE`, `FEDERATED_CREDENTIAL_MISMATCH`, `SIGN_IN_FAILED`, `AZURE_UNAVAILABLE`. */
  signedIn: Promise<Session>
  /** Sees each request of the run. */
  observer: PipelinePolicy
}

/**
 * Signs in to Microsoft Entra ID by requesting the first token for Azure Resource Manager. Resolves when the request was sent, or when the sign-in has ended.
 * @param deps.countRequest called for each request
 */
export async function signIn(
  auth: SignInWith,
  cloud: Cloud,
  { log, countRequest, signal }: { log: Logger; countRequest: () => void; signal: AbortSignal },
): Promise<SigningIn> {
  const startedAt = systemClock.now()
  const observer = createRequestObserver(log, countRequest)
  let onSent = (): void => undefined
  const sent = new Promise<void>(resolve => {
    onSent = resolve
  })
  // Opens the connections of the first requests while the token is on its way. They cost processor time, which would delay the request for it.
  void sent.then(() => {
    openAhead(cloud.resourceManager, firstRequests)
  })
  const client = createHttpClient(limits.entra.maxBytes)
  const sendRequest: SendRequest = request => {
    request.onUploadProgress = onSent
    return client.sendRequest(request)
  }
  const options = { ...clientOptions(observer), httpClient: { sendRequest }, authorityHost: cloud.authorityHost }
  let subject = ''
  const credential = cacheTokens(async (...asked) => {
    if (auth.type === 'managed-identity')
      return (await import('./managed-identity.js')).getTokenOfManagedIdentity(auth, options, signal, asked)
    if (auth.type === 'azure-cli') {
      const token = (await import('./azure-cli.js')).getTokenFromCli(auth, signal, asked)
      onSent()
      return token
    }
    const { getTokenForIdToken } = await import('./federated.js')
    const { token, presented } = await getTokenForIdToken(auth, options, signal, asked)
    subject ||= presented.subject
    return token
  })

  const open = async (): Promise<Session> => {
    const { token } = await credential.getToken(tokenScope(cloud.resourceManager), {
      enableCae: true,
      abortSignal: signal,
    })
    // Only for display: access tokens need not be JWTs.
    const claims = readClaims(token)
    const name =
      claims.app_displayname ?? claims.upn ?? claims.appid ?? claims.oid ?? ('clientId' in auth ? auth.clientId : '')
    const by = {
      oidc: ['GitHub OIDC', subject].filter(Boolean).join(', '),
      'azure-cli': 'Azure CLI',
      'managed-identity': 'managed identity',
    }
    const caller = {
      objectId: claims.oid ?? '',
      name,
      type: claims.upn ? ('User' as const) : ('ServicePrincipal' as const),
    }
    const tenantId = claims.tid ?? ('tenantId' in auth ? auth.tenantId : '')
    return { caller, tenantId, by: by[auth.type], subject }
  }
  const signedIn = open()
  await Promise.race([sent, signedIn.catch(() => undefined)])
  return { startedAt, credential, signedIn, observer }
}

function readClaims(token: string): Partial<Record<'oid' | 'tid' | 'appid' | 'app_displayname' | 'upn', string>> {
  try {
    return decodeJwt<ReturnType<typeof readClaims>>(token)
  } catch {
    return {}
  }
}

/** Tokens of the signed-in identity. */
export interface Credential {
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>
  /** Forgets a token that the service refused, so that the next request gets a new one. */
  forget(scopes: string): void
}

/** Caches the token of each scope until shortly before it expires; concurrent requests share one sign-in. */
function cacheTokens(getToken: Credential['getToken']): Credential {
  const tokens = new Map<string, ReturnType<typeof request>>()
  const request = async (key: string, scopes: string | string[], options: GetTokenOptions) => {
    try {
      const token = await getToken(scopes, options)
      mask(token.token)
      // By a clock that nobody sets: the SDK renews tokens two minutes before they expire.
      return { ...token, renewedAt: systemClock.now() + token.expiresOnTimestamp - Date.now() - 120_000 }
    } catch (error) {
      tokens.delete(key)
      throw error
    }
  }
  return {
    async getToken(scopes, options = {}) {
      const key = String(scopes)
      const current = tokens.get(key)
      const cached = await current
      // A claims challenge (`options.claims`) means that the token was revoked.
      if (cached && systemClock.now() < cached.renewedAt && options.claims === undefined) return cached
      const renewal = tokens.get(key)
      if (renewal && renewal !== current) return renewal // another request has started it meanwhile
      const requested = request(key, scopes, options)
      tokens.set(key, requested)
      return requested
    },
    forget(scopes) {
      tokens.delete(scopes)
    },
  }
}
