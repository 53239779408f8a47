import { describe, expect, it } from 'vitest'
import { GithubError, toGithubError } from '../../../src/services/github/errors.js'
import { createPatience } from '../../../src/services/github/retries.js'
import { isRateLimit } from '../../../src/services/github/errors.js'
import { createFakeClock } from '../../support/fake-clock.js'

const seconds = (clock: { now: () => number }, more: number) => String(Math.floor(clock.now() / 1000) + more)

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
    expect(createPatience(clock).pauseBefore(new GithubError(status, 'No.', exact), 'POST', 0)).toBe(pause)
  })

  it('waits longer each time where GitHub does not say how long, up to five minutes in all', () => {
    const patience = createPatience(createFakeClock())
    const limit = new GithubError(403, 'You have exceeded a secondary rate limit.')
    expect(isRateLimit(limit)).toBe(true)
    expect([0, 1, 2].map(retries => patience.pauseBefore(limit, 'GET', retries))).toEqual([60_000, 120_000, undefined])
    expect(patience.pauseBefore(new GithubError(403, '', { 'retry-after': '100' }), 'GET', 0)).toBe(100_000)
    expect(patience.pauseBefore(new GithubError(403, '', { 'retry-after': '100' }), 'GET', 0)).toBeUndefined()
  })

  it('tries again what failed only where that does no harm', () => {
    const patience = createPatience(createFakeClock())
    const failure = new GithubError(502, 'Bad Gateway')
    expect([0, 1, 2, 3].map(retries => patience.pauseBefore(failure, 'GET', retries))).toEqual([
      1000,
      2000,
      4000,
      undefined,
    ])
    expect(patience.pauseBefore(failure, 'PATCH', 0)).toBe(1000)
    expect(patience.pauseBefore(failure, 'POST', 0)).toBeUndefined()
    expect(patience.pauseBefore(new GithubError(422, 'Validation Failed'), 'GET', 0)).toBeUndefined()
  })

  it('takes whatever is thrown', () => {
    expect(toGithubError(new Error('socket hang up'))).toMatchObject({
      status: 500,
      message: 'GitHub could not be reached: socket hang up',
      headers: {},
    })
    const refused = new Error('Request was cancelled.', { cause: new Error('Proxy response (403)') })
    expect(toGithubError(refused).message).toContain('Request was cancelled.: Proxy response (403)')
    expect(toGithubError('odd')).toMatchObject({ status: 500, message: 'GitHub could not be reached: odd' })
    const error = Object.assign(new Error('x'), { status: 403, response: { headers: { 'retry-after': '1' } } })
    expect(toGithubError(error)).toMatchObject({ status: 403, headers: { 'retry-after': '1' } })
  })
})
