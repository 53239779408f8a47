import { parseCondition } from 'azure-simulator'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { narrowCondition, repositoryCondition, widenCondition } from '../src/condition.js'
import { mayOverlap } from '../src/pattern.js'

const provider = 'Microsoft.ContainerRegistry/registries/repositories'
const name = `@Request[${provider}:name]`

/** Whether the simulator's own reading of a condition allows an action on a repository. */
const allows = (condition: string, action: string, repository: string): boolean =>
  parseCondition(condition)({
    action: `${provider}/${action}`,
    request: { [`${provider}:name`]: repository },
    resource: { [`${provider}:name`]: repository },
  })

const names = ['team/app', 'team/web', 'team', 'shop/app', 'shop', 'base', 'base-1', 'ops/x/y']

const pattern = fc.constantFrom('team/app', 'team/*', 'team*', 'shop/*', 'shop', 'base', 'ops/?/y', '*app', 'ops/*')

const isIn = (patterns: readonly string[], repository: string): boolean =>
  patterns.some(each =>
    new RegExp(`^${each.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`).test(repository),
  )

describe('a condition from which repositories are taken', () => {
  const theirs = [
    '',
    `(${name} StringStartsWith 'base')`,
    `${name} StringEquals 'shop'`,
    `((!(ActionMatches{'${provider}/content/read'})) OR (${name} StringLike 'ops/*'))`,
    `(NOT (${name} StringEquals 'team'))`,
  ]

  it('allows exactly the rest of what it allowed, or is not changed', () => {
    const patterns = fc.uniqueArray(pattern, { minLength: 1, maxLength: 4 })
    let cases = 0
    let count = 0
    fc.assert(
      fc.property(fc.constantFrom(...theirs), patterns, patterns, (before, own, named) => {
        cases += 1
        const condition = before ? widenCondition(before, own) : repositoryCondition(own)
        const narrowed = narrowCondition(condition, named)
        if (narrowed === undefined) return
        count += 1
        for (const action of ['content/read', 'metadata/read', 'content/write']) {
          const wrong = names.filter(each => {
            const could = allows(condition, action, each)
            // Nothing new, and nothing lost but what is named.
            return allows(narrowed, action, each) ? !could : could && !isIn(named, each)
          })
          expect([action, wrong]).toEqual([action, []])
        }
      }),
      { numRuns: 500 },
    )
    expect(count / cases).toBeGreaterThan(0.2)
  })

  it('is the one that allowed only the others', () => {
    expect(narrowCondition(repositoryCondition(['team/app', 'shop/*', 'team/web']), ['team/*'])).toBe(
      repositoryCondition(['shop/*']),
    )
    const base = `(${name} StringStartsWith 'base')`
    expect(narrowCondition(widenCondition(base, ['team/app', 'shop/*']), ['team/app'])).toBe(
      widenCondition(base, ['shop/*']),
    )
    expect(narrowCondition(widenCondition(base, ['team/app']), ['team/*'])).toBe(base)
  })

  it.each([
    ['names only a part of a prefix', repositoryCondition(['team/*', 'shop']), ['team/app'], true],
    ['would be empty', repositoryCondition(['team/app']), ['team/*'], false],
    ['was written by somebody else', `(${name} StringEquals 'team' OR ${name} StringEquals 'shop')`, ['team'], false],
    ['is not understood', `(NOT (${name} StringEquals 'team'))`, ['team'], false],
  ])('stays as it is if it %s', (_, condition, named, isSame) => {
    expect(narrowCondition(condition, named)).toBe(isSame ? condition : undefined)
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
