import { describe, expect, it, vi } from 'vitest'
import { ActionError } from '../src/error.js'
import { attempt, search, valuesOf } from '../src/result.js'

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
    const hold = (work: Parameters<typeof attempt<number>>[0]) => attempt(work, { orCancelled: true })
    expect(await endOf(hold(Promise.resolve(1)))).toEqual({ value: 1 })
    expect(await endOf(hold(() => Promise.reject(error)))).toEqual({ error })
    expect(await endOf(hold(() => Promise.reject(abort)))).toMatchObject({ error: { code: 'CANCELLED', cause: abort } })
    expect(await endOf(hold(() => Promise.reject(bug)))).toEqual({ thrown: bug })
  })

  it('that succeeded has a value, even an empty one', () => {
    const ends = [{ value: 0 }, { error }, { value: '' }, { value: undefined }, { value: null }]
    expect(valuesOf<unknown>(ends)).toEqual([0, ''])
  })
})

describe('a search', () => {
  it('that fails hides nothing that another one found', async () => {
    const lists = [Promise.resolve(['a', 'b']), Promise.reject(error), search(Promise.resolve(['c']))]
    expect(await search<string>(...lists)).toEqual({ found: ['a', 'b', 'c'], errors: [error] })
    expect(await search(search(...lists), search(...lists))).toMatchObject({ errors: [error, error] })
    expect(await search()).toEqual({ found: [], errors: [] })
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
