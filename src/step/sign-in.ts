import type { Surroundings } from '../model/progress.js'
import type { Auth } from '../model/inputs.js'
import type { SignInWith } from '../services/entra/sign-in.js'
import { createHttpClient } from '../services/http/client.js'
import { tokenBytes } from '../services/http/exchange.js'
import { keepIdToken, requestIdToken } from '../services/runner/id-token.js'

/**
 * Adds GitHub's ID token to the settings for sign-in with OIDC, and requests it now.
 * @param onRequest called for each request to GitHub
 */
export function withIdToken(auth: Auth, { clock, signal }: Surroundings, onRequest: () => void): SignInWith {
  if (auth.type !== 'oidc') return auth
  const deps = { client: createHttpClient(tokenBytes), clock, signal, onRequest }
  return { ...auth, takeIdToken: keepIdToken(() => requestIdToken(auth.audience, deps), clock) }
}
