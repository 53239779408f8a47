import type { Auth } from 'azure'
import { createHttpClient, keepIdToken, requestIdToken, limits, type SignInWith, type SigningIn } from 'azure-clients'
import type { Surroundings } from 'runner'
import type { Inputs } from 'run-model'

/** How long it takes until a request is sent, in milliseconds: loading more of the bundle blocks the process. */
export const sendingMs = 8

/**
 * Adds GitHub's ID token to the settings for sign-in with OIDC, and requests it now.
 * @param onRequest called for each request to GitHub
 */
export function withIdToken(auth: Auth, { clock, signal }: Surroundings, onRequest: () => void): SignInWith {
  if (auth.type !== 'oidc') return auth
  const deps = { client: createHttpClient(limits.idToken.maxBytes), clock, signal, onRequest }
  return { ...auth, takeIdToken: keepIdToken(() => requestIdToken(auth.audience, deps), clock) }
}

/**
 * Begins to sign in. It loads only the SDK for Entra, and returns when the request is sent: the rest of the bundle is loaded while Entra answers.
 * @param countRequest called for each request of the run
 */
export async function beginSignIn(
  signInWith: SignInWith,
  { cloud }: Pick<Inputs, 'cloud'>,
  { log, clock, signal }: Surroundings,
  countRequest: () => void,
): Promise<SigningIn> {
  const { signIn } = await import('azure-clients/sign-in')
  const signingIn = signIn(signInWith, cloud, { log, countRequest, signal })
  await signingIn.asked
  await clock.sleep(sendingMs, signal)
  return signingIn
}
