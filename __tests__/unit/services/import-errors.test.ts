import { RestError } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { parseImageRequest } from '../../../src/model/image.js'
import type { ObservedImage } from '../../../src/model/image.js'
import { explain } from '../../../src/services/arm/errors.js'
import { importRules, isVerdict } from '../../../src/services/arm/import-errors.js'
import { sampleRegistry } from '../../support/sample.js'

const caller = { objectId: 'object', type: 'ServicePrincipal' as const, name: 'gh-deployer' }
const digestOf429 = `sha256:${'429'.repeat(21)}a`

const explainImport = (thrown: unknown, image: ObservedImage) =>
  explain(
    thrown,
    {
      failure: 'nginx could not be imported',
      subject: image.request.text,
      scope: image.registry.id,
      action: 'Microsoft.ContainerRegistry/registries/importImage/action',
      notFound: 'REGISTRY_NOT_FOUND',
      caller,
      image,
    },
    importRules,
  )

function observe(line = 'nginx:1.27'): ObservedImage {
  const request = parseImageRequest(line)
  if (!request) throw new Error(line)
  return { request, registry: sampleRegistry(), present: 'no', notes: [] }
}

/** What the SDK throws for such an answer. */
function refuse(statusCode: number, code: string, message: string): RestError {
  return Object.assign(new RestError(message, { statusCode, code }), {
    response: { status: statusCode, bodyAsText: JSON.stringify({ error: { code, message } }) },
  })
}

// Texts: Azure/acr issues 181, 422, 449, 571, 632; azure-cli issue 10938.
describe('what Azure says of an import', () => {
  it.each([
    [409, 'Conflict', 'Tag nginx:v1 already exists in target registry.', 'IMAGE_CONFLICT'],
    [
      400,
      'InvalidParameters',
      `Unable to find manifest digest  Repo: docker.io/a Tag:  Manifest: ${digestOf429}`,
      'IMAGE_NOT_FOUND',
    ],
    [404, 'NotFound', 'StatusCode: 404, Details: {"errors":[{"code":"NAME_UNKNOWN"}]}', 'IMAGE_NOT_FOUND'],
    [400, 'InvalidParameters', 'StatusCode: 429, Reason: Too Many Requests', 'SOURCE_RATE_LIMITED'],
    [
      400,
      'InvalidParameters',
      'Invalid message Unauthorized Unauthorized {"errors":[{"code":"UNAUTHORIZED"}]}',
      'SOURCE_UNAUTHORIZED',
    ],
    [400, 'InvalidParameters', 'Access to contosoacr.azurecr.io denied.', 'IMPORT_FAILED'],
    [403, 'Forbidden', 'Access to contosoacr.azurecr.io was denied.', 'IMPORT_FAILED'],
    [
      400,
      'InvalidParameters',
      'Error copying blobs. The remote server may not be RFC 7233 compliant.',
      'IMPORT_FAILED',
    ],
    [400, 'InvalidParameters', 'Something else.', 'IMPORT_FAILED'],
  ])('%d %s "%s" is %s, and the end of it', (status, code, text, expected) => {
    const error = explainImport(refuse(status, code, text), observe())
    expect(error).toMatchObject({ code: expected, subject: 'nginx:1.27' })
    const why =
      expected === 'SOURCE_UNAUTHORIZED'
        ? 'docker.io/library/nginx:1.27 does not exist, or needs a sign-in, which Docker Hub does not tell apart: '
        : ''
    expect(error.message).toBe(`nginx could not be imported: ${why}${text}`)
    expect(isVerdict(error)).toBe(true)
  })

  it.each([
    [403, 'AuthorizationFailed', 'No.', 'AUTHORIZATION_FAILED'],
    [404, 'ResourceNotFound', 'The Resource was not found.', 'REGISTRY_NOT_FOUND'],
    [404, 'ResourceGroupNotFound', 'Resource group could not be found.', 'REGISTRY_NOT_FOUND'],
    [429, 'TooManyRequests', 'Too Many Requests', 'THROTTLED'],
    [503, 'ServiceUnavailable', 'Later.', 'AZURE_UNAVAILABLE'],
    [403, 'RequestDisallowedByPolicy', 'No.', 'POLICY_DENIED'],
    [409, 'ScopeLocked', 'Locked.', 'SCOPE_LOCKED'],
    [404, 'SubscriptionNotFound', 'No.', 'SUBSCRIPTION_NOT_FOUND'],
  ])('%d %s is not of the import, but %s as everywhere', (status, code, text, expected) => {
    const error = explainImport(refuse(status, code, text), observe())
    expect(error.code).toBe(expected)
    expect(isVerdict(error)).toBe(false)
  })

  it.each([
    ['nginx:1.27', 'Docker Hub limits pulls'],
    ['quay.io/team/app:v1', 'Run the step again later'],
  ])('a rate limit for %s: %s', (line, text) => {
    expect(explainImport(refuse(400, 'InvalidParameters', 'TOOMANYREQUESTS'), observe(line)).fix.text).toContain(text)
  })
})
