import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpMethods,
  type PipelinePolicy,
  type PipelineResponse,
} from '@azure/core-rest-pipeline'
import type { Limit } from './azure/requests.js'

/** Sends a request to a registry of any make, whatever it answers. @throws when there is no answer in time */
export type Send = (
  method: HttpMethods,
  url: string,
  what: { headers?: Record<string, string>; form?: Record<string, string> },
  signal: AbortSignal,
) => Promise<PipelineResponse>

/** One try has to do: what can't be asked from here is imported all the same. */
const timeoutMs = 10_000

/** @param observer sees every request, as of all SDK clients */
export function createSend(observer: PipelinePolicy, limit: Limit): Send {
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: 'attach-acr' },
    // registry.k8s.io sends its clients on to a registry near them. Credentials don't go along (core-rest-pipeline, redirectPolicy).
    redirectOptions: { allowCrossOriginRedirects: true },
  })
  pipeline.addPolicy(observer, { afterPhase: 'Retry' })
  const client = createDefaultHttpClient()
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
      try {
        return await pipeline.sendRequest(client, request)
      } catch (error) {
        signal.throwIfAborted()
        throw timeout.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error
      }
    })
}
