import { describe, expect, it } from 'vitest'
import type { Clock } from 'kernel'
import { GithubError, isRateLimit, answerTimeoutMs, createPatience } from '../src/github/errors.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const seconds = (clock: { now: () => number }, more: number) => String(Math.floor(clock.now() / 1000) + more)

const ask = (
  patience: ReturnType<typeof createPatience>,
  clock: Clock,
  failure: GithubError,
  method: string,
  retries: number,
) => patience.pauseBefore({ failure, method, retries, sentAt: clock.now() })

describe('patience with GitHub', () => {
  it.each([
    [403, { 'retry-after': '30' }, 30_000],
    [429, { 'retry-after': '0' }, 1000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'in 20 s' }, 21_000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'in -5 s' }, 1000],
    [429, {}, 60_000],
    [403, {}, undefined],
  ])('waits after %d with %o for %s ms', (status, headers, pause) => {
    const clock = createFakeClock()
    const exact = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(/in (-?\d+) s/, (_, more: string) => seconds(clock, Number(more))),
      ]),
    )
    expect(ask(createPatience(clock), clock, new GithubError(status, 'No.', exact), 'POST', 0)).toBe(pause)
  })

  it('waits a minute if GitHub names no duration, and 85 seconds in all', () => {
    const clock = createFakeClock()
    const patience = createPatience(clock)
    const limit = new GithubError(403, 'You have exceeded a secondary rate limit.')
    expect(isRateLimit(limit)).toBe(true)
    expect([0, 1, 2].map(retries => ask(patience, clock, limit, 'GET', retries))).toEqual([
      60_000,
      undefined,
      undefined,
    ])
    expect(ask(patience, clock, new GithubError(403, '', { 'retry-after': '20' }), 'GET', 0)).toBe(20_000)
    patience.onAnswer()
    expect(ask(patience, clock, new GithubError(403, '', { 'retry-after': '10' }), 'GET', 0)).toBeUndefined()
  })

  it('gives up on a rate limit after 85 seconds, however short the pauses', async () => {
    const clock = createFakeClock()
    const patience = createPatience(clock)
    const limit = new GithubError(429, '', { 'retry-after': '1' })
    const startedAt = clock.now()
    for (let retries = 0; ; retries += 1) {
      const pause = ask(patience, clock, limit, 'GET', retries)
      if (pause === undefined) break
      await clock.sleep(pause, new AbortController().signal)
    }
    expect(clock.now() - startedAt).toBe(85_000)
  })

  it('repeats failed requests only if that does no harm', () => {
    const clock = createFakeClock()
    const patience = createPatience(clock)
    const failure = new GithubError(502, 'Bad Gateway')
    expect([0, 1, 2, 3].map(retries => ask(patience, clock, failure, 'GET', retries))).toEqual([
      1000,
      2000,
      4000,
      undefined,
    ])
    expect(ask(patience, clock, failure, 'PATCH', 0)).toBe(1000)
    expect(ask(patience, clock, failure, 'POST', 0)).toBeUndefined()
    expect(ask(patience, clock, new GithubError(422, 'Validation Failed'), 'GET', 0)).toBeUndefined()
  })

  it('gives up before an outage lasts 90 seconds, over all requests together', async () => {
    const clock = createFakeClock()
    const patience = createPatience(clock)
    const { signal } = new AbortController()
    const hang = async (retries: number) => {
      const sentAt = clock.now()
      await clock.sleep(answerTimeoutMs, signal)
      return patience.pauseBefore({ failure: new GithubError(500, 'no answer'), method: 'GET', retries, sentAt })
    }
    const startedAt = clock.now()
    expect(await hang(0)).toBe(1000)
    await clock.sleep(1000, signal)
    expect(await hang(1)).toBeUndefined()
    expect(await hang(0)).toBeUndefined()
    expect(clock.now() - startedAt).toBeLessThan(92_000)
    patience.onAnswer()
    expect(await hang(0)).toBe(1000)
  })
})
