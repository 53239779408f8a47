import { expect, it } from 'vitest'
import {
  GithubError,
  answerTimeoutMs,
  createPatience,
  explainGithubRefusal,
  isLockRefusal,
  isNotOffered,
  isRateLimit,
  isUncertain,
  toGithubError,
} from '../src/github/errors.js'
import { catalogueOf, forEach } from '../../../__tests__/support/concluding.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

// What the answers of GitHub mean, and how long it is waited for. It is in github-errors.txt, beside this file: `npx vitest run -u` writes it, and its diff is
// what a review reads.

type Headers = Record<string, string | number>
type Answer = [status: number, message: string, headers?: Headers]
const errorOf = ([status, message, headers = {}]: Answer) => new GithubError(status, message, headers)
const nameOf = ([status, message, headers]: Answer): string =>
  [status, headers && JSON.stringify(headers), message !== 'No.' && message].filter(Boolean).join(' ')
const secondary = 'You have exceeded a secondary rate limit.'
const locked = 'Unable to create comment because issue is locked.'

/** What is true of an answer. */
const describe = (answer: Answer): string => {
  const error = errorOf(answer)
  const facts = {
    'a rate limit': isRateLimit(error),
    'a locked conversation': isLockRefusal(error),
    'perhaps carried out': isUncertain(error),
    'not offered': isNotOffered(error),
  }
  return (
    Object.entries(facts)
      .flatMap(([what, holds]) => (holds ? what : []))
      .join(', ') || 'none of these'
  )
}
const no = (...all: number[]) => all.map((status): Answer => [status, 'No.'])
/** What answers mean, each of which is one by itself. */
const meanings: Record<string, Answer[]> = {
  'perhaps carried out, not offered': no(200, 299),
  'perhaps carried out': no(408, 500, 503),
  'none of these': no(401),
  'a rate limit': [
    ...no(429),
    [403, 'No.', { 'retry-after': '1' }],
    [403, 'No.', { 'x-ratelimit-remaining': 0 }],
    [403, secondary],
    [403, 'You have triggered an abuse detection mechanism.'],
  ],
  'a locked conversation, not offered': [
    [403, locked],
    [403, 'The repository is LOCKED.'],
  ],
  'not offered': [
    ...no(301, 403, 404, 499, 501),
    [404, 'secondary rate limit', { 'retry-after': '1' }],
    [403, 'No.', { 'x-ratelimit-remaining': '10' }],
    [403, 'The file is unlocked.'],
    [404, locked],
  ],
}
const cases = Object.entries(meanings).flatMap(([meaning, each]) =>
  each.map(answer => ({ meaning, answer, name: nameOf(answer) })),
)
it.each(cases)('the answer $name means: $meaning', ({ meaning, answer }) => {
  expect(describe(answer)).toBe(meaning)
})

const refusals = () =>
  forEach<[string, Answer]>(
    [
      ['a limit: the next run repeats it', [429, 'Slow.']],
      ['an archived repository has no issue', [403, 'Repository was archived so is read-only.']],
      ['a locked conversation is to be unlocked', [403, locked]],
      ['a token without the permission: what the job lacks', [403, 'Resource not accessible by integration']],
      ['a repository that the token does not see: what the job lacks', [404, 'Not Found']],
      ['a token that has ended is to be left at its default', [401, 'Bad credentials']],
      ['issues that are disabled are to be enabled', [410, 'Issues are disabled for this repo']],
      ['any other refusal: the next run, or the way to GitHub', [422, 'Validation Failed']],
      ['no answer: the next run, or the way to GitHub', [500, 'GitHub could not be reached']],
    ],
    ([rule, answer]) => `${rule} (${answer[0]})`,
    ([, answer]) => explainGithubRefusal(errorOf(answer)),
  )

const thrown = () =>
  forEach<[string, unknown]>(
    [
      [
        'an answer keeps its status, headers and message',
        { status: 422, message: 'Invalid.', response: { headers: { 'retry-after': '1' } } },
      ],
      ['an answer without status and message is a 500', { response: {}, toString: () => 'without words' }],
      [
        'causes are said one after the other',
        new Error('failed', { cause: new Error('socket', { cause: 'ECONNRESET' }) }),
      ],
      ['a cause that says the same is said once', new Error('same', { cause: new Error('same') })],
      ['causes without words are left out', new Error('', { cause: new Error('inside', { cause: { code: 'x' } }) })],
      ['a text is said as it is', 'a text'],
    ],
    ([what]) => what,
    ([, error]) => {
      const { name, status, message, headers, cause } = toGithubError(error)
      return `${name} ${status} ${JSON.stringify(headers)} ${message}${cause === error ? '' : ' (without its cause)'}`
    },
  )

/** The pauses before the retries of a request that is answered like that at once. */
const pausesOf = (answer: Answer, method = 'GET', retries = 1): string => {
  const clock = createFakeClock()
  const patience = createPatience(clock)
  const failure = errorOf(answer)
  const all = Array.from({ length: retries }, (_, at) =>
    patience.pauseBefore({ failure, method, retries: at, sentAt: clock.now() }),
  )
  return all.map(pause => (pause === undefined ? 'no more' : `${pause} ms`)).join(', ')
}
const resetIn = (seconds: number): string => String(Math.floor(createFakeClock().now() / 1000) + seconds)
const exhausted = (seconds: number): Answer => [
  403,
  'No.',
  { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetIn(seconds) },
]
const pauses = () => ({
  '403 that names 30 s: so long': pausesOf([403, 'No.', { 'retry-after': '30' }], 'POST'),
  '429 that names 0 s: a second': pausesOf([429, 'No.', { 'retry-after': '0' }], 'POST'),
  'a limit that is reset in 20 s: a second longer': pausesOf(exhausted(20), 'POST'),
  'a limit that was reset 5 s ago: a second': pausesOf(exhausted(-5), 'POST'),
  '429, which names no time: a minute': pausesOf([429, 'No.'], 'POST'),
  '403, which is no limit: not repeated': pausesOf([403, 'No.'], 'POST'),
  'a secondary limit, which names no time: a minute, once': pausesOf([403, secondary], 'GET', 3),
  '502 of GET: repeated three times, with longer pauses': pausesOf([502, 'Bad Gateway'], 'GET', 4),
  '502 of PATCH: repeated': pausesOf([502, 'Bad Gateway'], 'PATCH'),
  '502 of POST: not repeated, because it may have been carried out': pausesOf([502, 'Bad Gateway'], 'POST'),
  '422: not repeated': pausesOf([422, 'Validation Failed']),
})

it('what the answers of GitHub mean is in github-errors.txt', async () => {
  await expect(catalogueOf({ ...refusals(), ...thrown(), ...pauses() })).toMatchFileSnapshot('github-errors.txt')
})

/** A request at a time, with its own clock. */
function begin() {
  const clock = createFakeClock()
  const patience = createPatience(clock)
  const { signal } = new AbortController()
  const ask = (answer: Answer, retries = 0, sentAt = clock.now()) =>
    patience.pauseBefore({ failure: errorOf(answer), method: 'GET', retries, sentAt })
  return { clock, patience, ask, sleep: (ms: number) => clock.sleep(ms, signal), startedAt: clock.now() }
}

it('rate limits are waited for 85 seconds in all, also after answers', () => {
  const { patience, ask } = begin()
  expect(ask([403, secondary])).toBe(60_000)
  expect(ask([403, '', { 'retry-after': '20' }])).toBe(20_000)
  patience.onAnswer()
  expect(ask([403, '', { 'retry-after': '10' }])).toBeUndefined()
})

it('a rate limit is waited for 85 seconds, however short the pauses', async () => {
  const { clock, ask, sleep, startedAt } = begin()
  for (let retries = 0; ; retries += 1) {
    const pause = ask([429, '', { 'retry-after': '1' }], retries)
    if (pause === undefined) break
    await sleep(pause)
  }
  expect(clock.now() - startedAt).toBe(85_000)
})

it('an outage is given up before 90 seconds, over all requests together', async () => {
  const { clock, patience, ask, sleep, startedAt } = begin()
  const hang = async (retries: number) => {
    const sentAt = clock.now()
    await sleep(answerTimeoutMs)
    return ask([500, 'no answer'], retries, sentAt)
  }
  expect(await hang(0)).toBe(1000)
  await sleep(1000)
  expect(await hang(1)).toBeUndefined()
  expect(await hang(0)).toBeUndefined()
  expect(clock.now() - startedAt).toBeLessThan(92_000)
  patience.onAnswer()
  expect(await hang(0)).toBe(1000)
})
