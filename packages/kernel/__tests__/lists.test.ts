import { describe, expect, it, vi } from 'vitest'
import { chunk, compareNaturally, distinctOf, groupBy, memoize, nameSome } from '../src/lists.js'

const letters = (text: string): string[] => Array.from(text)

describe('a list', () => {
  it('is grouped by key, in the order of the first items', () => {
    expect([...groupBy(letters('bAaB'), letter => letter.toLowerCase())]).toEqual([
      ['b', ['b', 'B']],
      ['a', ['A', 'a']],
    ])
  })

  it('of names is ordered as people count, always in the same way', () => {
    const names = ['aks-2', 'aks-10', 'aks-02', 'aks-1', 'Aks-1', 'b']
    const ordered = ['aks-1', 'Aks-1', 'aks-02', 'aks-2', 'aks-10', 'b']
    expect([...names].sort(compareNaturally)).toEqual(ordered)
    expect(names.reverse().sort(compareNaturally)).toEqual(ordered)
    expect([compareNaturally('aks-02', 'aks-2'), compareNaturally('aks-2', 'aks-02')]).toEqual([-1, 1])
    expect(compareNaturally('a', 'a')).toBe(0)
  })

  it('is reduced to the first item of each key, or to the first names', () => {
    expect(distinctOf(letters('bAaB'), letter => letter.toLowerCase())).toEqual(['b', 'A'])
    expect([nameSome(['a', 'b'], 2), nameSome(['a', 'b', 'c'], 2)]).toEqual(['a, b', 'a, b and 1 more'])
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
  ])('"%s" is split into lists of at most weight 6, with heavier items alone: %j', (text, expected) => {
    expect(chunk(letters(text), 6, Number).map(each => each.join(''))).toEqual(expected)
  })
})

it('a value is computed once for each key', () => {
  const make = vi.fn((key: string) => ({ key }))
  const get = memoize(make)
  expect(get('a')).toBe(get('a'))
  expect(get('b')).not.toBe(get('a'))
  expect(make).toHaveBeenCalledTimes(2)
})
