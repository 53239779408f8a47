import type { AdditionalPolicyConfig } from '@azure-rest/core-client'
import { RestError, type PipelinePolicy } from '@azure/core-rest-pipeline'
import type { LimitFunction } from 'p-limit'
import { startLimit, systemClock, type Clock } from 'kernel'
import { limits } from '../services.js'
import { policy, readDate, refusedBodies } from './answers.js'
import { createHttpClient } from './client.js'
import { proxyOptions } from './connections.js'
import { createRepeatMarker, retries } from './retries.js'
import { wholeAnswers } from './whole-answers.js'

/**
 * The options of every SDK client, including Entra's.
 * @param outer policies that see each request once, with all of its tries, the outermost first
 */
export function clientOptions(observer: PipelinePolicy, outer: readonly PipelinePolicy[] = []) {
  const perTry = [createRepeatMarker(), wholeAnswers, observer, refusals]
  const additionalPolicies: AdditionalPolicyConfig[] = [
    ...[...outer, retries].map((policy): AdditionalPolicyConfig => ({ policy, position: 'perCall' })),
    ...perTry.map((policy): AdditionalPolicyConfig => ({ policy, position: 'perRetry' })),
  ]
  return {
    userAgentOptions: { userAgentPrefix: 'attach-acr' },
    additionalPolicies,
    // Instead of the SDK's, which don't know all failures that pass.
    retryOptions: { maxRetries: 0 },
    proxyOptions,
    httpClient: createHttpClient(limits.azure.maxBytes),
  }
}

/** How long to wait for the answer to a request, in milliseconds. */
function answerLimitOf(url: string): number {
  return /\/(runCommand|commandResults\/[^/]+)$/i.test(new URL(url).pathname)
    ? limits.command.tryMs
    : limits.azure.tryMs
}

/**
 * Limits how many requests of all SDK clients together are in flight. It comes before the retry policies: a throttled request keeps its place while it
 * waits, so that other requests don't make it worse.
 */
export function createConcurrencyLimit(limit: LimitFunction): PipelinePolicy {
  return policy('ConcurrencyLimit', (request, next) => limit(() => next(request)))
}

/**
 * Sees every try of every request, after the retry policies, and limits its time.
 * @param log gets one debug line per try: method, URL without its query (it can hold a signature), status, milliseconds, correlation ID
 * @param onRequest called for each try
 */
export function createRequestObserver(log: { debug(line: string): void }, onRequest: () => void): PipelinePolicy {
  return policy('RequestObserver', async (request, next) => {
    onRequest()
    // Not `request.timeout`: the SDK leaves that timer running when a connection breaks, which would keep the process alive, and stops it
    // before the body has arrived (@typespec/ts-http-runtime, nodeHttpClient).
    const timeoutMs = answerLimitOf(request.url)
    const late = startLimit(timeoutMs)
    const { abortSignal } = request
    request.abortSignal = AbortSignal.any([late.signal, ...(abortSignal ? [abortSignal as AbortSignal] : [])])
    const started = systemClock.now()
    const debug = (end: string): void => {
      log.debug(`${request.method} ${request.url.split('?')[0]} ${systemClock.now() - started} ms ${end}`)
    }
    try {
      const response = await next(request)
      debug(`${response.status} ${response.headers.get('x-ms-correlation-request-id') ?? ''}`)
      return response
    } catch (error) {
      debug(error instanceof Error ? error.message : 'failed')
      const timedOut = late.signal.aborted && abortSignal?.aborted !== true
      // With a code, it is retried.
      throw timedOut ? new RestError(`no answer within ${timeoutMs / 1000} s`, { code: 'ETIMEDOUT', request }) : error
    } finally {
      late.end()
      if (abortSignal) request.abortSignal = abortSignal
      else delete request.abortSignal
    }
  })
}

/** Follows the clock of a server by its answers. What the server has dated is as old as that clock says: the runner's can be wrong. */
export function createServerClock(clock: Clock): { policy: PipelinePolicy; now: () => number } {
  let aheadMs = 0
  return {
    now: () => clock.now() + aheadMs,
    policy: policy('ServerClock', async (request, next) => {
      const response = await next(request)
      aheadMs = (readDate(response.headers) ?? clock.now() + aheadMs) - clock.now()
      return response
    }),
  }
}

/** Keeps the body of a refusal. */
const refusals = policy('Refusals', async (request, next) => {
  const response = await next(request)
  if (response.status >= 400 && response.bodyAsText) refusedBodies.set(request, response.bodyAsText)
  return response
})
