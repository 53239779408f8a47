import { describe, expect, it } from 'vitest'
import { ActionError } from '../src/error.js'
import { retry } from '../src/retry.js'
import { waitFor } from '../src/time.js'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'

const never = (): Promise<string | undefined> => Promise.resolve(undefined)
const { signal } = new AbortController()

/** Sees something at the nth look. */
function nthLook(n: number): () => Promise<string | undefined> {
  let looks = 0
  return () => Promise.resolve(++looks >= n ? `look ${looks}` : undefined)
}

describe('waitFor', () => {
  it('calls look immediately', async () => {
    const clock = createFakeClock()
    expect(await waitFor(nthLook(1), { clock, deadline: clock.now(), signal })).toBe('look 1')
    expect(clock.slept).toEqual([])
  })

  it('pauses a second, then longer and longer, up to 15 s', async () => {
    const clock = createFakeClock()
    expect(await waitFor(nthLook(16), { clock, deadline: clock.now() + 3_600_000, signal })).toBe('look 16')
    expect(clock.slept.slice(0, 4)).toEqual([1000, 1250, 1562.5, 1953.125])
    expect(clock.slept.slice(-2)).toEqual([15_000, 15_000])
  })

  it('pauses as pauseAfter says, by the elapsed time', async () => {
    const clock = createFakeClock()
    const pauseAfter = (elapsedMs: number): number => Math.max(250, elapsedMs / 2)
    await waitFor(nthLook(5), { clock, deadline: clock.now() + 60_000, signal, pauseAfter })
    expect(clock.slept).toEqual([250, 250, 250, 375])
  })

  it.each([
    [0, 800],
    [0.999999, 1200],
  ])('shortens or lengthens a pause at random: %d', async (random, ms) => {
    const clock = createFakeClock(random)
    await waitFor(nthLook(2), { clock, deadline: clock.now() + 60_000, signal })
    expect(clock.slept[0]).toBeCloseTo(ms, 0)
  })

  it('takes exact pauses as they are, up to the deadline', async () => {
    const clock = createFakeClock(0)
    const wait = { clock, deadline: clock.now() + 50_000, signal, pauseAfter: () => 20_000, isExact: true }
    expect(await waitFor(never, wait)).toBeUndefined()
    expect(clock.slept).toEqual([20_000, 20_000, 10_000])
  })

  it('calls look a last time at the deadline, and not after it', async () => {
    const clock = createFakeClock()
    const deadline = clock.now() + 4000
    const looks: number[] = []
    const look = () => {
      looks.push(clock.now() - deadline)
      return never()
    }
    const seen = await waitFor(look, { clock, deadline, signal })
    expect(seen).toBeUndefined()
    expect(looks).toEqual([-4000, -3000, -1750, -187.5, 0])
  })

  it('calls look once if the deadline has already passed', async () => {
    const clock = createFakeClock()
    expect(await waitFor(nthLook(1), { clock, deadline: clock.now() - 1, signal })).toBe('look 1')
    const nothing = await waitFor(never, { clock, deadline: clock.now() - 1, signal })
    expect(nothing).toBeUndefined()
    expect(clock.slept).toEqual([])
  })

  it('reports the length of each pause before it', async () => {
    const clock = createFakeClock()
    const pauses: number[] = []
    await waitFor(nthLook(3), { clock, deadline: clock.now() + 60_000, signal, onPause: ms => pauses.push(ms) })
    expect(pauses).toEqual(clock.slept)
  })

  it('throws errors of look immediately', async () => {
    const clock = createFakeClock()
    const look = () => Promise.reject(new Error('refused'))
    await expect(waitFor(look, { clock, deadline: clock.now() + 60_000, signal })).rejects.toThrow('refused')
    expect(clock.slept).toEqual([])
  })

  it('ends when it is cancelled, before a call and during a pause', async () => {
    const clock = createFakeClock()
    const deadline = clock.now() + 60_000
    const aborted = { name: 'AbortError' }
    const before = waitFor(nthLook(1), { clock, deadline, signal: AbortSignal.abort() })
    await expect(before).rejects.toMatchObject(aborted)
    const controller = new AbortController()
    const onPause = (): void => {
      controller.abort()
    }
    const waiting = waitFor(never, { clock, deadline, signal: controller.signal, onPause })
    await expect(waiting).rejects.toMatchObject(aborted)
  })
})

describe('retry', () => {
  const busy = new ActionError('AZURE_REFUSED', 'It is busy', { recovers: true })
  const refused = new ActionError('AZURE_REFUSED', 'No')

  /** Ends with one result after the other: a value, or an error that is thrown. */
  const ending =
    (...ends: (string | Error)[]) =>
    () => {
      const end = ends.shift()
      return end instanceof Error ? Promise.reject(end) : Promise.resolve(end)
    }

  it('repeats what waiting can heal, and shows each failure before the pause', async () => {
    const clock = createFakeClock()
    const pauses: unknown[] = []
    const onPause = (pauseMs: number, failure: unknown) => pauses.push([pauseMs, failure])
    const wait = { clock, deadline: clock.now() + 60_000, signal, onPause }
    expect(await retry(ending(busy, busy, 'done'), wait)).toBe('done')
    expect(pauses).toEqual([
      [1000, busy],
      [1250, busy],
    ])
  })

  it('ends with the last failure at the deadline, and with any other failure immediately', async () => {
    const clock = createFakeClock()
    const wait = { clock, deadline: clock.now() + 1500, signal }
    await expect(retry(ending(busy, busy, busy, busy), wait)).rejects.toBe(busy)
    expect(clock.slept).toHaveLength(2)
    const longer = { ...wait, deadline: clock.now() + 1500 }
    await expect(retry(ending(refused, 'done'), longer)).rejects.toBe(refused)
    expect(await retry(ending(refused, 'done'), { ...longer, isRetryable: () => true })).toBe('done')
  })
})
