import { expect, test } from 'vitest'
import { countTypos, findNear } from '../src/text.js'

const far = ['c0nt0s0acr.azurecr.io', 'fabrikamacr.azurecr.io']
const almost = 'contsoacr contosoacrr cnotosoacr c0nt0soacr contosoacr'.split(' ').map(name => `${name}.azurecr.io`)

test.each([...almost, 'contosoacr.azurecr.oi', ...far])('%s is almost contosoacr.azurecr.io, or not', host => {
  const count = far.includes(host) ? 0 : 1
  expect(findNear(host, ['Contosoacr.azurecr.io'])).toHaveLength(count)
  expect(findNear('contosoacr.azurecr.io', [host])).toHaveLength(count)
})

/** The pairs, each with its words joined by a slash, that differ by so few typos, in both directions. */
const within = (typos: number, pairs: string): string =>
  pairs
    .split(' ')
    .filter(pair => {
      const [one = '', other = ''] = pair.split('/')
      const [there, back] = [countTypos(one, other) <= typos, countTypos(other, one) <= typos]
      expect([pair, back]).toEqual([pair, there])
      return there
    })
    .join(' ')

test('up to two letters make a typo', () => {
  const typos = '/ab ab/ba abcd/badc abc/cab abcd/dabc abcd/efcd abcde/badce xabcd/abcdy aab/bba'
  expect(within(2, typos)).toBe(typos)
  expect(within(2, '/abc a/abcd abcdef/badcfe abcd/efgd xabcd/abcyz aaa/bbb')).toBe('')
})

test('one letter, or two that are swapped, make a small typo', () => {
  expect(within(1, 'ab/ba xaby/xbay a/ab')).toBe('ab/ba xaby/xbay a/ab')
  expect(within(1, 'ab/bc ab/ca abab/baba ab/cd')).toBe('')
})

test.each([
  ['aks-01', ['aks-2', 'aks-1'], ['aks-1']],
  ['contoso2.azurecr.io', ['contoso1.azurecr.io'], []],
  ['atach', ['check', 'detach', 'attach'], ['attach', 'detach']],
  ['abc', ['abd', 'axy', 'ABC'], ['ABC', 'abd']],
])('%s is near, of %j, to %j: the nearest first, no other number, one letter of a short word', (asked, names, near) => {
  expect(findNear(asked, names)).toEqual(near)
})
