import { expect, it } from 'vitest'
import { chunkByWeight } from '../src/rounds.js'

it.each([
  ['', []],
  ['1234', ['123', '4']],
  ['6', ['6']],
  ['933', ['9', '33']],
  ['3391', ['33', '9', '1']],
  ['222222', ['222', '222']],
])('"%s" is split into lists of at most weight 6, with heavier items alone: %j', (text, expected) => {
  expect(chunkByWeight(Array.from(text), 6, Number).map(each => each.join(''))).toEqual(expected)
})
