import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { abortable, startLimit, systemClock } from '../src/time.js'

/** What a promise comes to within some milliseconds. */
async function settled<T>(promise: Promise<T>): Promise<T | string> {
  const late = new Promise<string>(resolve => setTimeout(resolve, 200, 'late'))
  return Promise.race([promise.catch((error: unknown) => `failed: ${(error as Error).name}`), late])
}

describe('work that takes no signal', () => {
  it('ends with the signal, and leaves no listener behind', async () => {
    const controller = new AbortController()
    const removed = vi.spyOn(controller.signal, 'removeEventListener')
    expect(await abortable(Promise.resolve(1), controller.signal)).toBe(1)
    await expect(abortable(Promise.reject(new Error('no')), new AbortController().signal)).rejects.toThrow('no')
    expect(removed).toHaveBeenCalledWith('abort', expect.any(Function))
    const hanging = abortable(new Promise(() => undefined), controller.signal)
    controller.abort()
    expect(await settled(hanging)).toBe('failed: AbortError')
    expect(removed).toHaveBeenCalledTimes(2)
    expect(await settled(abortable(Promise.resolve(1), controller.signal))).toBe('failed: AbortError')
  })
})

describe('a limit', () => {
  it('aborts after its time, with its reason', () => {
    const reason = new Error('too long')
    vi.useFakeTimers()
    const { signal } = startLimit(10_000, reason)
    vi.advanceTimersByTime(9999)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect([signal.aborted, signal.reason]).toEqual([true, reason])
    vi.useRealTimers()
  })

  it('that was ended does not abort', () => {
    vi.useFakeTimers()
    const { signal, end } = startLimit(10_000)
    vi.advanceTimersByTime(9999)
    end()
    vi.advanceTimersByTime(10_000)
    expect(signal.aborted).toBe(false)
    vi.useRealTimers()
  })

  it('is not reached by the time in which this process could not read what had arrived', async () => {
    const { signal, end } = startLimit(100)
    const { port1, port2 } = new MessageChannel()
    const arrived = once(port2, 'message').then(() => signal.aborted)
    port1.postMessage('in time')
    const until = performance.now() + 300
    while (performance.now() < until);
    expect(await arrived).toBe(false)
    end()
    port1.close()
  })
})

describe('the clock', () => {
  it('sleeps until it is cancelled', async () => {
    const controller = new AbortController()
    expect(await settled(systemClock.sleep(1, controller.signal))).toBeUndefined()
    const sleeping = systemClock.sleep(60_000, controller.signal)
    controller.abort()
    expect(await settled(sleeping)).toBe('failed: AbortError')
  })
})
