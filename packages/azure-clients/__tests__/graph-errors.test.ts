import { printFix } from 'kernel'
import { describe, expect, it } from 'vitest'
import { restError } from '../../../__tests__/support/rest-error.js'
import { explain } from '../src/ask.js'
import { graphRules, groupRules, readGroup, type GraphAttempt, type Group } from '../src/graph/errors.js'
import { findExplanation } from '../src/rule.js'

const attempt: GraphAttempt = {
  failure: 'The group could not be changed',
  subject: 'the-group',
  scope: '/groups/the-group',
  action: 'write',
  caller: { type: 'ServicePrincipal', objectId: 'me', name: 'gh-deployer' },
  refused: 'GROUP_ACCESS_DENIED',
  needs: 'GroupMember.ReadWrite.All',
  command: 'az ad group member add',
}

function explainAnswer(
  statusCode: number,
  message: string,
  more: Partial<GraphAttempt> = {},
  code = 'Request_BadRequest',
) {
  const thrown = restError(statusCode, code ? { error: { code, message } } : message)
  return explain(thrown, { ...attempt, ...more }, graphRules)
}

it.each([
  "One or more added object references already exist, or the objects being referenced do not exist: 'members'.",
  'The object being referenced does not exist.',
  'Resource reference-property objects are not present.',
])('a group or an identity that can be seconds old recovers: %s', message => {
  const asked = { groupId: 'the-group', objectId: 'the-identity' }
  const error = explainAnswer(400, message, asked)
  expect(error).toMatchObject({ code: 'PRINCIPAL_NOT_FOUND', recovers: true })
  expect(error.message).toMatch(/^The group could not be changed: Microsoft Graph does not know /)
  expect(error.fix.commands).toEqual([
    'az ad group show --group the-group',
    expect.stringContaining(`az ad sp list --filter "id eq 'the-identity'"`),
  ])
  expect(explainAnswer(400, message).fix.commands).toEqual([])
})

it('a refusal has the code of the request, and names the missing permission', () => {
  const error = explainAnswer(403, 'Insufficient privileges.', {}, 'Authorization_RequestDenied')
  expect(error).toMatchObject({ code: 'GROUP_ACCESS_DENIED', recovers: false })
  expect(error.message).toContain('gh-deployer (object ID me)')
  expect(error.fix.text).toContain('GroupMember.ReadWrite.All')
  expect(error.fix.commands).toEqual(['az ad group member add'])
})

it('refusals by a proxy and all others are handled as for Azure Resource Manager', () => {
  expect(explainAnswer(403, '<html>', {}, '').code).toBe('AZURE_UNAVAILABLE')
  expect(explainAnswer(429, 'Slow.').code).toBe('THROTTLED')
  expect(explainAnswer(400, 'Something else.').code).toBe('AZURE_REFUSED')
})

describe("a group whose members can't be changed", () => {
  const own = 'az ad group member add --group the-group --member-id me'
  const explainGroup = (group: Group) => findExplanation(groupRules, group, { groupId: 'the-group', command: own })

  it('is refused, and the advice does not repeat the request in vain', () => {
    const groups: Group[] = [
      { onPremisesSyncEnabled: true },
      { groupTypes: ['Unified', 'DynamicMembership'] },
      { mailEnabled: true },
      { isAssignableToRole: true, displayName: 'Pullers' },
    ]
    const shown = groups.map(group => {
      const { code, sentence = '', fix } = explainGroup(group) ?? { fix: { text: '', commands: [] } }
      return [JSON.stringify(group), code, sentence, printFix(fix)].join('\n')
    })
    return expect(`${shown.join('\n\n')}\n`).toMatchFileSnapshot('refusals/a-group.txt')
  })

  it('is named on one line, whatever its name is', () => {
    expect(explainGroup({ displayName: 'Pull\n::error::x', mailEnabled: true })?.sentence).toMatch(
      /^the group Pull ::error::x is/,
    )
  })

  it.each<Group>([
    {},
    { groupTypes: [], isAssignableToRole: false, mailEnabled: false, onPremisesSyncEnabled: false },
    { groupTypes: null, isAssignableToRole: null, mailEnabled: null, onPremisesSyncEnabled: null },
    { groupTypes: ['Unified'] },
  ])('is none with %o', group => {
    expect(explainGroup(group)).toBeUndefined()
  })
})

it.each<[number, Partial<GraphAttempt>, string]>([
  [400, { groupId: 'the-group', objectId: 'the-identity' }, 'GROUP_ACCESS_DENIED'],
  [400, { groupId: 'the-group' }, 'AZURE_REFUSED'],
  [400, { objectId: 'the-identity' }, 'AZURE_REFUSED'],
  [422, { groupId: 'the-group', objectId: 'the-identity' }, 'AZURE_REFUSED'],
])(
  'an unknown refusal is about the group only if a member of it should be changed: %i, %o: %s',
  (status, asked, code) => {
    expect(explainAnswer(status, 'Something new.', asked).code).toBe(code)
  },
)

it.each([
  [
    'Cannot Update a mail-enabled security groups and or distribution list.',
    { mailEnabled: true, onPremisesSyncEnabled: false },
  ],
  [
    'Unable to update the specified properties for on-premises mastered Directory Sync objects.',
    { mailEnabled: false, onPremisesSyncEnabled: true },
  ],
  ['Something new.', { mailEnabled: false, onPremisesSyncEnabled: false }],
])('a refusal can say what kind of group it is: %s', (message, group) => {
  expect(readGroup(message)).toEqual(group)
})
