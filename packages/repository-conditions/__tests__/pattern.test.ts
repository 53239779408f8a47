import { describe, expect, it } from 'vitest'
import { coversRepositories, describeRepositories, describeUnreached, mayOverlap } from '../src/pattern.js'

describe('patterns of repositories', () => {
  it.each([
    [[], 'what a condition allows'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ])('are described in words: %j: %s', (patterns, words) => {
    expect(describeRepositories([...patterns])).toBe(words)
  })

  it('report the repositories that they do not reach', () => {
    expect(describeUnreached(['team/*'], ['team/app', 'shop/*', 'teams'])).toBe('shop/* and teams')
    expect(describeUnreached([], [])).toBe('the whole registry')
  })

  it('reach everything below their prefixes, in any letter case', () => {
    expect(coversRepositories(['team/*'], ['Team/App', 'team/sub/*'])).toBe(true)
    expect(coversRepositories(['team/app', 'other/*'], ['team/*'])).toBe(false)
    expect(coversRepositories(['team/app'], ['team/app/sub', 'team/ap'])).toBe(false)
    expect(coversRepositories(['team/*'], ['teams', 'team'])).toBe(false)
    expect(coversRepositories(['team*'], ['teams', 'team', 'team/*'])).toBe(true)
    // Each of them.
    expect(coversRepositories(['team/*'], ['team/app', 'shop'])).toBe(false)
  })

  it('reach the whole registry only with the pattern *', () => {
    expect(coversRepositories(['*'], [])).toBe(true)
    expect(coversRepositories(['a*', 'b*'], [])).toBe(false)
    expect(coversRepositories([], [])).toBe(false)
  })

  it.each([
    ['t?am-*', 'team-a/web', true],
    ['t?am-*', 'team-*', true],
    ['t?am-*', 'team/*', false],
    ['*/web', 'team/web', true],
    ['*/web', 'team/web/x', false],
    ['*/web', 'team/*', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a?', 'a', false],
    ['a*', 'a', true],
    ['team/app?', 'team/app*', false],
    ['team/?*', 'team/*', false],
  ])('%s against %s: %s', (allowed, wanted, expected) => {
    expect(coversRepositories([allowed], [wanted])).toBe(expected)
  })

  it('are matched quickly, however many stars they have', () => {
    expect(coversRepositories([`${'*a'.repeat(2000)}b`], ['a'.repeat(4000)])).toBe(false)
  })
})

describe('two patterns', () => {
  it.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/*', true],
    ['team/*', 'team/app', true],
    ['team/*', 'team/sub/*', true],
    ['TEAM/*', 'team/app', true],
    ['*', 'team/app', true],
    ['*app', 'team/*', true],
    ['team/app', 'team/web', false],
    ['team/*', 'team', false],
    ['team/*', 'shop/*', false],
    // It can't be ruled out by the beginnings alone.
    ['t?am', 'team/*', true],
  ])('%s and %s overlap: %s', (one, other, overlap) => {
    expect(mayOverlap(one, other)).toBe(overlap)
    expect(mayOverlap(other, one)).toBe(overlap)
  })
})
