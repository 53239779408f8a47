import { describe, expect, it } from 'vitest'
import { parseCondition } from 'azure-simulator'
import { readRepositoryCondition, repositoryCondition, widenCondition } from '../src/condition.js'

const content = 'Microsoft.ContainerRegistry/registries/repositories/content/read'
const metadata = content.replace('content', 'metadata')
const name = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
const limitedTo = (test: string): string => `((!(ActionMatches{'${content}'})) OR (${test}))`
const whole = (...patterns: string[]) => ({ patterns, isWhole: true })
const unclear = { patterns: [], isWhole: false }

describe('a condition on repositories', () => {
  it.each([
    [`${name} StringLike 'team/*'`, ['team/*']],
    [`${name} StringLikeIgnoreCase 'Team/App'`, ['team/app']],
    [`${name} StringLike 'te*m/app?'`, ['te*m/app?']],
    [`${name} StringLike 'team/**'`, ['team/*']],
    [`${name} StringStartsWith 'team-'`, ['team-*']],
    [`${name} StringStartsWith ''`, ['*']],
    [`${name} ForAnyOfAnyValues:StringEquals {'a', 'b'}`, ['a', 'b']],
    [`${name} StringEquals {'a'}`, ['a']],
    [`${name} StringStartsWith 'team/' || ${name} StringEquals 'a'`, ['team/*', 'a']],
    [`@Resource[${name.slice(9)} StringEquals 'a'`, ['a']],
    // No repository has such a name.
    [`${name} StringEquals 'Team/App'`, []],
    [`${name} StringStartsWith 'Team/'`, []],
    [`${name} StringEquals 'team/*'`, []],
    [`${name} StringStartsWithIgnoreCase 'te?m/'`, []],
    [`${name} StringEquals ''`, []],
    [`${name} StringLike ''`, []],
  ])('may be written differently: %s', (test, allowed) => {
    expect(readRepositoryCondition(limitedTo(test))).toEqual(whole(...allowed))
  })

  it.each([
    `${name} StringNotEquals 'a'`,
    `NOT ${name} StringEquals 'a'`,
    `${name} StringLike 'a*' AND ${name} StringLike '*b'`,
    `${name} StringEquals 'a' OR Exists @Request[other:name]`,
    `@Request[other:name] StringEquals 'a'`,
    `${name} StringEquals @Resource[other:name]`,
    `${name} StringEquals {'a', 'b'}`,
    `${name} ForAllOfAnyValues:StringEquals {'a', 'b'}`,
    `${name} ForAnyOfAllValues:StringLike {'a*', '*b'}`,
    `${name} ForAllOfAllValues:StringEquals {'a'}`,
    `${name} StringLike 'a\\*'`,
    `${name} StringEqualsIgnoreCase '\u212a'`,
    `${name} NumericEquals 1`,
    `${name} StringEqualsSomehow 'a'`,
    `${name} NotStringEquals 'a'`,
    `${name} GuidEquals 'a'`,
    "SubOperationMatches{'a'}",
    "ActionMatches{'Microsoft.ContainerRegistry/*'}",
    `${name} StringEquals 'a') OR (x`,
    `${name} StringEquals 'a''b'`,
    // Two operators at one level have no order.
    `${name} StringEquals 'a' AND ${name} StringEquals 'a' OR ${name} StringEquals 'b'`,
    `${name} StringEquals 'a' OR ${name} StringEquals 'b' AND ${name} StringEquals 'b'`,
  ])('is not understood by guessing: %s', test => {
    expect(readRepositoryCondition(limitedTo(test))).toEqual(unclear)
  })

  it("is understood if the unknown parts don't matter", () => {
    const strange = `${name} StringNotEquals 'a'`
    expect(readRepositoryCondition(limitedTo(`${strange} OR ${name} StringLike '*'`))).toEqual(whole('*'))
    expect(readRepositoryCondition(limitedTo(`${strange} AND ${name} StringEquals 'A'`))).toEqual(whole())
    expect(readRepositoryCondition(`(!(ActionMatches{'${metadata}'})) OR (${strange})`)).toEqual(whole('*'))
  })

  it('counts for content, which pulls need, and not for metadata', () => {
    const team = `${name} StringEquals 'team'`
    const forAction = (action: string, test: string) => `((!(ActionMatches{'${action}'})) OR (${test}))`
    const both = `${forAction(content, team)} AND ${forAction(metadata, `${name} StringEquals 'other'`)}`
    expect(readRepositoryCondition(both)).toEqual(whole('team'))
    expect(readRepositoryCondition(`ActionMatches{'${metadata}'}`)).toEqual(whole())
    expect(readRepositoryCondition(`!(!(ActionMatches{'${content}'}))`)).toEqual(whole('*'))
  })

  it('needs no brackets around it, and is not read if it is too long or too deep', () => {
    const test = `${name} StringEquals 'a'`
    expect(readRepositoryCondition(test)).toEqual(whole('a'))
    expect(readRepositoryCondition(test.padEnd(16_384))).toEqual(whole('a'))
    expect(readRepositoryCondition(test.padEnd(16_385))).toEqual(unclear)
    expect(readRepositoryCondition(`${'!'.repeat(8000)}${test}`)).toEqual(unclear)
  })

  it('gets brackets only if it has none, and a clause only for missing repositories', () => {
    const canonical = repositoryCondition(['team/app'])
    const clause = `((ActionMatches{'${content}'} OR ActionMatches{'${metadata}'}) AND (${name} StringStartsWithIgnoreCase 'shop/'))`
    const spaced = canonical.replace(') OR (', ') OR  (')
    expect(widenCondition(spaced, ['team/app', 'shop/*'])).toBe(`${spaced} OR ${clause}`)
    const loose = `(${name} StringEquals 'a') OR (${name} StringEquals 'b')`
    expect(widenCondition(loose, ['shop/*'])).toBe(`(${loose}) OR ${clause}`)
    expect(widenCondition(canonical, ['team/app'])).toBe(canonical)
  })

  it('that this step wrote is extended with more names, so that it stays short', () => {
    expect(widenCondition(repositoryCondition(['team/app']), ['shop/*', 'ops'])).toBe(
      repositoryCondition(['team/app', 'shop/*', 'ops']),
    )
    const theirs = limitedTo(`${name} StringStartsWith 'team-'`)
    expect(widenCondition(widenCondition(theirs, ['shop/*']), ['ops'])).toBe(widenCondition(theirs, ['shop/*', 'ops']))
    const nested = `(${widenCondition(theirs, ['shop/*'])})`
    expect(widenCondition(nested, ['ops'])).toContain(`${nested} OR `)
    const strange = widenCondition(theirs, ['shop/*']).replace("'shop/'))", "'shop/' OR Exists @Request[a:b]))")
    expect(widenCondition(strange, ['ops'])).toContain(strange)
  })

  it('stays acceptable to Azure', () => {
    const loose = `(${name} StringEquals 'a') OR (${name} StringEquals 'b')`
    expect(() => parseCondition(widenCondition(loose, ['shop/*']))).not.toThrow()
  })
})
