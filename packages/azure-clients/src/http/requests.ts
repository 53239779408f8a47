import type { LimitFunction } from 'p-limit'
import { type PipelinePolicy, type PipelineResponse, RestError } from '@azure/core-rest-pipeline'
import { startLimit } from 'kernel'
import { createHttpClient } from './client.js'
import { megabyte } from './exchange.js'
import { proxyOptions } from './connections.js'
import { keepRefusal } from './answers.js'
import { isPoll } from './operations.js'
import { retries } from './retries.js'
import { createRepeatMarker, wholeAnswers } from './whole-answers.js'

interface AdditionalPolicy {
  policy: PipelinePolicy
  position: 'perCall' | 'perRetry'
}

/**
 * The options of every SDK client, including Entra's.
 * @param outer policies that see each request once, with all of its tries, the outermost first
 */
export function clientOptions(observer: PipelinePolicy, outer: readonly PipelinePolicy[] = []) {
  const perTry = [createRepeatMarker(), wholeAnswers, observer, plainAnswers]
  const additionalPolicies: AdditionalPolicy[] = [
    ...[...outer, retries].map((policy): AdditionalPolicy => ({ policy, position: 'perCall' })),
    ...perTry.map((policy): AdditionalPolicy => ({ policy, position: 'perRetry' })),
  ]
  return {
    userAgentOptions: { userAgentPrefix: 'attach-acr' },
    additionalPolicies,
    // Instead of the SDK's, which don't know all failures that pass.
    retryOptions: { maxRetries: 0 },
    proxyOptions,
    httpClient: createHttpClient(azureBytes),
  }
}

/**
 * How large an answer of Azure can be. The largest that are known are lists of role assignments, with 250 kB (recorded), and pages of Resource Graph, with
 * a thousand rows (learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data). A few at once must fit into Node's memory.
 */
const azureBytes = 50 * megabyte

/**
 * Shows the SDK's poller the real status of an import. By itself, it reads only the HTTP status and takes `200 {"status":"Failed"}` and
 * `200 {"status":"InProgress"}` for success (arm-containerregistry 12.0.0 with core-lro 3).
 */
export const importStatusPolicy: PipelinePolicy = {
  name: 'attachAcrImportStatus',
  async sendRequest(request, next) {
    const response = await next(request)
    return isPoll(request) && response.status === 200 ? judgeByBody(response) : response
  },
}

function judgeByBody(response: PipelineResponse): PipelineResponse {
  const { status, error } = readStatus(response.bodyAsText)
  if (status === undefined || /^succeeded$/i.test(status)) return response
  if (/^(failed|canceled|cancelled)$/i.test(status)) {
    const bodyAsText = JSON.stringify({
      error: error ?? { code: `Import${status}`, message: `The import ended as ${status}.` },
    })
    return { ...response, status: 400, bodyAsText }
  }
  if (!response.headers.has('location')) response.headers.set('location', response.request.url)
  return { ...response, status: 202 }
}

function readStatus(text: string | null | undefined): { status?: string; error?: unknown } {
  try {
    const body = JSON.parse(text || '{}') as { status?: string; error?: unknown } | null
    return body ?? {}
  } catch {
    return {} // not JSON: only the HTTP status counts
  }
}

// The PUT of a role assignment takes up to 8 s (recorded).
const maxAnswerMs = 60_000

// AKS Run Command only accepts a command, which is fast, and a step should end within half a minute after its `timeout`.
const maxCommandAnswerMs = 25_000

/** How long to wait for the answer to a request, in milliseconds. */
function answerLimitOf(url: string): number {
  return /\/(runCommand|commandResults\/[^/]+)$/i.test(new URL(url).pathname) ? maxCommandAnswerMs : maxAnswerMs
}

/**
 * Limits how many requests of all SDK clients together are in flight. It comes before the retry policies: a throttled request keeps its place while it
 * waits, so that other requests don't make it worse.
 */
export function createConcurrencyLimit(limit: LimitFunction): PipelinePolicy {
  return { name: 'attachAcrConcurrencyLimit', sendRequest: (request, next) => limit(() => next(request)) }
}

/**
 * Sees every try of every request, after the retry policies, and limits its time.
 * @param log gets one debug line per try: method, URL without its query (it can hold a signature), status, milliseconds, correlation ID
 * @param onRequest called for each try
 */
export function createRequestObserver(log: { debug(line: string): void }, onRequest: () => void): PipelinePolicy {
  return {
    name: 'attachAcrRequestObserver',
    sendRequest: async (request, next) => {
      onRequest()
      // Not `request.timeout`: the SDK leaves that timer running when a connection breaks, which would keep the process alive, and stops it
      // before the body has arrived (@typespec/ts-http-runtime, nodeHttpClient).
      const timeoutMs = answerLimitOf(request.url)
      const late = startLimit(timeoutMs)
      const { abortSignal } = request
      request.abortSignal = AbortSignal.any([late.signal, ...(abortSignal ? [abortSignal as AbortSignal] : [])])
      const started = performance.now()
      const debug = (end: string): void => {
        log.debug(`${request.method} ${request.url.split('?')[0]} ${Math.round(performance.now() - started)} ms ${end}`)
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
    },
  }
}

/** Keeps the body of a refusal, and adds an empty one if there is none, because SDKs crash without it. */
const plainAnswers: PipelinePolicy = {
  name: 'attachAcrPlainAnswers',
  async sendRequest(request, next) {
    const response = await next(request)
    const type = response.headers.get('content-type') ?? ''
    if (response.status >= 400 && response.bodyAsText) keepRefusal(request, response.bodyAsText)
    // arm-containerregistry 12.0.0 and arm-containerservice 25.3.0 read `error` of an undefined body.
    if (response.status >= 400 && /json/i.test(type) && !response.bodyAsText) response.bodyAsText = '{}'
    return response
  },
}

/** Maximum number of rounds of retries in which no request of the same kind succeeds, after one has succeeded. */
const maxIdleRounds = 3

/**
 * Gives a throttled request another round of the SDK's retries while others of its kind succeed: with many requests and Azure's small buckets
 * (10 writes per second), a request can be refused more often than the SDK retries. The last requests get some more rounds. If none of the kind has
 * ever succeeded, there is no further round.
 */
export function createTurnTaking(): PipelinePolicy {
  const served = new Map<string, number>()
  const servedOf = (kind: string): number => served.get(kind) ?? 0
  return {
    name: 'attachAcrTurnTaking',
    async sendRequest(request, next) {
      // Reads, writes and deletes have a bucket each (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
      const kind = `${request.method} ${new URL(request.url).host}`
      for (let idle = 0; ;) {
        const before = servedOf(kind)
        const [answer] = await Promise.allSettled([next(request)])
        const isDone = !isThrottled(answer)
        if (isDone) served.set(kind, servedOf(kind) + 1)
        idle = servedOf(kind) === before ? idle + 1 : 0
        if (isDone || servedOf(kind) === 0 || idle >= maxIdleRounds) {
          if (answer.status === 'rejected') throw answer.reason
          return answer.value
        }
      }
    },
  }
}

/** Some SDK packages turn the answer into an error before this policy sees it. */
function isThrottled(answer: PromiseSettledResult<PipelineResponse>): boolean {
  if (answer.status === 'fulfilled') return answer.value.status === 429
  return answer.reason instanceof Error && (answer.reason as RestError).statusCode === 429
}
