import { describe, expect, it } from 'vitest'
import { isBracketed, parseCondition } from '../src/syntax.js'

const a = { kind: 'action', pattern: 'a' }
const b = { kind: 'action', pattern: 'b' }
const other = { kind: 'other' }

describe('the syntax of conditions', () => {
  it.each<[string, object]>([
    ["ActionMatches{'a'}", a],
    ["(( actionMATCHES { 'a' } ))", a],
    ["!(ActionMatches{'a'})", { kind: 'not', term: a }],
    ["not ActionMatches{'a'}", { kind: 'not', term: a }],
    ["ActionMatches{'a'} AND ActionMatches{'b'}", { kind: 'and', terms: [a, b] }],
    ["ActionMatches{'a'} || ActionMatches{'b'}", { kind: 'or', terms: [a, b] }],
    [
      "ActionMatches{'a'} AND (ActionMatches{'b'} OR ActionMatches{'a'})",
      { kind: 'and', terms: [a, { kind: 'or', terms: [b, a] }] },
    ],
    ["SubOperationMatches{'a'}", other],
    ['Exists @Request[a:b]', other],
    ['Exists @Request[a:b] AND Exists @Request[c:d]', { kind: 'and', terms: [other, other] }],
    [
      "@Request[A:Name] StringEquals 'B'",
      { kind: 'comparison', attribute: '@request[a:name]', quantifier: '', operator: 'stringequals', values: ['B'] },
    ],
    [
      "@Request[a] ForAnyOfAnyValues:StringLike {'b', 'c'}",
      {
        kind: 'comparison',
        attribute: '@request[a]',
        quantifier: 'foranyofanyvalues',
        operator: 'stringlike',
        values: ['b', 'c'],
      },
    ],
    ['@Request[a] StringEquals @Resource[b]', other],
    ["@Request[a] ForAnyOfAnyValues:StringLike {'b', @Resource[c]}", other],
    ['@Request[a] NumericEquals 1', other],
  ])('has %s', (text, condition) => {
    expect(parseCondition(text)).toEqual(condition)
  })

  it.each([
    '',
    '()',
    "'a'",
    'ActionMatches',
    "ActionMatches{'a'",
    'ActionMatches{a}',
    'ActionMatches{@Request[a]}',
    "ActionMatches 'a'",
    "ActionMatches{'a'} ActionMatches{'b'}",
    "ActionMatches{'a'})",
    "(ActionMatches{'a'}",
    "ActionMatches{'a'} AND",
    "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'a'}",
    'Exists',
    "Exists 'a'",
    'Exists a',
    'Exists {@Request[a]}',
    '@Request[a]',
    "@Request[a] 'b'",
    "@Request[a] @Request[b] 'c'",
    '@Request[a] StringEquals',
    '@Request[a] StringEquals )',
    '@Request[a] StringEquals {}',
    "@Request[a] StringEquals {'b',}",
    "@Request[a] StringEquals {'b' 'c'}",
    "@Request[a] StringEquals {'b', (}",
    "@Request[a] StringEquals 'b\\'",
    'ActionMatches{"a"}',
    '#',
  ])('does not have %j', text => {
    expect(parseCondition(text)).toBeUndefined()
  })

  it.each([
    ['brackets', '(', ')'],
    ['negations', '!', ''],
    ['negated brackets', '!(', ')'],
  ])('has up to a hundred %s within one another', (_, open, close) => {
    const depths = 100 / open.length
    const within = (depth: number) => `${open.repeat(depth)}ActionMatches{'a'}${close.repeat(depth)}`
    expect([within(depths), within(depths + 1)].map(text => parseCondition(text) !== undefined)).toEqual([true, false])
  })
})

it('brackets enclose all of a text, or only a part', () => {
  const a = "ActionMatches{'a'}"
  const enclosed = [`(${a})`, `((${a}) OR (${a}))`]
  expect([...enclosed, `(${a}) OR (${a})`, a, `!(${a})`, 'a', ''].filter(isBracketed)).toEqual(enclosed)
})
