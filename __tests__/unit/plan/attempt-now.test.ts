import { expect, it } from 'vitest'
import { ActionError } from 'kernel'
import { attemptNow } from '../../../src/plan/context.js'

const error = new ActionError('AUTHORIZATION_FAILED', 'no')
const bug = new TypeError('x is undefined')

it('holds an error of the step, and throws a bug', () => {
  const failing = (thrown: Error) => () => {
    throw thrown
  }
  expect(attemptNow(() => 1)).toEqual({ value: 1 })
  expect(attemptNow(failing(error))).toEqual({ error })
  expect(() => attemptNow(failing(bug))).toThrow(bug)
})
