import { describe, expect, it, vi } from 'vitest'
import { ActionError } from '../src/error.js'
import { attempt, attemptOrCancelled, joinSearches, search, valuesOf } from '../src/result.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')
const abort = new DOMException('aborted', 'AbortError')
const bug = new TypeError('x is undefined')

/** What the work ends with: its result, or what it threw. */
const endOf = (work: Promise<unknown>) => work.catch((thrown: unknown) => ({ thrown }))

describe('an attempt', () => {
  it.each([
    ['a value', Promise.resolve(1), { value: 1 }],
    ['a value of work that starts now', () => Promise.resolve(1), { value: 1 }],
    ['an error of the step', () => Promise.reject(error), { error }],
    ['a cancellation, which is thrown', () => Promise.reject(abort), { thrown: abort }],
    ['a bug, which is thrown', () => Promise.reject(bug), { thrown: bug }],
  ])('ends with %s', async (_, work, end) => {
    expect(await endOf(attempt(work))).toEqual(end)
  })

  it('whose finished part counts holds a cancellation, too', async () => {
    expect(await endOf(attemptOrCancelled(Promise.resolve(1)))).toEqual({ value: 1 })
    expect(await endOf(attemptOrCancelled(() => Promise.reject(error)))).toEqual({ error })
    expect(await endOf(attemptOrCancelled(() => Promise.reject(abort)))).toMatchObject({
      error: { code: 'CANCELLED', cause: abort },
    })
    expect(await endOf(attemptOrCancelled(() => Promise.reject(bug)))).toEqual({ thrown: bug })
  })

  it('that succeeded has a value, even an empty one', () => {
    expect(valuesOf<unknown>([{ value: 0 }, { error }, { value: '' }, { value: undefined }, { value: null }])).toEqual([
      0,
      '',
    ])
  })
})

describe('a search', () => {
  it('that fails hides nothing that another one found', async () => {
    const searches = [
      search(Promise.resolve(['a', 'b'])),
      search<string>(Promise.reject(error)),
      search(Promise.resolve(['c'])),
    ]
    expect(await joinSearches(searches)).toEqual({ found: ['a', 'b', 'c'], errors: [error] })
    expect(await joinSearches([])).toEqual({ found: [], errors: [] })
  })

  it('ends with a cancelled job', async () => {
    expect(await endOf(search(Promise.reject(abort)))).toEqual({ thrown: abort })
  })
})

it('work is started once', async () => {
  const work = vi.fn(() => Promise.resolve(1))
  await attempt(work)
  expect(work).toHaveBeenCalledTimes(1)
})
