import { describe, expect, it } from 'vitest'
import { ConditionSyntaxError, parseCondition } from '../src/world/conditions.js'

const repository = 'Microsoft.ContainerRegistry/registries/repositories:name'
const read = 'Microsoft.ContainerRegistry/registries/repositories/content/read'

describe('conditions', () => {
  it.each<[string, string, boolean]>([
    [
      `((!(ActionMatches{'${read}'})) OR (@Request[${repository}] StringEqualsIgnoreCase 'Team/App'))`,
      'team/app',
      true,
    ],
    [
      `((!(ActionMatches{'${read}'})) OR (@Request[${repository}] StringEqualsIgnoreCase 'Team/App'))`,
      'team/other',
      false,
    ],
    [`@Request[${repository}] StringLike 'team/*'`, 'team/a/b', true],
    [`@Request[${repository}] StringLike 'team/?'`, 'team/ab', false],
    [`@Request[${repository}] StringStartsWith 'Team/'`, 'team/a', false],
    [`@Request[${repository}] StringNotEquals 'a' AND NOT @Request[${repository}] StringEquals 'b'`, 'c', true],
    [`@Request[${repository}] ForAnyOfAnyValues:StringEquals {'a', 'b'}`, 'b', true],
    [`@Request[${repository}] ForAllOfAllValues:StringNotEquals {'a', 'b'}`, 'b', false],
    [`ActionMatches{'Microsoft.ContainerRegistry/*/READ'} && Exists @Request[${repository}]`, 'x', true],
    [`@Resource[${repository}] StringEquals 'a' || SubOperationMatches{'x'}`, 'a', false],
    // Only values are case-sensitive, only StringLike has wildcards, and a prefix ends anywhere.
    [
      `actionmatches{'${read.toUpperCase()}'} and @REQUEST[${repository.toUpperCase()}] stringstartswith 'tea'`,
      'team',
      true,
    ],
    [`@Request[${repository}] FORANYOFANYVALUES:STRINGEQUALS {'a','b'}`, 'b', true],
    [`@Request[${repository}] StringEquals 'team/*'`, 'team/a', false],
    [`@Request[${repository}] StringStartsWithIgnoreCase 'TEAM-'`, 'team-a', true],
    [`@Request[${repository}] StringLike 'TEAM-*'`, 'team-a', false],
    [`@Request[${repository}] StringLike 'a\\*'`, 'ab', false],
    [`@Request[${repository}] StringLike 'a\\*'`, 'a*', true],
    [`@Request[${repository}] StringLike 'a.b'`, 'axb', false],
    ["ActionMatches{'a'} AND ActionMatches{'b'} AND ActionMatches{'c'}", 'a', false],
  ])('%s for %s', (text, value, expected) => {
    expect(parseCondition(text)({ action: read, request: { [repository]: value } })).toBe(expected)
  })

  it('are never satisfied if an attribute is missing, even with a negative operator', () => {
    expect(parseCondition(`@Request[${repository}] StringNotEquals 'a'`)({ action: read })).toBe(false)
  })

  it.each([
    '',
    '(',
    "ActionMatches{'a'",
    "@Request[a:b] StringEqual 'x'",
    "@Claims[a:b] StringEquals 'x'",
    "Nonsense{'a'}",
    "ActionMatches{'a'} ActionMatches{'b'}",
    '#',
    "@Request[a:b] ForSomeOfAnyValues:StringEquals {'x'}",
    "@Request[a:b] StringEquals {'x',}",
    "ActionMatches{'a'} AND ActionMatches{'b'} OR ActionMatches{'c'}",
    "ActionMatches{'a'} || ActionMatches{'b'} && ActionMatches{'c'}",
  ])('refuse %j', text => {
    expect(() => parseCondition(text)).toThrow(ConditionSyntaxError)
  })
})
