import { describe, expect, it } from 'vitest'
import { createStopwatch } from '../../src/stages.js'
import { createFakeClock } from '../support/fake-clock.js'

describe('a stopwatch', () => {
  it('records the duration of each stage, even of a failed one, but not of one that had nothing to do', async () => {
    const clock = createFakeClock()
    const { signal } = new AbortController()
    const { stage, stages } = createStopwatch(clock)
    const startedAt = clock.now()
    const work = (ms: number) => () => clock.sleep(ms, signal).then(() => ms)
    expect(await stage('long', work(50))).toBe(50)
    expect(await stage('short', work(49))).toBe(49)
    const failing = stage('failed', async () => {
      await clock.sleep(1000, signal)
      throw new TypeError('x')
    })
    await expect(failing).rejects.toThrow(TypeError)
    expect(stages).toEqual([
      { name: 'long', startedAt, finishedAt: startedAt + 50 },
      { name: 'failed', startedAt: startedAt + 99, finishedAt: startedAt + 1099 },
    ])
  })
})
