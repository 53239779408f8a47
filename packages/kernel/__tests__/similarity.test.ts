import { expect, test } from 'vitest'
import { isAlmost } from '../src/text.js'

test.each([
  ['contsoacr.azurecr.io', true],
  ['contosoacrr.azurecr.io', true],
  ['cnotosoacr.azurecr.io', true],
  ['contosoacr.azurecr.oi', true],
  ['c0nt0soacr.azurecr.io', true],
  ['c0nt0s0acr.azurecr.io', false],
  ['contosoacr.azurecr.io', false],
  ['fabrikamacr.azurecr.io', false],
])('%s is almost contosoacr.azurecr.io: %j', (host, expected) => {
  expect(isAlmost(host, 'contosoacr.azurecr.io')).toBe(expected)
  expect(isAlmost('contosoacr.azurecr.io', host)).toBe(expected)
})

test.each([
  ['', 'ab', true],
  ['', 'abc', false],
  ['a', 'abcd', false],
  ['ab', 'ba', true],
  ['abcd', 'badc', true],
  ['abcdef', 'badcfe', false],
  ['abc', 'cab', true],
  ['abcd', 'dabc', true],
  ['abcd', 'efcd', true],
  ['abcd', 'efgd', false],
  ['abcde', 'badce', true],
  ['xabcd', 'abcdy', true],
  ['xabcd', 'abcyz', false],
  ['aab', 'bba', true],
  ['aaa', 'bbb', false],
])('up to two letters make a typo of %s: %s is %j', (one, other, expected) => {
  expect([isAlmost(one, other), isAlmost(other, one)]).toEqual([expected, expected])
})

test.each([
  ['ab', 'ba', true],
  ['xaby', 'xbay', true],
  ['ab', 'bc', false],
  ['ab', 'ca', false],
  ['abab', 'baba', false],
  ['a', 'ab', true],
  ['ab', 'cd', false],
])('one letter, or two that are swapped, make a small typo of %s: %s is %j', (one, other, expected) => {
  expect([isAlmost(one, other, 1), isAlmost(other, one, 1)]).toEqual([expected, expected])
})
