import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  coversRepositories,
  describeRepositories,
  describeUnreached,
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
    `${name} StringLike {'team/app', 'te*m/app'}`,
    `${name} StringLike 'team/**'`,
    `!(ActionMatches{'Microsoft.ContainerRegistry/registries/other/read'})`,
    `${name} StringEquals 'a') OR (x`,
  ])('is not guessed: %s', test => {
    expect(readRepositoryCondition(limitedTo(test))).toBeUndefined()
  })

  it('is read without brackets around it, and not within another formula', () => {
    const test = `${name} StringEquals 'a'`
    expect(readRepositoryCondition(`!(${content}) OR ${test}`)).toEqual(['a'])
    expect(readRepositoryCondition(`(!(${content}) OR ${test})`)).toEqual(['a'])
    expect(readRepositoryCondition(`x !(${content}) OR ${test}`)).toBeUndefined()
    expect(readRepositoryCondition(`!(${content}) OR ${test} AND x`)).toBeUndefined()
    const other = "!(ActionMatches{'Microsoft.ContainerRegistry/registries/delete'})"
    expect(readRepositoryCondition(`((${other}) OR (${test}))`)).toBeUndefined()
    expect(readRepositoryCondition(limitedTo(`${name} StringEquals ''`))).toEqual([''])
  })

  it('is not read where it is too long', () => {
    const test = limitedTo(`${name} StringEquals 'a'`)
    expect(readRepositoryCondition(test.padEnd(16_384))).toEqual(['a'])
    expect(readRepositoryCondition(test.padEnd(16_385))).toBeUndefined()
  })

  it.each([
    [[], 'what a condition allows'],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
  ])('is told in words: %j: %s', (patterns, words) => {
    expect(describeRepositories([...patterns])).toBe(words)
  })

  it('leaves out what it does not reach', () => {
    expect(describeUnreached(['team/*'], ['team/app', 'shop/*', 'teams'])).toBe('shop/* and teams')
    expect(describeUnreached([], [])).toBe('the whole registry')
  })

  it('reaches what is below its prefixes, in any letter case', () => {
    expect(coversRepositories(['team/*'], ['Team/App', 'team/sub/*'])).toBe(true)
    expect(coversRepositories(['team/app', 'other/*'], ['team/*'])).toBe(false)
    expect(coversRepositories(['team/app'], ['team/app/sub', 'team/ap'])).toBe(false)
    expect(coversRepositories(['team/*'], ['teams', 'team'])).toBe(false)
  })
})
