import { findTokenEndpoint, keepIdToken, openAhead, requestIdToken, type SignInWith } from 'azure-clients'
import type { signIn } from 'azure-clients/sign-in'
import type { Surroundings } from 'runner'
import type { Inputs } from 'run-model'

type SetUpFinder = Extract<SignInWith, { type: 'oidc' }>['findSetUp']

/** How long to wait at most until the first request is sent, in milliseconds: loading more of the bundle would delay each step of opening its connection. */
const sendingMs = 100

/**
 * Adds GitHub's ID token to the settings for sign-in with OIDC. Returns when the request for it was sent.
 * @param onRequest called for each request to GitHub
 * @param findSetUp called if no federated credential matches the ID token
 */
export async function withIdToken(
  { auth, cloud }: Pick<Inputs, 'auth' | 'cloud'>,
  { clock, signal }: Surroundings,
  onRequest: () => void,
  findSetUp: SetUpFinder = () => Promise.resolve({ commands: [], page: '' }),
): Promise<SignInWith> {
  if (auth.type !== 'oidc') return auth
  let onSent = (): void => undefined
  const sent = new Promise<void>(resolve => {
    onSent = resolve
  })
  const deps = { clock, signal, onRequest, onSent }
  const takeIdToken = keepIdToken(() => requestIdToken(auth.audience, deps), clock)
  if (findTokenEndpoint()) {
    await Promise.race([sent, clock.sleep(sendingMs, signal)])
    openAhead(cloud.authorityHost, 1)
  }
  return { ...auth, takeIdToken, findSetUp }
}

/** Begins to sign in. It loads only the SDK for Entra, and returns when the request is sent: the rest of the bundle is loaded while Entra answers. */
export async function beginSignIn(...given: Parameters<typeof signIn>): ReturnType<typeof signIn> {
  return (await import('azure-clients/sign-in')).signIn(...given)
}
