import type { Surroundings } from '../model/progress.js'
import type { Auth } from '../model/wanted.js'
import type { SignInWith } from '../services/entra/sign-in.js'
import { createHttpClient } from '../services/http/client.js'
import { keepIdToken, requestIdToken } from '../services/runner/id-token.js'

/**
 * The way of signing in; with OIDC it asks for GitHub's ID token from now on.
 * @param onRequest called for each request to GitHub
 */
export function withIdToken(auth: Auth, { clock, signal }: Surroundings, onRequest: () => void): SignInWith {
  if (auth.type !== 'oidc') return auth
  const asking = { client: createHttpClient(), clock, signal, onRequest }
  return { ...auth, takeIdToken: keepIdToken(() => requestIdToken(auth.audience, asking), clock) }
}
