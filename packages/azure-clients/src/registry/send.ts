import {
  type HttpMethods,
  type PipelinePolicy,
  type PipelineRequest,
  type PipelineResponse,
  RestError,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { startLimit } from 'kernel'
import { createHttpClient } from '../http/client.js'
import { proxyOptions } from '../http/connections.js'
import { megabyte } from '../http/exchange.js'
import { clientOptions } from '../http/requests.js'
import { onceMore } from '../http/retries.js'

/** Sends a request to any registry and returns its answer, whatever the status. @throws when there is no answer in time */
export type Send = (
  method: HttpMethods,
  url: string,
  content: { headers?: Record<string, string>; form?: Record<string, string> },
  signal: AbortSignal,
) => Promise<PipelineResponse>

type Limited = <T>(work: () => Promise<T>) => Promise<T>

const timeoutMs = 10_000

/** How large an answer can be: registries accept manifests and lists of up to 4 MiB (github.com/distribution/distribution, maxManifestBodySize). */
const registryBytes = 4 * megabyte

// registry.k8s.io redirects its clients to a registry near them. Headers with credentials are dropped on the way (core-rest-pipeline,
// redirectPolicy), and the HTTP client refuses to send a body along.
const redirectOptions = { allowCrossOriginRedirects: true }

/**
 * Sends with one try that is answered, because an image whose source can't be read from the runner is imported anyway.
 * @param observer sees every request, as it does those of the SDK clients
 */
export function createSend(observer: PipelinePolicy, limit: Limited): Send {
  const client = createHttpClient(registryBytes)
  const userAgentOptions = { userAgentPrefix: 'attach-acr' }
  const retryOptions = { maxRetries: 0 }
  const pipeline = createPipelineFromOptions({ retryOptions, userAgentOptions, redirectOptions, proxyOptions })
  pipeline.addPolicy(onceMore)
  pipeline.addPolicy(observer, { afterPhase: 'Retry' })
  return (method, url, content, signal) =>
    limit(async () => {
      const late = startLimit(timeoutMs)
      try {
        const request = createRequest(method, url, content, AbortSignal.any([signal, late.signal]))
        return await pipeline.sendRequest(client, request)
      } catch (error) {
        signal.throwIfAborted()
        throw late.signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error
      } finally {
        late.end()
      }
    })
}

/** Sends as the SDK clients do, with their retries. */
export function createRetryingSend(observer: PipelinePolicy, limit: Limited): Send {
  const { additionalPolicies, httpClient, ...options } = clientOptions(observer)
  const pipeline = createPipelineFromOptions({ ...options, redirectOptions })
  for (const { policy, position } of additionalPolicies)
    pipeline.addPolicy(policy, position === 'perRetry' ? { afterPhase: 'Sign' } : {})
  return (method, url, content, signal) =>
    limit(() => pipeline.sendRequest(httpClient, createRequest(method, url, content, signal)))
}

function createRequest(
  method: HttpMethods,
  url: string,
  { headers = {}, form }: Parameters<Send>[2],
  abortSignal: AbortSignal,
): PipelineRequest {
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
  const body = form && { body: new URLSearchParams(form).toString() }
  return createPipelineRequest({
    url,
    method,
    headers: createHttpHeaders({ ...headers, ...type }),
    ...body,
    abortSignal,
  })
}

/** The error with which the SDK clients report a refusal. */
export function refusalOf(response: PipelineResponse): RestError {
  const { status: statusCode, request, bodyAsText } = response
  return new RestError(bodyAsText ?? '', { statusCode, request, response })
}
