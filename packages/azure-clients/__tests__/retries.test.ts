import { RestError, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import type { PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ActionError } from 'kernel'
import { repeatedHeader } from '../src/http/answers.js'
import { unsent } from '../src/http/client.js'
import { createRepeatMarker, createTurnTaking, hadNoEffect, onceMore } from '../src/http/retries.js'
import { pauseBefore, retries } from '../src/http/retries.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const read = () => createPipelineRequest({ url: 'https://management.azure.com/subscriptions' })
const command = () =>
  createPipelineRequest({
    method: 'POST',
    url: 'https://management.azure.com/x/managedClusters/aks/runCommand?api-version=1',
  })

type End = (request: PipelineRequest) => PipelineResponse | RestError

const answer =
  (status: number, headers: Record<string, string> = {}): End =>
  request => ({ request, status, headers: createHttpHeaders(headers), bodyAsText: '{}' })

const failure =
  (code?: string, isUnsent = false): End =>
  request => {
    const error = new RestError('broken', { request, ...(code !== undefined && { code }) })
    if (isUnsent) unsent.add(error)
    return error
  }

/** Sends a request whose first tries end like this, and the next one with 200. @returns the end, the tries, and the pauses in seconds */
async function send(request: PipelineRequest, ends: End[], policy = retries) {
  const times: number[] = []
  const sending = policy.sendRequest(request, each => {
    const end = (ends[times.push(Date.now()) - 1] ?? answer(200))(each)
    return end instanceof RestError ? Promise.reject(end) : Promise.resolve(end)
  })
  const ending = sending.then(
    ({ status }) => status,
    (error: unknown) => (error as RestError).code ?? 'no code',
  )
  await vi.runAllTimersAsync()
  const pauses = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000)
  return { end: await ending, tries: times.length, pauses }
}

/** Whether the second answer to a request is marked after such a first end. */
async function isMarkedAfter(end: End): Promise<boolean> {
  const marker = createRepeatMarker()
  const request = createPipelineRequest({ method: 'DELETE', url: 'https://management.azure.com/x' })
  const first = end(request)
  const sent = marker.sendRequest(request, () =>
    first instanceof RestError ? Promise.reject(first) : Promise.resolve(first),
  )
  await sent.catch(() => undefined)
  const second = answer(204)(request) as PipelineResponse
  return (await marker.sendRequest(request, () => Promise.resolve(second))).headers.has(repeatedHeader)
}

/** What an answer means: reads are sent again, commands in a cluster are, it had no effect, and the next answer may report what the first try did. */
const meanings: readonly [status: number, reads: boolean, commands: boolean, hadNone: boolean, marks: boolean][] = [
  [200, false, false, true, false],
  [400, false, false, true, false],
  [401, false, false, true, true],
  [403, false, false, true, false],
  [404, false, false, true, false],
  [408, true, false, false, true],
  [409, false, false, true, false],
  [421, true, true, true, false],
  [425, true, true, true, false],
  [429, true, true, true, false],
  [500, true, false, false, true],
  [501, false, false, false, true],
  [502, true, false, false, true],
  [503, true, false, false, true],
  [504, true, false, false, true],
  [505, false, false, false, true],
]

it.each(meanings)('an answer of %i is one of its kind', async (status, reads, commands, hadNone, marks) => {
  const again = async (request: PipelineRequest, policy = retries) =>
    (await send(request, [answer(status, { 'retry-after': '1' })], policy)).tries === 2
  const isRefusal = hadNoEffect(new RestError('no', { statusCode: status }))
  const found = [await again(read()), await again(command()), isRefusal, await isMarkedAfter(answer(status))]
  expect(found).toEqual([reads, commands, hadNone, marks])
  expect(await again(read(), onceMore)).toBe(false)
})

describe('a request', () => {
  it('whose answer was lost marks the next one, but not if it was never sent', async () => {
    expect(await isMarkedAfter(failure('ECONNRESET'))).toBe(true)
    expect(await isMarkedAfter(failure('ECONNRESET', true))).toBe(false)
  })

  const passing = 'EAI_AGAIN ENOTFOUND ECONNREFUSED ECONNRESET ECONNABORTED EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN'
  const others = ['EPIPE', 'ETIMEDOUT', 'HPE_INVALID_CONSTANT', RestError.REQUEST_SEND_ERROR]
  it.each([...passing.split(' '), ...others])('is repeated after %s', async code => {
    expect(await send(read(), [failure(code)])).toMatchObject({ end: 200, tries: 2 })
    expect(await send(read(), [failure(code), failure(code)], onceMore)).toMatchObject({ end: code, tries: 2 })
  })

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'INVALID_CA', undefined])(
    'is not repeated after %s',
    async code => {
      expect(await send(read(), [failure(code)])).toMatchObject({ end: code ?? 'no code', tries: 1 })
      expect(await send(read(), [failure(code)], onceMore)).toMatchObject({ tries: 1 })
    },
  )

  it('is repeated three times, after longer and longer pauses', async () => {
    const { end, pauses } = await send(read(), Array<End>(9).fill(failure('EPIPE')))
    expect(end).toBe('EPIPE')
    expect(pauses).toHaveLength(3)
    pauses.forEach((seconds, index) => {
      expect(seconds).toBeGreaterThanOrEqual(2 ** index / 2)
      expect(seconds).toBeLessThanOrEqual(2 ** index)
    })
  })

  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString()

  it.each([
    ['seconds', () => ({ 'retry-after': '17' }), 17],
    ['a date', () => ({ 'retry-after': inSeconds(120) }), 120],
    ['a date that has passed', () => ({ 'retry-after': inSeconds(-5) }), 0],
    ['milliseconds', () => ({ 'retry-after-ms': '900' }), 0.9],
    ['milliseconds, as Azure has them', () => ({ 'x-ms-retry-after-ms': '900' }), 0.9],
  ])('is repeated after the pause that the answer demands in %s', async (_, headers, seconds) => {
    vi.setSystemTime(0)
    for (const status of [429, 503]) {
      const { pauses } = await send(read(), [answer(status, headers())])
      expect(pauses[0]).toBeCloseTo(seconds, 0)
    }
  })

  it.each([
    ['seconds', () => ({ 'retry-after': '301' })],
    ['a date', () => ({ 'retry-after': inSeconds(3600) })],
    ['milliseconds', () => ({ 'retry-after-ms': '301000' })],
    ['milliseconds, as Azure has them', () => ({ 'x-ms-retry-after-ms': '301000' })],
  ])('does not wait longer than five minutes for a pause in %s', async (_, headers) => {
    expect(await send(read(), [answer(429, headers())])).toMatchObject({ end: 429, tries: 1 })
    const { end, pauses } = await send(read(), [answer(503, headers())])
    expect(end).toBe(200)
    expect(pauses[0]).toBeLessThanOrEqual(1)
  })

  it('waits a moment if a throttled answer names no valid pause', async () => {
    expect((await send(read(), [answer(429)])).pauses).toEqual([2])
    expect((await send(read(), [answer(429, { 'retry-after': 'soon' })])).pauses).toEqual([2])
  })
})

describe('a write of a condition', () => {
  const written = (properties: object) =>
    createPipelineRequest({
      method: 'PUT',
      url: 'https://management.azure.com/x/providers/Microsoft.Authorization/roleAssignments/1?api-version=1',
      body: JSON.stringify({ properties }),
    })
  const ends = [
    failure('ECONNRESET'),
    failure('EAI_AGAIN', true),
    ...[408, 421, 429, 500, 503].map(status => answer(status)),
  ]

  it.each(ends)('is never sent again here (%#)', async end => {
    for (const condition of ['x', '']) expect(await send(written({ condition }), [end])).toMatchObject({ tries: 1 })
    expect(await send(written({}), [end])).toMatchObject({ end: 200, tries: 2 })
    const turns = createTurnTaking()
    // Only if others of its kind succeed is a throttled request given another round.
    await turns.sendRequest(written({}), request => Promise.resolve(answer(200)(request) as PipelineResponse))
    expect(await send(written({ condition: 'x' }), [end], turns)).toMatchObject({ tries: 1 })
  })

  it('is paused for by its caller, as long as here, and as often', () => {
    const pauses = (end: End, count = 0) => {
      const ended = end(written({ condition: 'x' }))
      const response = ended instanceof RestError ? undefined : ended
      const cause = response ? new RestError('no', { statusCode: response.status, response }) : ended
      return pauseBefore(new ActionError('AZURE_UNAVAILABLE', 'no', { cause }), count)
    }
    expect(pauses(answer(429, { 'retry-after': '17' }), 9)).toBe(17_000)
    for (const end of [answer(500), failure('ECONNRESET')])
      expect([0, 2, 3].map(count => pauses(end, count) !== undefined)).toEqual([true, true, false])
    for (const end of [answer(409), answer(501), answer(429, { 'retry-after': '301' }), failure('CERT_HAS_EXPIRED')])
      expect(pauses(end)).toBeUndefined()
    expect(pauseBefore(new ActionError('DRIFT', 'no'), 0)).toBeUndefined()
  })
})

describe('a command in a cluster', () => {
  it.each(['ECONNRESET', 'EPIPE', 'EHOSTUNREACH', 'HPE_INVALID_CONSTANT', 'ETIMEDOUT'])(
    'is not started again after %s if it may have been sent',
    async code => {
      expect(await send(command(), [failure(code)])).toMatchObject({ end: code, tries: 1 })
      expect(await send(command(), [failure(code, true)])).toMatchObject({ end: 200, tries: 2 })
    },
  )

  it('had an effect unless it was refused or not sent', () => {
    expect(hadNoEffect(failure('EPIPE', true)(command()))).toBe(true)
    expect(hadNoEffect(failure('ECONNREFUSED')(command()))).toBe(false)
    expect(hadNoEffect(new Error('odd'))).toBe(false)
  })
})
