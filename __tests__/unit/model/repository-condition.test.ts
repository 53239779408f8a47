import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  coversRepositories,
  readRepositoryCondition,
  repositoryCondition,
} from '../../../src/model/repository-condition.js'

const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const pattern = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([segments, isPrefix]) => segments.join('/') + (isPrefix ? '/*' : ''))
const patterns = fc.array(pattern, { minLength: 1, maxLength: 5 })

const content = "ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}"
const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
const limitedTo = (test: string): string => `((!(${content})) OR (${test}))`

describe('a condition on repositories', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(patterns, wanted => {
        expect(readRepositoryCondition(repositoryCondition(wanted))).toEqual(wanted)
        expect(coversRepositories(wanted, wanted)).toBe(true)
      }),
    )
  })

  it.each([
    [`${name} StringLike 'team/*'`, ['team/*']],
    [`${name} StringLikeIgnoreCase 'team/app'`, ['team/app']],
    [`${name} ForAnyOfAnyValues:StringEquals {'a', 'b'}`, ['a', 'b']],
    [`${name} StringStartsWith 'team/' || ${name} StringEquals 'a'`, ['team/*', 'a']],
  ])('may be written otherwise: %s', (test, allowed) => {
    expect(readRepositoryCondition(limitedTo(test))).toEqual(allowed)
  })

  it.each([
    `${name} StringLike 'te*m/app'`,
    `${name} StringLike 'team/app?'`,
    `${name} StringNotEquals 'a'`,
    `${name} StringEquals 'a' AND ${name} StringEquals 'b'`,
    `@Request[other:name] StringEquals 'a'`,
  ])('is not guessed: %s', test => {
    expect(readRepositoryCondition(limitedTo(test))).toBeUndefined()
  })

  it('reaches what is below its prefixes, in any letter case', () => {
    expect(coversRepositories(['team/*'], ['Team/App', 'team/sub/*'])).toBe(true)
    expect(coversRepositories(['team/app', 'other/*'], ['team/*'])).toBe(false)
  })
})
