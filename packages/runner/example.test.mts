import { ActionError } from 'kernel'
import { createInputReader } from 'runner'
import { expect, test, vi } from 'vitest'

test('all problems with the inputs are one error', () => {
  vi.stubEnv('INPUT_TIMEOUT', 'soon')
  vi.stubEnv('INPUT_CONCURRENCY', '0')
  const reader = createInputReader()
  expect(reader.boolean('fail-on-drift', true)).toBe(true)
  reader.duration('timeout', '15m')
  reader.integer('concurrency', 8, 1, 32)
  expect(reader.finish).toThrow(ActionError)
  expect(reader.finish).toThrow('timeout (found "soon"), concurrency (found "0")')
})
