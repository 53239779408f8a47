import { RestError, retryPolicy } from '@azure/core-rest-pipeline'
import type { PipelinePolicy, PipelineRequest, PipelineResponse, RetryInformation } from '@azure/core-rest-pipeline'
import { answerKind, type ActionError } from 'kernel'
import { limits } from '../services.js'
import { policy, readDate, repeatedHeader } from './answers.js'
import { unsent } from './client.js'

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
  ...retryPolicy([{ name: 'attachAcrRetryStrategy', retry: decideRetry }], { maxRetries: limits.azure.repeats }),
  name: 'attachAcrRetries',
}

/** Repeats a request once, and only if it got no answer: for those whose failure does no harm. */
export const onceMore: PipelinePolicy = {
  ...retryPolicy(
    [{ name: 'attachAcrOnceMore', retry: info => (info.response ? { skipStrategy: true } : decideRetry(info)) }],
    {
      maxRetries: limits.source.repeats,
    },
  ),
  name: 'attachAcrOnceMore',
}

function decideRetry({ retryCount, response, responseError }: RetryInformation) {
  const request = response?.request ?? responseError?.request
  const hasNoEffect = response ? answerKind(response.status) !== 'open' : hadNoEffect(responseError)
  const pauseMs = mayRepeat(request, hasNoEffect)
    ? response
      ? pauseAfterAnswer(response, retryCount)
      : responseError && pauseAfterFailure(responseError, retryCount)
    : undefined
  return pauseMs === undefined ? { skipStrategy: true } : { retryAfterInMs: pauseMs }
}

/** Whether a failed request may be sent again here. A failure that doesn't name its request may be that of a command that has started. */
function mayRepeat(request: PipelineRequest | undefined, hasNoEffect: boolean): boolean {
  if (request && writesCondition(request)) return false
  return hasNoEffect || (request !== undefined && !startsSomething(request))
}

/**
 * How long to pause before a request that is not repeated here may be sent again, in milliseconds; undefined if that can't help, or was tried often enough.
 * Throttling alone is waited for without end, as `createTurnTaking` does while others are served.
 * @param error of the try before
 * @param retryCount how many tries there were before that one
 */
export function pauseBefore({ cause }: ActionError, retryCount: number): number | undefined {
  if (!(cause instanceof RestError)) return undefined
  const { response } = cause
  if (response?.status !== 429 && retryCount >= limits.azure.repeats) return undefined
  return response ? pauseAfterAnswer(response, retryCount) : pauseAfterFailure(cause, retryCount)
}

/** How long to wait after a try without an answer, in milliseconds; undefined if there must be no other. */
function pauseAfterFailure(failure: RestError, retryCount: number): number | undefined {
  return isPassing(failure) ? growingPause(retryCount) : undefined
}

/** The same after a try with an answer, also one that an SDK package has turned into an error. */
function pauseAfterAnswer(
  { status, headers }: Pick<PipelineResponse, 'status' | 'headers'>,
  retryCount: number,
): number | undefined {
  const seconds = readRetryAfter(headers)
  if (status === 429) return pauseFor(seconds ?? throttledSeconds)
  const kind = answerKind(status)
  if (kind === 'misdirected') return growingPause(retryCount)
  if (kind !== 'open' || isFinal(status)) return undefined
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

/** The pause that an answer demands, in seconds, as the SDKs read it, but by the server's clock; undefined when it demands none. */
export function readRetryAfter(headers: PipelineResponse['headers']): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const ms = Number(headers.get(name) ?? NaN)
    if (ms >= 0) return ms / 1000
  }
  const text = headers.get('retry-after') ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  const until = Date.parse(text)
  const sentAt = readDate(headers) ?? Date.now()
  return Number.isNaN(seconds) ? (Number.isNaN(until) ? undefined : (until - sentAt) / 1000) : seconds
}

/** Codes of certificates that Node refuses: the next try gets the same one (nodejs.org/api/tls.html, "X509 certificate error codes"). */
const certificatePattern = /CERT|CRL|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/

/**
 * Whether a request got no answer, for a reason that can pass: DNS (`EAI_AGAIN`), the way to the server (`EHOSTUNREACH`, `ENETDOWN`), the connection
 * (`ECONNRESET`, `EPIPE`), a proxy that hangs up, an answer that isn't HTTP (`HPE_…`), a time limit, or an answer that can't be used. These are all
 * codes but those of certificates: a needless try costs a second, and a missing one the whole run. A failure without a code is a decision not to send
 * the request, or not to send it again.
 */
export function isPassing({ code, response }: RestError): boolean {
  return response === undefined && code !== undefined && !certificatePattern.test(code)
}

/** Whether a failed request had no effect: it was refused, or never sent. */
export function hadNoEffect(thrown: unknown): boolean {
  if (!(thrown instanceof RestError)) return false
  const { statusCode } = thrown
  return unsent.has(thrown) || (statusCode !== undefined && answerKind(statusCode) !== 'open')
}

/**
 * Whether a request starts something each time that it is sent, so that only one without effect is sent again: AKS Run Command would start another pod
 * in the cluster (azure-cli sends it with `retry_total = 0`, acs/custom.py). The caller can find out what was started.
 */
export function startsSomething({ method, url }: PipelineRequest): boolean {
  return method === 'POST' && /\/managedClusters\/[^/]+\/runCommand$/i.test(new URL(url).pathname)
}

/**
 * Whether a request writes the condition of a role assignment. It is never sent again here, whatever its failure: Azure knows no precondition, so what
 * another job has written meanwhile would be lost. Only the caller can read what is there now, and merge.
 */
function writesCondition({ method, url, body }: PipelineRequest): boolean {
  if (method !== 'PUT' || typeof body !== 'string' || !/\/roleAssignments\/[^/]+$/i.test(new URL(url).pathname))
    return false
  const { properties } = JSON.parse(body) as { properties?: { condition?: unknown } }
  return properties?.condition !== undefined
}

/**
 * Marks answers to requests of which an earlier try got no answer, or one that doesn't prove that nothing was done: what they report as existing, or as
 * gone, may be this run's own work. 401 can come from a gateway after the work was done; the SDKs then send the request again with another token.
 */
export function createRepeatMarker(): PipelinePolicy {
  const lost = new WeakSet<PipelineRequest>()
  return policy('RepeatMarker', async (request, next) => {
    try {
      const response = await next(request)
      if (lost.has(request)) response.headers.set(repeatedHeader, 'true')
      if (['open', 'unauthenticated'].includes(answerKind(response.status))) lost.add(request)
      return response
    } catch (error) {
      if (!hadNoEffect(error)) lost.add(request)
      throw error
    }
  })
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
  return policy('TurnTaking', async (request, next) => {
    // Reads, writes and deletes have a bucket each (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
    const kind = `${request.method} ${new URL(request.url).host}`
    for (let idle = 0; ;) {
      const before = servedOf(kind)
      const [answer] = await Promise.allSettled([next(request)])
      const isDone = !isThrottled(answer) || writesCondition(request)
      if (isDone) served.set(kind, servedOf(kind) + 1)
      idle = servedOf(kind) === before ? idle + 1 : 0
      if (isDone || servedOf(kind) === 0 || idle >= maxIdleRounds) {
        if (answer.status === 'rejected') throw answer.reason
        return answer.value
      }
    }
  })
}

/** Whether Azure throttles, and a pause that is not too long ends that. Some SDK packages turn the answer into an error before this policy sees it. */
function isThrottled(answer: PromiseSettledResult<PipelineResponse>): boolean {
  const failure = answer.status === 'rejected' && answer.reason instanceof RestError ? answer.reason : undefined
  const response = answer.status === 'fulfilled' ? answer.value : failure?.response
  if ((response?.status ?? failure?.statusCode) !== 429) return false
  return response === undefined || pauseAfterAnswer(response, 0) !== undefined
}
