import { expect, it } from 'vitest'
import { chunk } from '../src/lists.js'

it.each([
  ['', []],
  ['1234', ['123', '4']],
  ['6', ['6']],
  ['933', ['9', '33']],
  ['3391', ['33', '9', '1']],
  ['222222', ['222', '222']],
])('"%s" is split into lists of at most weight 6, with heavier items alone: %j', (text, expected) => {
  expect(chunk(Array.from(text), 6, Number).map(each => each.join(''))).toEqual(expected)
})
