import { describe, expect, it } from 'vitest'
import {
  GithubError,
  explainRefusal,
  isLockRefusal,
  isNotOffered,
  isRateLimit,
  isUncertain,
  toGithubError,
} from '../src/github/errors.js'

describe('errors of Octokit', () => {
  it('keep the answer, if there is one', () => {
    const thrown = { status: 422, message: 'Invalid.', response: { headers: { 'retry-after': '1' } } }
    const error = toGithubError(thrown)
    expect(error).toMatchObject({ name: 'GithubError', status: 422, message: 'Invalid.', cause: thrown })
    expect(error.headers).toEqual({ 'retry-after': '1' })
    expect(toGithubError({ response: {}, toString: () => 'without words' })).toMatchObject({
      status: 500,
      message: 'without words',
      headers: {},
    })
    expect(toGithubError(error)).toBe(error)
  })

  it.each([
    [new Error('failed', { cause: new Error('socket', { cause: 'ECONNRESET' }) }), 'failed: socket: ECONNRESET'],
    [new Error('same', { cause: new Error('same') }), 'same'],
    [new Error('', { cause: new Error('inside', { cause: { code: 'x' } }) }), 'inside'],
    ['a text', 'a text'],
  ])(
    'otherwise explain why GitHub could not be reached, from the outermost cause inwards and without repetition: %s',
    (thrown, reasons) => {
      expect(toGithubError(thrown)).toMatchObject({
        status: 500,
        message: `GitHub could not be reached: ${reasons}`,
        headers: {},
        cause: thrown,
      })
    },
  )
})

it.each([
  [200, {}, 'No.', false],
  [404, { 'retry-after': '1' }, 'secondary rate limit', false],
  [429, {}, 'No.', true],
  [403, {}, 'No.', false],
  [403, { 'retry-after': '1' }, 'No.', true],
  [403, { 'x-ratelimit-remaining': 0 }, 'No.', true],
  [403, { 'x-ratelimit-remaining': '10' }, 'No.', false],
  [403, {}, 'You have exceeded a secondary rate limit.', true],
  [403, {}, 'You have triggered an abuse detection mechanism.', true],
])('%i with %o and "%s" is a rate limit: %s', (status, headers, message, expected) => {
  expect(isRateLimit(new GithubError(status, message, headers))).toBe(expected)
})

it.each([
  [500, true],
  [503, true],
  [408, true],
  [200, true],
  [299, true],
  [301, false],
  [404, false],
  [499, false],
])('%i leaves open whether the request was carried out: %s', (status, expected) => {
  expect(isUncertain(new GithubError(status, 'No.'))).toBe(expected)
})

it.each([
  [200, true],
  [403, true],
  [404, true],
  [401, false],
  [408, false],
  [429, false],
  [500, false],
  [501, true],
])('%i means that the server does not offer the request: %s', (status, expected) => {
  expect(isNotOffered(new GithubError(status, 'No.'))).toBe(expected)
})

it.each([
  [403, 'Unable to create comment because issue is locked.', true],
  [403, 'The repository is LOCKED.', true],
  [403, 'Resource not accessible by integration', false],
  [403, 'The file is unlocked.', false],
  [404, 'Unable to create comment because issue is locked.', false],
])('%i with "%s" is about a locked conversation: %s', (status, message, expected) => {
  expect(isLockRefusal(new GithubError(status, message))).toBe(expected)
})

describe('a refusal to update the drift issue', () => {
  it.each([
    [429, 'Slow.', 'lasts longer than this step waits'],
    [403, 'Repository was archived so is read-only.', 'An archived repository accepts no issues'],
    [403, 'Unable to create comment because issue is locked.', 'Unlock the conversation of the issue'],
    [403, 'Resource not accessible by integration', 'has no permission to write issues'],
    [404, 'Not Found', 'issues: write'],
    [401, 'Bad credentials', 'invalid or has expired'],
    [410, 'Issues are disabled for this repo', 'Enable issues'],
    [422, 'Validation Failed', 'If this repeats, check'],
    [500, 'GitHub could not be reached', 'If this repeats, check'],
  ])('with %i "%s" comes with advice: %s', (status, message, advice) => {
    const [first, ...more] = explainRefusal(new GithubError(status, message)).split('\n')
    expect(first).toBe(`The drift issue is not up to date: ${message}`)
    expect(more.join('\n')).toContain(advice)
  })
})
