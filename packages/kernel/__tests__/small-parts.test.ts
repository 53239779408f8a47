import { describe, expect, it, vi } from 'vitest'
import { createLogReader, parseCommand } from 'azure-simulator/runner/log'
import { abortable } from '../src/time.js'
import { ActionError, cancelled, toActionError } from '../src/error.js'
import { memoize } from '../src/lists.js'

describe('memoize', () => {
  it('computes each value once', () => {
    const make = vi.fn((key: string) => ({ key }))
    const get = memoize(make)
    expect(get('a')).toBe(get('a'))
    expect(get('b')).not.toBe(get('a'))
    expect(make).toHaveBeenCalledTimes(2)
  })
})

describe('abortable', () => {
  it('settles like the work', async () => {
    const { signal } = new AbortController()
    expect(await abortable(Promise.resolve(1), signal)).toBe(1)
    await expect(abortable(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
  })

  it('ends on cancellation, whatever the work does', async () => {
    const controller = new AbortController()
    const never = abortable(new Promise(() => undefined), controller.signal)
    controller.abort()
    await expect(never).rejects.toMatchObject({ name: 'AbortError' })
    await expect(abortable(Promise.resolve(1), controller.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('any thrown value', () => {
  it.each(['text', 0, null, undefined, {}, new Error('')])('%o becomes an error with a message', thrown => {
    expect(toActionError(thrown)).toMatchObject({ code: 'UNEXPECTED', message: expect.stringMatching(/./) as string })
  })

  it('stays an ActionError if it is one, and becomes a cancellation if it was aborted', () => {
    const error = new ActionError('DRIFT', 'x')
    expect(toActionError(error)).toBe(error)
    expect(toActionError(new DOMException('x', 'AbortError')).code).toBe('CANCELLED')
    expect(cancelled().fix.text).toContain('Run the job again')
  })
})

describe('the log as GitHub shows it', () => {
  it('reads commands', () => {
    expect(parseCommand('::error title=a%3A b%2Cc,line=1::one%0Atwo %25')).toEqual({
      name: 'error',
      properties: { title: 'a: b,c', line: '1' },
      message: 'one\ntwo %',
    })
    expect(parseCommand('plain ::error::x')).toBeUndefined()
    expect(parseCommand('::endgroup::')).toEqual({ name: 'endgroup', properties: {}, message: '' })
  })

  it('masks, folds and hides', () => {
    const read = createLogReader()
    const entries = ['::add-mask::hush', '::debug::x', '::group::One', 'a hush b', '::endgroup::', 'c'].map(read)
    expect(entries).toEqual([
      undefined,
      undefined,
      { kind: 'group', title: 'One' },
      { kind: 'text', text: 'a *** b', grouped: true },
      undefined,
      { kind: 'text', text: 'c', grouped: false },
    ])
  })
})
