import {
  RestError,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import type { HttpMethods, PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline'
import type { LimitFunction } from 'p-limit'
import { startLimit } from 'kernel'
import { createHttpClient } from '../http/client.js'
import { clientOptions } from '../http/requests.js'
import { onceMore } from '../http/retries.js'
import { limits } from '../services.js'
import { addressOf, readChallenge, type Authorizer, type Challenge, type Send } from './authorization.js'

export interface Repository {
  host: string
  repository: string
}

/** Sends a request about a repository, and repeats it once with the authorization that the registry demands. */
export type RegistryClient = (
  method: HttpMethods,
  repository: Repository,
  request: { path: string; accept: string },
) => Promise<PipelineResponse>

/**
 * The client of all registries. They differ only in how it gets a token: by the challenge and flow of
 * distribution.github.io/distribution/spec/auth/token, with the credentials that the authorizer has for the host.
 * @param options.knownChallenge the challenge of a host, if it is known before the first answer
 */
export function createRegistryClient({
  send,
  authorizer,
  knownChallenge,
}: {
  send: Send
  authorizer: Authorizer
  knownChallenge?: (host: string) => Challenge
}): RegistryClient {
  // By repository: a header is used until it is refused.
  const authorizations = new Map<string, string>()
  // By host, from its first answer; undefined if it demands nothing.
  const challenges = new Map<string, Promise<Challenge | undefined>>()

  /** The header that a host will demand, judging by its earlier answers. */
  const foresee = async (host: string, repository: string): Promise<string | undefined> => {
    const challenge = await (knownChallenge?.(host) ?? challenges.get(host))
    return challenge && authorizer.authorizeTogether(challenge, host, repository)
  }

  return async (method, { host, repository }, { path, accept }) => {
    const url = `https://${addressOf(host)}${path}`
    const key = `${host}/${repository}`
    const sendWith = (authorization: string | undefined): Promise<PipelineResponse> =>
      send(method, url, { headers: { accept, ...(authorization && { authorization }) } })

    const isFirst = !knownChallenge && !challenges.has(host)
    const known = authorizations.get(key) ?? (isFirst ? undefined : await foresee(host, repository))
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
    const authorization = challenge && (await authorizer.authorize(challenge, host, repository))
    if (!authorization || authorization === known) return response
    authorizations.set(key, authorization)
    return sendWith(authorization)
  }
}

function challengeOf({ status, headers, request }: PipelineResponse): Challenge | undefined {
  return status === 401 ? readChallenge(headers.get('www-authenticate') ?? '', new URL(request.url).host) : undefined
}

// registry.k8s.io redirects its clients to a registry near them. Headers with credentials are dropped on the way (core-rest-pipeline,
// redirectPolicy), and the HTTP client refuses to send a body along.
const redirectOptions = { allowCrossOriginRedirects: true }

/**
 * Sends with one try that is answered, because an image whose source can't be read from the runner is imported anyway; or as the SDK clients do, with
 * their retries.
 * @param observer sees every request, as it does those of the SDK clients
 * @param options.limit of the requests that are in flight; none if the request serves one that has a place already
 */
export function createSend(
  observer: PipelinePolicy,
  signal: AbortSignal,
  { isPatient = false, limit }: { isPatient?: boolean; limit?: LimitFunction } = {},
): Send {
  const { maxBytes, tryMs } = limits.source
  const { additionalPolicies, httpClient, ...options } = clientOptions(observer)
  const pipeline = createPipelineFromOptions({ ...options, redirectOptions })
  const quick = [{ policy: onceMore }, { policy: observer, position: 'perRetry' }]
  for (const { policy, position } of isPatient ? additionalPolicies : quick)
    pipeline.addPolicy(policy, position === 'perRetry' ? { afterPhase: 'Sign' } : {})
  const client = isPatient ? httpClient : createHttpClient(maxBytes)
  const exchange = (
    abortSignal: AbortSignal,
    ...[method, url, { headers = {}, form }]: Parameters<Send>
  ): Promise<PipelineResponse> => {
    const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
    const content = form && { body: new URLSearchParams(form).toString() }
    const all = createHttpHeaders({ ...headers, ...type })
    return pipeline.sendRequest(client, createPipelineRequest({ url, method, headers: all, ...content, abortSignal }))
  }
  const sendOnce: Send = async (...request) => {
    const late = startLimit(tryMs)
    try {
      return await exchange(AbortSignal.any([signal, late.signal]), ...request)
    } catch (error) {
      signal.throwIfAborted()
      throw late.signal.aborted ? new Error(`no answer within ${tryMs / 1000} s`) : error
    } finally {
      late.end()
    }
  }
  const send: Send = isPatient ? (...request) => exchange(signal, ...request) : sendOnce
  return limit ? (...request) => limit(send, ...request) : send
}

/** The error with which the SDK clients report a refusal. */
export function refusalOf(response: PipelineResponse): RestError {
  const { status: statusCode, request, bodyAsText } = response
  return new RestError(bodyAsText ?? '', { statusCode, request, response })
}
