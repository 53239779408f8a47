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

  it('can have wildcards anywhere', () => {
    const covered = 't?am-*>team-a/web t?am-*>team-* */web>team/web a*b*c>a-b-b-c a*>a'.split(' ')
    const others = 't?am-*>team/* */web>team/web/x */web>team/* a*b*c>a-c-b a?>a team/app?>team/app* team/?*>team/*'
    const covers = (pair: string): boolean => {
      const [allowed = '', wanted = ''] = pair.split('>')
      return coversRepositories([allowed], [wanted])
    }
    expect([...covered, ...others.split(' ')].filter(covers)).toEqual(covered)
  })

  it('are matched quickly, however many stars they have', () => {
    expect(coversRepositories([`${'*a'.repeat(2000)}b`], ['a'.repeat(4000)])).toBe(false)
  })
})

describe('two patterns', () => {
  it('overlap, in either order, unless their beginnings rule it out', () => {
    const both = 'team/app=team/app team/app=team/* team/*=team/sub/* TEAM/*=team/app *=team/app *app=team/*'.split(' ')
    // It can't be ruled out by the beginnings alone.
    const unclear = 't?am=team/*'
    const overlap = (pair: string): boolean => {
      const [one = '', other = ''] = pair.split('=')
      expect([pair, mayOverlap(one, other)]).toEqual([pair, mayOverlap(other, one)])
      return mayOverlap(one, other)
    }
    const all = [...both, unclear, 'team/app=team/web', 'team/*=team', 'team/*=shop/*']
    expect(all.filter(overlap)).toEqual([...both, unclear])
  })
})
