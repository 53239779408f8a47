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

it('a refusal names a caller whose token is not readable without an object ID', () => {
  const caller = { ...attempt.caller, objectId: '' }
  const { message } = explainAnswer(403, 'Insufficient privileges.', { caller }, 'Authorization_RequestDenied')
  expect(message).toContain('gh-deployer lacks a permission')
})

it('refusals by a proxy and all others are handled as for Azure Resource Manager', () => {
  expect(explainAnswer(403, '<html>', {}, '').code).toBe('AZURE_UNAVAILABLE')
  expect(explainAnswer(429, 'Slow.').code).toBe('THROTTLED')
  expect(explainAnswer(400, 'Something else.').code).toBe('AZURE_REFUSED')
})

describe("a group whose members can't be changed", () => {
  const create = 'az ad group create --display-name acr-pullers --mail-nickname acr-pullers --query id --output tsv'
  const own = 'az ad group member add --group the-group --member-id me'
  const explainGroup = (group: Group) => findExplanation(groupRules, group, { groupId: 'the-group', command: own })

  it.each<[Group, string, string, string]>([
    [
      { onPremisesSyncEnabled: true },
      'is synchronised from an on-premises directory, where its members are managed',
      "A managed identity can't be a member there. Or use",
      create,
    ],
    [
      { groupTypes: ['Unified', 'DynamicMembership'] },
      'has dynamic membership: a rule decides who its members are',
      'Change the rule so that it includes the identity. Or use',
      create,
    ],
    [
      { mailEnabled: true },
      "is mail-enabled, and Microsoft Graph can't change the members of such groups",
      'Its members are managed in Exchange, which has no managed identities. Or use',
      create,
    ],
    [
      { isAssignableToRole: true },
      'is role-assignable, so its members could become administrators',
      'Changing its members also needs the application permission RoleManagement.ReadWrite.Directory',
      own,
    ],
  ])('with %o is refused, and the advice does not repeat the request in vain', (group, why, advice, command) => {
    const explained = explainGroup({ displayName: 'Pullers', ...group })
    expect(explained).toMatchObject({
      code: 'GROUP_ACCESS_DENIED',
      recovers: false,
      sentence: `the group Pullers ${why}`,
    })
    expect(explained?.fix.text.startsWith(advice)).toBe(true)
    expect(explained?.fix.commands).toEqual([command])
    expect(explainGroup({ displayName: null, ...group })?.sentence).toBe(`the group the-group ${why}`)
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
