import { describe, expect, it } from 'vitest'
import { chunk, chunkByWeight, groupBy, shareOut } from '../../../src/model/lists.js'

const letters = (text: string): string[] => Array.from(text)

describe('a list', () => {
  it('is grouped by key, in the order in which keys first appear', () => {
    expect([...groupBy(letters('bAaB'), letter => letter.toLowerCase())]).toEqual([
      ['b', ['b', 'B']],
      ['a', ['A', 'a']],
    ])
  })

  it.each([
    ['', 2, []],
    ['ab', 2, ['ab']],
    ['abcde', 2, ['ab', 'cd', 'e']],
    ['abc', 5, ['abc']],
  ])('"%s" is split into lists of %i: %j', (text, size, expected) => {
    expect(chunk(letters(text), size).map(each => each.join(''))).toEqual(expected)
  })

  it.each([
    ['', []],
    ['1234', ['123', '4']],
    ['6', ['6']],
    ['933', ['9', '33']],
    ['3391', ['33', '9', '1']],
    ['222222', ['222', '222']],
  ])('"%s" is split into lists of weight 6, with heavier items alone: %j', (text, expected) => {
    expect(chunkByWeight(letters(text), 6, Number).map(each => each.join(''))).toEqual(expected)
  })

  it.each([
    ['', 3, []],
    ['abc', 3, ['abc']],
    ['abcd', 3, ['ac', 'bd']],
    ['abcdefg', 3, ['adg', 'be', 'cf']],
  ])('"%s" is split into as few lists of %i as possible, about equally long: %j', (text, size, expected) => {
    expect(shareOut(letters(text), size).map(each => each.join(''))).toEqual(expected)
  })
})
