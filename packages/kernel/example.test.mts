import { expect, test } from 'vitest'
import { ActionError, fix, printFix, retry } from 'kernel'
import { createFakeClock } from '../../__tests__/support/fake-clock.js'

test('a failure that waiting can heal is repeated until the deadline, and then says what to do', async () => {
  const clock = createFakeClock()
  const busy = new ActionError('THROTTLED', 'Azure is busy.', { recovers: true, fix: fix('Run the job again.') })
  const limits = { clock, deadline: clock.now() + 60_000, signal: new AbortController().signal }
  await expect(retry(() => Promise.reject(busy), limits)).rejects.toBe(busy)
  expect(clock.slept.length).toBeGreaterThan(5)
  expect(printFix(busy.fix)).toBe('Run the job again.')
})
