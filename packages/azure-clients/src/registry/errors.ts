import { acrCommand, createRoleAssignmentCommand, listTagsCommand, nameOf, pullRole, shortDigest } from 'azure'
import type { ObservedImage, Registry } from 'azure'
import type { ActionError, AzureAnswer } from 'kernel'
import { armRules } from '../arm/errors.js'
import type { Attempt } from '../ask.js'
import { rule, type Rule } from '../rule.js'

/** Refusals of a registry's data plane; for others, the rules of Azure Resource Manager apply. */
export const registryRules: Rule<AzureAnswer, Attempt & { registry: Registry; repository: string }>[] = [
  rule(404, { code: 'IMAGE_NOT_FOUND', sentence: 'it does not exist' }, ({ code }, { registry, repository }) => [
    'Push or import it before you deploy, or correct its name. To list what the registry has:',
    // NAME_UNKNOWN means that the repository doesn't exist, so its tags can't be listed (distribution-spec, "Error Codes").
    code === 'NAME_UNKNOWN'
      ? acrCommand('repository list', registry.id, '--output table')
      : listTagsCommand(registry.id, repository),
  ]),
  rule(
    401,
    {
      code: 'AUTHORIZATION_FAILED',
      sentence: (_, { registry }) => `the signed-in identity lacks ${pullRole(registry).name} on ${registry.name}`,
    },
    (_, { caller, registry }) => [
      'Assign the role:',
      createRoleAssignmentCommand({ ...caller, role: pullRole(registry).name, scope: registry.id }),
    ],
  ),
  rule(
    ({ status, isForeign }) => status === 403 && isForeign !== true,
    {
      code: 'AUTHORIZATION_FAILED',
      sentence: (_, { registry }) => `the firewall of ${registry.name} blocks the runner`,
    },
    (_, { registry }) => [
      'Allow the address of the runner in the firewall of the registry. To list the allowed addresses:',
      acrCommand('network-rule list', registry.id, '--output table'),
    ],
  ),
  ...armRules,
]

/**
 * Whether a registry itself says that it does not have an image. A proxy or gateway in between, which answers without Azure's headers and perhaps with a
 * code of its own, knows nothing about that; the codes of registries end in `_UNKNOWN` (distribution-spec, "Error Codes").
 */
export function isMissing(error: ActionError): boolean {
  const { isForeign, code = '', correlationId } = error.azure ?? {}
  const isOwn = code === '' || correlationId !== undefined || /^[A-Z]+_UNKNOWN$/i.test(code)
  return error.kind === 'missing' && isForeign !== true && isOwn
}

/** The note about an image whose digest can't be read, at its source or in its registry. */
export function describeUnreadable(
  { request, registry }: Pick<ObservedImage, 'request' | 'registry'>,
  why: string,
): string {
  return shortDigest(`the digest of ${nameOf(request)} on ${registry.name} can't be read: ${why}`)
}
