import { describe, expect, it } from 'vitest'
import { parseImageRequest, type ObservedImage } from 'azure'
import { ActionError } from 'kernel'
import { restError } from '../../../__tests__/support/rest-error.js'
import { sampleRegistry } from '../../../__tests__/support/sample.js'
import { importRules, isVerdict } from '../src/arm/import-errors.js'
import { explain } from '../src/ask.js'

const caller = { objectId: 'object', type: 'ServicePrincipal' as const, name: 'gh-deployer' }
const digestOf429 = `sha256:${'429'.repeat(21)}a`

const explainImport = (thrown: unknown, image: ObservedImage, isSignedIn = false) =>
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
      isSignedIn,
    },
    importRules,
  )

function observe(line = 'nginx:1.27'): ObservedImage {
  const request = parseImageRequest(line)
  if (!request) throw new Error(line)
  return { request, registry: sampleRegistry(), present: { kind: 'missing' }, notes: [] }
}

const refuse = (status: number, code: string, message: string) => restError(status, { error: { code, message } })

// Texts: Azure/acr issues 181, 422, 449, 571, 632; azure-cli issue 10938.
const disallowed = 'The operation is disallowed on this registry, repository or image.'

describe('an answer to an import', () => {
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
    // As registries refuse pushes to what is locked against writes.
    [405, 'REGISTRY_DISALLOWED_OPERATION', disallowed, 'IMPORT_FAILED'],
    [409, 'Conflict', disallowed, 'IMPORT_FAILED'],
  ])('%d %s "%s" is %s, and ends the import', (status, code, text, expected) => {
    const error = explainImport(refuse(status, code, text), observe())
    expect(error).toMatchObject({ code: expected, subject: 'nginx:1.27' })
    expect(error.message).toContain(text)
    expect(isVerdict(error)).toBe(true)
  })

  it.each([
    ['StatusCode: 429', 'nginx:1.27', "Docker Hub's pull limit is reached: nginx:1.27 was not imported."],
    [
      'StatusCode: 429',
      'quay.io/team/app:v1',
      'The pull limit of quay.io is reached: quay.io/team/app:v1 was not imported.',
    ],
    [
      'StatusCode: 401',
      'ghcr.io/octo-org/private:1',
      'ghcr.io refuses to let Azure read octo-org/private:1 without a sign-in.',
    ],
    ['StatusCode: 401', 'ngnix:1.27', 'docker.io/library/ngnix:1.27 does not exist, or is private.'],
    ['StatusCode: 404', 'ngnix:1.27', 'docker.io/library/ngnix:1.27 does not exist, or is private.'],
  ])('with %s for %s is one sentence, with the raw text as a quote', (text, line, statement) => {
    const raw = `An error occurred when getting manifest. ${text}, Reason: x, Details: {"errors":[]}`
    const error = explainImport(refuse(400, 'InvalidParameters', raw), observe(line))
    expect(error).toMatchObject({ quote: { statement, text: raw }, message: `${statement} Azure said: ${raw}` })
    expect(`${error.reason}.`).toBe(statement)
  })

  it('that refuses the given credentials does not ask for a sign-in', () => {
    const thrown = refuse(400, 'InvalidParameters', 'StatusCode: 401')
    for (const [line, read] of [
      ['nginx:1.27', 'docker.io refuses to let Azure read library/nginx:1.27'],
      ['ghcr.io/octo-org/private:1', 'ghcr.io refuses to let Azure read octo-org/private:1'],
    ] as const)
      expect(explainImport(thrown, observe(line), true).quote?.statement).toBe(
        `${read} with source-username and source-password.`,
      )
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
    [404, 'ParentResourceNotFound', 'No.', 'REGISTRY_NOT_FOUND'],
  ])('%d %s does not come from the import service and is %s', (status, code, text, expected) => {
    const error = explainImport(refuse(status, code, text), observe())
    expect(error.code).toBe(expected)
    expect(isVerdict(error)).toBe(false)
  })

  it('that Azure Resource Manager gives itself is not about the image', () => {
    const body = { error: { code: 'InvalidResourceName', message: 'No.' } }
    const codeOf = (headers: Record<string, string>) => explainImport(restError(400, body, headers), observe()).code
    expect(codeOf({ 'x-ms-failure-cause': 'gateway' })).toBe('AZURE_REFUSED')
    expect(codeOf({ 'x-ms-failure-cause': 'service' })).toBe('IMPORT_FAILED')
  })

  it.each([
    ['nginx:1.27', 'Docker Hub limits pulls'],
    ['quay.io/team/app:v1', 'Re-run the step later'],
  ])('a rate limit for %s: %s', (line, text) => {
    expect(explainImport(refuse(400, 'InvalidParameters', 'TOOMANYREQUESTS'), observe(line)).fix.text).toContain(text)
  })
})

describe('the advice about an import', () => {
  it('with a conflict depends on whether the existing image could be read', () => {
    const text = 'Tag nginx:v1 already exists in target registry.'
    const fixOf = (present: ObservedImage['present']) =>
      explainImport(refuse(409, 'Conflict', text), { ...observe(), present }).fix.text
    expect(fixOf({ kind: 'missing' })).toBe('Choose another tag, or set force-import: true to overwrite it.')
    expect(fixOf({ kind: 'unknown', error: new ActionError('AZURE_UNAVAILABLE', 'no') })).toContain(
      'The existing image could not be read',
    )
  })

  it('into a repository with a cache rule offers another repository', () => {
    const error = explainImport(refuse(400, 'InvalidParameters', 'A cache rule exists.'), observe())
    expect(error.code).toBe('IMPORT_FAILED')
    expect(error.message).toContain('a cache rule of contosoacr fills the repository library/nginx')
    expect(error.fix.text).toContain('other/library/nginx')
  })

  it.each([
    [409, 'The registry is busy.', true],
    [409, 'Please try again.', true],
    [409, 'The registry is not ready.', true],
    [400, 'Please try again.', false],
    [409, 'No.', false],
  ])('refused with %i "%s" advises to wait: %s', (status, text, recovers) => {
    expect(explainImport(refuse(status, 'Conflict', text), observe())).toMatchObject({
      code: 'IMPORT_FAILED',
      recovers,
    })
  })

  it('blocked by a firewall advises to allow trusted services, at a source in Azure and at the target', () => {
    const subscription = '/subscriptions/11111111-2222-4333-8444-555555555555'
    const found = (name: string) => ({
      ...sampleRegistry(name),
      id: sampleRegistry(name).id.replace('/subscriptions/s', subscription),
    })
    const commandsOf = (more: Partial<ObservedImage>) =>
      explainImport(refuse(400, 'InvalidParameters', 'client with IP 1.2.3.4'), { ...observe(), ...more }).fix.commands
    const command = (name: string) =>
      expect.stringContaining(`az acr update --name ${name} --allow-trusted-services`) as string
    expect(commandsOf({ registry: found('contosoacr') })).toEqual([command('contosoacr')])
    expect(commandsOf({ registry: found('contosoacr'), sourceRegistry: found('sourceacr') })).toEqual([
      command('sourceacr'),
      command('contosoacr'),
    ])
  })

  it('that fails with another status than 4xx does not come from the import service', () => {
    expect(explainImport(refuse(500, 'X', 'manifest unknown'), observe()).code).toBe('AZURE_UNAVAILABLE')
    expect(explainImport(refuse(302, 'X', 'manifest unknown'), observe()).code).toBe('AZURE_UNAVAILABLE')
  })
})
