import { expect, test } from 'vitest'
import { countTypos, findNear } from '../src/text.js'

test.each([
  ['contsoacr.azurecr.io', true],
  ['contosoacrr.azurecr.io', true],
  ['cnotosoacr.azurecr.io', true],
  ['contosoacr.azurecr.oi', true],
  ['c0nt0soacr.azurecr.io', true],
  ['c0nt0s0acr.azurecr.io', false],
  ['contosoacr.azurecr.io', true],
  ['fabrikamacr.azurecr.io', false],
])('%s is almost contosoacr.azurecr.io: %j', (host, expected) => {
  expect(findNear(host, ['Contosoacr.azurecr.io'])).toHaveLength(expected ? 1 : 0)
  expect(findNear('contosoacr.azurecr.io', [host])).toHaveLength(expected ? 1 : 0)
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
  expect([countTypos(one, other) <= 2, countTypos(other, one) <= 2]).toEqual([expected, expected])
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
  expect([countTypos(one, other) <= 1, countTypos(other, one) <= 1]).toEqual([expected, expected])
})

test.each([
  ['aks-01', ['aks-2', 'aks-1'], ['aks-1']],
  ['contoso2.azurecr.io', ['contoso1.azurecr.io'], []],
  ['atach', ['check', 'detach', 'attach'], ['attach', 'detach']],
  ['abc', ['abd', 'axy', 'ABC'], ['ABC', 'abd']],
])('%s is near, of %j, to %j: the nearest first, no other number, one letter of a short word', (asked, names, near) => {
  expect(findNear(asked, names)).toEqual(near)
})
