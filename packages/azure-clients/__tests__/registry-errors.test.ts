import { RestError } from '@azure/core-rest-pipeline'
import { expect, it } from 'vitest'
import { parseImageRequest } from 'azure'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { explain } from '../src/ask.js'
import { describeUnreadable, registryRules } from '../src/registry/errors.js'

const subscription = '/subscriptions/11111111-2222-4333-8444-555555555555'
const registry = { ...sampleRegistry(), id: sampleRegistry().id.replace('/subscriptions/s', subscription) }

function explainAnswer(statusCode: number, code: string, mode: 'RBAC' | 'ABAC' = 'RBAC') {
  const response = { status: statusCode, bodyAsText: code && JSON.stringify({ errors: [{ code, message: 'No.' }] }) }
  const thrown = Object.assign(new RestError('No.', { statusCode, ...(code && { code }) }), { response })
  const attempt = {
    failure: 'The image could not be read',
    subject: 'app:1',
    scope: registry.id,
    action: 'pull',
    caller: { type: 'ServicePrincipal' as const, objectId: 'me', name: 'gh-deployer' },
    registry: { ...registry, roleAssignmentMode: mode },
    repository: 'team/app',
  }
  return explain(thrown, attempt, registryRules)
}

it.each([
  ['MANIFEST_UNKNOWN', 'az acr repository show-tags'],
  ['NAME_UNKNOWN', 'az acr repository list --name contosoacr'],
])('404 %s means a missing image, and the fix lists existing ones: %s', (code, command) => {
  const error = explainAnswer(404, code)
  expect(error).toMatchObject({ code: 'IMAGE_NOT_FOUND', message: 'The image could not be read: it does not exist' })
  expect(error.fix.commands).toEqual([expect.stringContaining(command)])
})

it('404 of something in between says nothing about the image', () => {
  for (const code of ['', 'NOT_FOUND', 'NotFound']) {
    const error = explainAnswer(404, code)
    expect(error).toMatchObject({ code: 'AZURE_UNAVAILABLE', subject: 'app:1' })
    expect(error.message).toContain('answered in its place (HTTP 404)')
    expect(error.message).not.toContain('does not exist')
  }
})

it.each([
  ['RBAC', 'AcrPull'],
  ['ABAC', 'Container Registry Repository Reader'],
] as const)('401 means a missing role, in the mode %s %s', (mode, role) => {
  const error = explainAnswer(401, 'UNAUTHORIZED', mode)
  expect(error.code).toBe('AUTHORIZATION_FAILED')
  expect(error.message).toContain(`the signed-in identity lacks ${role} on contosoacr`)
  expect(error.fix.commands).toEqual([expect.stringContaining('--assignee-object-id me')])
  expect(error.fix.commands[0]).toContain(role)
  expect(error.fix.commands[0]).toContain(`--scope ${registry.id}`)
})

it("403 means the registry's firewall, unless it comes from a proxy", () => {
  const error = explainAnswer(403, 'DENIED')
  expect(error.code).toBe('AUTHORIZATION_FAILED')
  expect(error.message).toContain('the firewall of contosoacr blocks the runner')
  expect(error.fix.commands).toEqual([expect.stringContaining('az acr network-rule list --name contosoacr')])
  expect(explainAnswer(403, '').code).toBe('AZURE_UNAVAILABLE')
})

it('the rules of Azure Resource Manager apply to all else', () => {
  expect(explainAnswer(429, 'TOOMANYREQUESTS').code).toBe('THROTTLED')
  expect(explainAnswer(400, 'Strange').code).toBe('AZURE_REFUSED')
})

it('an unreadable image is named with the reason and short digests', () => {
  const request = parseImageRequest(`docker.io/library/nginx@sha256:${'a'.repeat(64)}`)
  if (!request) throw new Error('the request is well-formed')
  expect(describeUnreadable({ request, registry }, 'no way')).toBe(
    "the digest of library/nginx@sha256:aaaaaaaaaaaa… on contosoacr can't be read: no way",
  )
})
