import pLimit from 'p-limit'
import { type PipelinePolicy, type PipelineResponse, RestError } from '@azure/core-rest-pipeline'
import { type LimitFunction } from 'p-limit'
import { createHttpClient } from './client.js'
import { proxyOptions } from './connections.js'
import { keepRefusal } from './refusals.js'
import { startedOnce } from './started-once.js'
import { createRepeatMarker, wholeAnswers } from './whole-answers.js'

interface AdditionalPolicy {
  policy: PipelinePolicy
  position: 'perCall' | 'perRetry'
}

/** What every SDK client is created with, Entra's included. */
export function clientOptions(observer: PipelinePolicy) {
  const perTry = [startedOnce.perRetry, createRepeatMarker(), wholeAnswers, observer, pauseWhenThrottled, plainAnswers]
  const additionalPolicies: AdditionalPolicy[] = [
    { policy: startedOnce.perCall, position: 'perCall' },
    ...perTry.map((policy): AdditionalPolicy => ({ policy, position: 'perRetry' })),
  ]
  return {
    userAgentOptions: { userAgentPrefix: 'attach-acr' },
    additionalPolicies,
    proxyOptions,
    httpClient: createHttpClient(),
  }
}

/**
 * Makes the SDK's poller see how an import stands: it judges by the HTTP status alone, and takes `200 {"status":"Failed"}` and
 * `200 {"status":"InProgress"}` for success (arm-containerregistry 12.0.0 with core-lro 3).
 */
export const importStatusPolicy: PipelinePolicy = {
  name: 'attachAcrImportStatus',
  async sendRequest(request, next) {
    const response = await next(request)
    const isPoll = request.method === 'GET' && /\/operation(Results|Statuses)\//i.test(request.url)
    return isPoll && response.status === 200 ? judgeByBody(response) : response
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
    return {} // not JSON: the HTTP status is all there is
  }
}

// A role assignment takes up to 8 s inside its PUT (recorded); what has not answered after this is not going to.
const longestAnswerMs = 60_000

// AKS Run Command accepts a command and goes on by itself, so that its answers take no time; and a step is to end half a minute after its `timeout`.
const longestCommandAnswerMs = 25_000

/** How long a request may go without an answer, in milliseconds. */
function answerLimitOf(url: string): number {
  return /\/(runCommand|commandResults\/[^/]+)$/i.test(new URL(url).pathname) ? longestCommandAnswerMs : longestAnswerMs
}

/** Limits how many things run at once; the others wait for their turn. */
export type Limit = LimitFunction

/** The limit that all requests of a run share. */
export function createLimit(concurrency: number): Limit {
  return pLimit(concurrency)
}

/**
 * Bounds how many requests of all SDK clients together are in flight. It goes before the retry policies: a request that Azure throttles keeps
 * its place while it waits, so that the others do not make it worse.
 */
export function createConcurrencyLimit(limit: Limit): PipelinePolicy {
  return { name: 'attachAcrConcurrencyLimit', sendRequest: (request, next) => limit(() => next(request)) }
}

/**
 * Sees every try of every request, after the retry policies, and bounds how long one may take.
 * @param log gets one debug line a try: method, URL without its query (it may be signed), status, milliseconds, correlation ID
 * @param onRequest called for each try
 */
export function createRequestObserver(log: { debug(line: string): void }, onRequest: () => void): PipelinePolicy {
  return {
    name: 'attachAcrRequestObserver',
    sendRequest: async (request, next) => {
      onRequest()
      // Not `request.timeout`: the SDK leaves that timer running when a connection breaks, which would hold the process at its end, and
      // stops it when the headers are there (@typespec/ts-http-runtime, nodeHttpClient).
      const timeoutMs = answerLimitOf(request.url)
      const timeout = AbortSignal.timeout(timeoutMs)
      const { abortSignal } = request
      request.abortSignal = AbortSignal.any([timeout, ...(abortSignal ? [abortSignal as AbortSignal] : [])])
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
        const timedOut = timeout.aborted && abortSignal?.aborted !== true
        // As a connection error, so that the SDK's retry policy takes it for one.
        throw timedOut ? new RestError(`no answer within ${timeoutMs / 1000} s`, { code: 'ETIMEDOUT', request }) : error
      } finally {
        if (abortSignal) request.abortSignal = abortSignal
        else delete request.abortSignal
      }
    },
  }
}

const retryHeaders = ['retry-after', 'retry-after-ms', 'x-ms-retry-after-ms']

/**
 * The longest pause that a request waits for, because users take a step that sleeps longer for one that hangs; a request that is asked for a longer
 * pause fails at once.
 */
const longestPauseSeconds = 300

/** The pause that an answer asks for, in seconds, as the SDK reads it; undefined when it asks for none. */
function readRetryAfter(headers: PipelineResponse['headers'], now: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const ms = Number(headers.get(name) ?? NaN)
    if (ms >= 0) return ms / 1000
  }
  const text = headers.get('retry-after') ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  const until = Date.parse(text)
  return Number.isNaN(seconds) ? (Number.isNaN(until) ? undefined : (until - now) / 1000) : seconds
}

/**
 * Bounds the pause that a throttled answer asks for, and gives one that does not say when to come back a pause to wait: without one the SDK's retry policy takes it as final
 * (@typespec/ts-http-runtime, throttlingRetryStrategy). Azure Resource Manager says when; Entra and Resource Graph do not always.
 */
const pauseWhenThrottled: PipelinePolicy = {
  name: 'attachAcrPauseWhenThrottled',
  async sendRequest(request, next) {
    const response = await next(request)
    if (response.status !== 429 && response.status !== 503) return response
    const seconds = readRetryAfter(response.headers, Date.now())
    if (seconds === undefined && response.status === 429) response.headers.set('retry-after', '2')
    if (seconds !== undefined && seconds > longestPauseSeconds)
      for (const name of retryHeaders) response.headers.delete(name)
    return response
  },
}

/** Keeps what a refusal said, and gives one without a body an empty one, because SDKs crash on it. */
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

/** Maximum number of further rounds of retries in which no request of the same kind succeeds, once one has succeeded. */
const mostIdleRounds = 3

/**
 * Gives a throttled request another round of the SDK's retries as long as others of its kind get through meanwhile: with many requests and
 * Azure's small buckets (10 writes a second), a request can be refused more often than the SDK tries, although nothing is wrong with it.
 * The last requests have no others beside them, so they get some more rounds. Where none has ever succeeded, the retries are used up.
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
        const answer = await settle(next(request))
        const isDone = !isThrottled(answer)
        if (isDone) served.set(kind, servedOf(kind) + 1)
        idle = servedOf(kind) === before ? idle + 1 : 0
        if (isDone || servedOf(kind) === 0 || idle >= mostIdleRounds) {
          if ('error' in answer) throw answer.error
          return answer.response
        }
      }
    },
  }
}

type Answer = { response: PipelineResponse } | { error: unknown }

async function settle(answer: Promise<PipelineResponse>): Promise<Answer> {
  try {
    return { response: await answer }
  } catch (error) {
    return { error }
  }
}

/** Some SDK packages make an error of the answer before this policy sees it. */
function isThrottled(answer: Answer): boolean {
  if ('response' in answer) return answer.response.status === 429
  return answer.error instanceof Error && (answer.error as RestError).statusCode === 429
}
