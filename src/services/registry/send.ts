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
import { createHttpClient } from '../http/client.js'
import { proxyOptions } from '../http/connections.js'
import { clientOptions } from '../http/requests.js'

/** Sends a request to any registry and returns its answer, whatever the status. @throws when there is no answer in time */
export type Send = (
  method: HttpMethods,
  url: string,
  content: { headers?: Record<string, string>; form?: Record<string, string> },
  signal: AbortSignal,
) => Promise<PipelineResponse>

type Limited = <T>(work: () => Promise<T>) => Promise<T>

const timeoutMs = 10_000

/**
 * Sends with one try, because an image whose source can't be read from the runner is imported anyway.
 * @param observer sees every request, as it does those of the SDK clients
 */
export function createSend(observer: PipelinePolicy, limit: Limited): Send {
  const client = createHttpClient()
  const createPipeline = (allowCrossOriginRedirects: boolean) => {
    const pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'attach-acr' },
      redirectOptions: { allowCrossOriginRedirects },
      proxyOptions,
    })
    pipeline.addPolicy(observer, { afterPhase: 'Retry' })
    return pipeline
  }
  // registry.k8s.io redirects its clients to a registry near them. Headers with credentials are dropped on the way (core-rest-pipeline,
  // redirectPolicy), but a body would be sent along, and the one of a sign-in has a token in it.
  const reading = createPipeline(true)
  const writing = createPipeline(false)
  return (method, url, content, signal) =>
    limit(async () => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const request = createRequest(method, url, content, AbortSignal.any([signal, timeout]))
      const isRedirectable = content.form === undefined && (method === 'GET' || method === 'HEAD')
      try {
        return await (isRedirectable ? reading : writing).sendRequest(client, request)
      } catch (error) {
        signal.throwIfAborted()
        throw timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error
      }
    })
}

/** Sends as the SDK clients do, with their retries. */
export function createRetryingSend(observer: PipelinePolicy, limit: Limited): Send {
  const { additionalPolicies, httpClient, ...options } = clientOptions(observer)
  const pipeline = createPipelineFromOptions({ ...options, redirectOptions: { allowCrossOriginRedirects: true } })
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
