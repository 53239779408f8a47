import { expect, it } from 'vitest'
import { explain } from '../../../src/services/arm/errors.js'
import { graphRules, type GraphAttempt } from '../../../src/services/graph/errors.js'
import { restError } from '../../support/rest-error.js'

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
