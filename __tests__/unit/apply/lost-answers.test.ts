import { describe, expect, it, vi } from 'vitest'
import { ActionError, type AzureAnswer } from 'kernel'
import { isRepeated, mayBeDone, withGrace } from '../../../src/apply/lost-answers.js'

const answered = (azure: Partial<AzureAnswer>) =>
  new ActionError('AZURE_REFUSED', 'It failed', { azure: { message: 'No.', ...azure } })

describe('a request', () => {
  it.each<[Partial<AzureAnswer>, boolean]>([
    [{}, true],
    [{ status: 401 }, true],
    [{ status: 408 }, true],
    [{ status: 500 }, true],
    [{ status: 504 }, true],
    [{ status: 499 }, false],
    [{ status: 421 }, false],
    [{ status: 403 }, false],
    [{ status: 404 }, false],
    [{ status: 409, isRepeated: true }, false],
  ])('that was answered with %o may be done: %s', (azure, done) => {
    expect(mayBeDone(answered(azure))).toBe(done)
  })

  it('is repeated only if its answer is marked', () => {
    const answers = [{ status: 409, isRepeated: true }, { status: 409, isRepeated: false }, { status: 409 }]
    expect(answers.map(each => isRepeated(answered(each)))).toEqual([true, false, false])
  })

  it('is neither if nothing is known about an answer', () => {
    for (const none of [new Error('x'), new ActionError('DRIFT', 'x'), undefined])
      expect([mayBeDone(none), isRepeated(none)]).toEqual([false, false])
  })
})

describe('the grace of a cancellation', () => {
  it('lets a running write continue for five seconds', () => {
    vi.useFakeTimers()
    const controller = new AbortController()
    const context = { signal: controller.signal, name: 'context' }
    const graced = withGrace(context)
    expect(graced.name).toBe('context')
    vi.advanceTimersByTime(60_000)
    expect(graced.signal.aborted).toBe(false)
    controller.abort()
    vi.advanceTimersByTime(4999)
    expect(graced.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(graced.signal.aborted).toBe(true)
    vi.useRealTimers()
  })
})
