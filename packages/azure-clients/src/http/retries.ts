import {
  type PipelinePolicy,
  type PipelineResponse,
  type RestError,
  retryPolicy,
  type RetryInformation,
} from '@azure/core-rest-pipeline'
import { isMisdirected, isOpen } from 'kernel'
import { hadNoEffect, isPassing, startsSomething } from './failed-tries.js'

/** How often a request is repeated: as often as the SDKs do it. */
const maxRetries = 3

/** A request fails at once if it should pause for longer than this: users would think that the step hangs. */
const maxPauseSeconds = 300

/** After an answer of 429 that demands no pause: Entra's and Resource Graph's don't always. */
const throttledSeconds = 2

/**
 * Repeats requests that failed for a reason that can pass, in place of the SDKs' own policies (@typespec/ts-http-runtime 0.3.6,
 * exponentialRetryStrategy): they know only some of the codes of broken connections, don't repeat 421 and 425 or a 429 without a pause, wait for as long as
 * an answer demands, and start a command in a cluster again after a lost answer.
 */
export const retries: PipelinePolicy = {
  ...retryPolicy([{ name: 'attachAcrRetryStrategy', retry }], { maxRetries }),
  name: 'attachAcrRetries',
}

/** Repeats a request once, and only if it got no answer: for those whose failure is no harm. */
export const onceMore: PipelinePolicy = {
  ...retryPolicy(
    [{ name: 'attachAcrOnceMore', retry: info => (info.response ? { skipStrategy: true } : retry(info)) }],
    {
      maxRetries: 1,
    },
  ),
  name: 'attachAcrOnceMore',
}

function retry({ retryCount, response, responseError }: RetryInformation) {
  const pauseMs = response
    ? pauseAfterAnswer(response, retryCount)
    : responseError && pauseAfterFailure(responseError, retryCount)
  return pauseMs === undefined ? { skipStrategy: true } : { retryAfterInMs: pauseMs }
}

/** How long to wait after a try without an answer, in milliseconds; undefined if there must be no other. */
function pauseAfterFailure(failure: RestError, retryCount: number): number | undefined {
  const { request } = failure
  // A failure that doesn't name its request may be that of a command that has started.
  const isRepeatable = hadNoEffect(failure) || (request !== undefined && !startsSomething(request))
  return isPassing(failure) && isRepeatable ? growingPause(retryCount) : undefined
}

/** The same after a try with an answer, also one that an SDK package has turned into an error. */
function pauseAfterAnswer({ request, status, headers }: PipelineResponse, retryCount: number): number | undefined {
  const seconds = readRetryAfter(headers, Date.now())
  if (status === 429) return pauseFor(seconds ?? throttledSeconds)
  if (isMisdirected(status)) return growingPause(retryCount)
  if (!isOpen(status) || isFinal(status) || startsSomething(request)) return undefined
  const demanded = status === 503 && seconds !== undefined ? pauseFor(seconds) : undefined
  return demanded ?? growingPause(retryCount)
}

/** Not implemented, and not in this version of HTTP. */
const isFinal = (status: number): boolean => status === 501 || status === 505

function pauseFor(seconds: number): number | undefined {
  return seconds > maxPauseSeconds ? undefined : Math.max(0, seconds) * 1000
}

/** A second, then twice as long each time; up to half of it is left to chance, so that parallel requests don't return together. */
function growingPause(retryCount: number): number {
  return 1000 * 2 ** retryCount * (0.5 + Math.random() / 2)
}

/** The pause that an answer demands, in seconds, as the SDKs read it; undefined when it demands none. */
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
