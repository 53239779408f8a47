import type { TokenCredential } from '@azure/core-auth'
import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import type { LimitFunction } from 'p-limit'
import type { Credentials } from 'azure'
import { memoize, once, systemClock } from 'kernel'
import { tokenScope } from '../services.js'
import { createAuthorizer, type Authorizer, type Challenge, type Send } from './authorization.js'
import { createRegistryClient, createSend, refusalOf } from './client.js'

/** The user name that goes with a refresh token (azure-cli: `az acr login --expose-token`). */
const username = '00000000-0000-0000-0000-000000000000'

/** The same in all clouds (azure-cli, cloud-provider-azure), and the only one if a registry accepts no tokens for Azure Resource Manager. */
const audience = 'https://containerregistry.azure.net'

/** What tokens for the API of repositories, tags and manifests must allow. */
const action = 'metadata_read'

/** How long a refresh token is used, in milliseconds: a third of its life. */
const signInMs = 3_600_000

/**
 * Registries in Azure, for the signed-in identity. A request waits for its token before it takes one of the limited places.
 * @param suffix of the login servers of the cloud
 * @returns a client with the retries of the Azure SDKs, and what signs in to a registry with one try: undefined if the registry refuses
 */
export function createAzureRegistries(
  credential: TokenCredential,
  observer: PipelinePolicy,
  limit: LimitFunction,
  signal: AbortSignal,
  suffix: string,
) {
  const guard = createGuard(suffix)
  const sendOnce = guard(createSend(observer, signal))
  const signInTo = memoize(createSignIn(credential, sendOnce, signal))
  const quick = createAuthorizer({ send: sendOnce, credentialsOf: signInTo, action })
  const sendPatiently = guard(createSend(observer, signal, { isPatient: true }))
  const sendOrThrow: Send = async (...request) => {
    const response = await sendPatiently(...request)
    if (response.status !== 200) throw refusalOf(response)
    return response
  }
  const credentialsOf = keepFor(signInMs, createSignIn(credential, sendOrThrow, signal))
  const patient = createAuthorizer({ send: sendOrThrow, credentialsOf, action })
  const authorizer = withFallback(quick, patient, signal)
  const send = guard(createSend(observer, signal, { isPatient: true, limit }))
  return { client: createRegistryClient({ send, authorizer, knownChallenge }), signInTo }
}

/**
 * Keeps the identity's tokens at login servers. Which one is a registry's own is decided where Azure names it (`toOwnRegistry`), and which token service
 * where the registry names that (`isOwnRealm`).
 */
export const createGuard =
  (suffix: string) =>
  (send: Send): Send =>
  (method, url, content) => {
    const { protocol, host, username, password } = new URL(url)
    const isLoginServer = host.endsWith(suffix) && /^[a-z0-9]+(-[a-z0-9]+)?$/.test(host.slice(0, -suffix.length))
    if (protocol === 'https:' && isLoginServer && !`${username}${password}`) return send(method, url, content)
    return Promise.reject(new Error(`${host} is not a login server of an Azure registry; the request was not sent`))
  }

/** Gets tokens in advance, for all repositories together, with one try; after a refusal, a repository gets its own token, with retries. */
function withFallback(quick: Authorizer, patient: Authorizer, signal: AbortSignal): Authorizer {
  const prepared = new Map<string, Promise<string | undefined>>()
  return {
    authorize: patient.authorize,
    authorizeTogether: (challenge, host, repository) =>
      once(prepared, `${host}/${repository}`, async () => {
        try {
          return await quick.authorizeTogether(challenge, host, repository)
        } catch {
          signal.throwIfAborted()
          return undefined
        }
      }),
  }
}

function knownChallenge(loginServer: string): Challenge {
  const realm = `https://${loginServer}/oauth2/token`
  return { scheme: 'bearer', realm, service: loginServer, answeredBy: loginServer }
}

/** Exchanges the identity's token for a refresh token, which is the password of an OCI client (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md). */
function createSignIn(credential: TokenCredential, send: Send, signal: AbortSignal) {
  return async (loginServer: string): Promise<Credentials | undefined> => {
    const entra = await credential.getToken(tokenScope(audience), { abortSignal: signal })
    const form = { grant_type: 'access_token', service: loginServer, access_token: entra?.token ?? '' }
    const { status, bodyAsText } = await send('POST', `https://${loginServer}/oauth2/exchange`, { form })
    if (status !== 200) return undefined
    const { refresh_token: password } = JSON.parse(bodyAsText ?? '{}') as { refresh_token?: string }
    return password ? { username, password } : undefined
  }
}

/** Caches the value of each key for some milliseconds; failures aren't cached. */
function keepFor<T>(ms: number, get: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, { value: Promise<T>; since: number }>()
  return key => {
    const known = kept.get(key)
    if (known && systemClock.now() - known.since < ms) return known.value
    const value = get(key)
    kept.set(key, { value, since: systemClock.now() })
    value.catch(() => kept.delete(key))
    return value
  }
}
