import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline'
import { addressOf, readChallenge, type Authorizer, type Challenge } from './authorization.js'
import type { Send } from './send.js'

/** A repository in a registry. */
export interface Repository {
  host: string
  repository: string
}

/** Sends a request about a repository, and repeats it once with the authorization that the registry demands. */
export type RegistryClient = (
  method: HttpMethods,
  repository: Repository,
  request: { path: string; accept: string },
  signal: AbortSignal,
) => Promise<PipelineResponse>

interface ClientDeps {
  send: Send
  authorizer: Authorizer
  /** The challenge of a host, if it is known before the first answer. */
  knownChallenge?: (host: string) => Challenge
}

/**
 * The client of all registries. They differ only in how it gets a token: by the challenge and flow of
 * distribution.github.io/distribution/spec/auth/token, with the credentials that the authorizer has for the host.
 */
export function createRegistryClient({ send, authorizer, knownChallenge }: ClientDeps): RegistryClient {
  // By repository: a header is used until it is refused.
  const authorizations = new Map<string, string>()
  // By host, from its first answer; undefined if it demands nothing.
  const challenges = new Map<string, Promise<Challenge | undefined>>()

  /** The header that a host will demand, judging by its earlier answers. */
  const foresee = async (host: string, repository: string, signal: AbortSignal): Promise<string | undefined> => {
    const challenge = await (knownChallenge?.(host) ?? challenges.get(host))
    return challenge && authorizer.authorizeTogether(challenge, host, repository, signal)
  }

  return async (method, { host, repository }, { path, accept }, signal) => {
    const url = `https://${addressOf(host)}${path}`
    const key = `${host}/${repository}`
    const sendWith = (authorization: string | undefined): Promise<PipelineResponse> =>
      send(method, url, { headers: { accept, ...(authorization && { authorization }) } }, signal)

    const isFirst = !knownChallenge && !challenges.has(host)
    const known = authorizations.get(key) ?? (isFirst ? undefined : await foresee(host, repository, signal))
    const first = sendWith(known)
    // Requests about other repositories of the host wait for this answer.
    if (isFirst)
      challenges.set(
        host,
        first.then(challengeOf, () => undefined),
      )
    const response = await first
    if (response.status !== 401) {
      if (known) authorizations.set(key, known)
      return response
    }
    const challenge = challengeOf(response)
    const authorization = challenge && (await authorizer.authorize(challenge, host, repository, signal))
    if (!authorization || authorization === known) return response
    authorizations.set(key, authorization)
    return sendWith(authorization)
  }
}

function challengeOf({ status, headers, request }: PipelineResponse): Challenge | undefined {
  return status === 401 ? readChallenge(headers.get('www-authenticate') ?? '', new URL(request.url).host) : undefined
}
