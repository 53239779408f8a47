import { expect, it } from 'vitest'
import { printCatalogue, sayScopes } from '../../support/catalogue.js'

const print = (cases: Record<string, string[]>): string[] =>
  printCatalogue(cases, lines => lines)
    .split('\n')
    .slice(0, -1)
const advice = ['Look:', '  az one', '  az two']

it('says once what several cases share, and never that two are alike of which one says more', () => {
  expect(print({ a: ['A', ...advice], b: ['A', ...advice], c: ['A', ...advice, 'C'], d: advice })).toEqual([
    ...['a → A', '  Look:', '    az one', '    az two'],
    'b → A (as in: a)',
    ...['c → as in: a, 4 lines: A', '  C'],
    'd → as in: a, 3 lines: Look:',
  ])
  expect(print({ a: ['A', 'B'], b: ['B', 'A'] })).toEqual(['a → A', '  B', 'b → B', '  A'])
})

it('loses no word of a long line, which is folded, nor an empty one', () => {
  const long = Array.from({ length: 99 }, (_, at) => `word${at}`).join(' ')
  const rows = print({ a: [long], b: ['x'.repeat(500)], c: ['one\n\ntwo'], d: [] })
  expect(Math.max(...rows.map(({ length }) => length))).toBeLessThanOrEqual(190)
  expect(rows.join(' ').replaceAll(/ +/g, ' ')).toContain(long)
  expect(rows.join('').replaceAll(' ', '')).toContain('x'.repeat(500))
  expect(rows.slice(-3)).toEqual(['c → one ¶', '  two', 'd → (nothing)'])
})

it('says where something is, and leaves what only looks like a place', () => {
  const group = '/subscriptions/1/resourceGroups/rg-(prod)'
  expect(sayScopes(`${group}/providers/Microsoft.ContainerRegistry/registries/acr (${group}), /subscriptions/s`)).toBe(
    'registry acr of subscription 1 (resource group rg-(prod) of subscription 1), the subscription',
  )
  expect(sayScopes('Microsoft.Resources/subscriptions/resourceGroups/read')).toContain('/subscriptions/resourceGroups/')
})
