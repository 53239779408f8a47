import {
  type HttpMethods,
  type Pipeline,
  type PipelinePolicy,
  type PipelineResponse,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import { createHttpClient } from '../http/client.js'
import { proxyOptions } from '../http/connections.js'

/** Sends a request to any registry and returns its answer, whatever the status. @throws when there is no answer in time */
export type Send = (
  method: HttpMethods,
  url: string,
  what: { headers?: Record<string, string>; form?: Record<string, string> },
  signal: AbortSignal,
) => Promise<PipelineResponse>

/** Only one try, because an image whose source can't be asked from the runner is imported anyway. */
const timeoutMs = 10_000

/** @param observer sees every request, as of all SDK clients */
export function createSend(observer: PipelinePolicy, limit: <T>(work: () => Promise<T>) => Promise<T>): Send {
  const client = createHttpClient()
  const createPipeline = (allowCrossOriginRedirects: boolean): Pipeline => {
    const pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'attach-acr' },
      redirectOptions: { allowCrossOriginRedirects },
      proxyOptions,
    })
    pipeline.addPolicy(observer, { afterPhase: 'Retry' })
    return pipeline
  }
  // registry.k8s.io sends its clients on to a registry near them. Credentials in a header don't go along (core-rest-pipeline, redirectPolicy),
  // but a body would, and the one to sign in with has a token in it.
  const reading = createPipeline(true)
  const writing = createPipeline(false)
  return (method, url, { headers = {}, form }, signal) =>
    limit(async () => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const request = createPipelineRequest({
        url,
        method,
        headers: createHttpHeaders({
          ...headers,
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        }),
        ...(form && { body: new URLSearchParams(form).toString() }),
        abortSignal: AbortSignal.any([signal, timeout]),
      })
      const mayLeave = form === undefined && (method === 'GET' || method === 'HEAD')
      try {
        return await (mayLeave ? reading : writing).sendRequest(client, request)
      } catch (error) {
        signal.throwIfAborted()
        throw timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error
      }
    })
}
