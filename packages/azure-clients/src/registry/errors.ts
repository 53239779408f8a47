import {
  acrCommand,
  createRoleAssignmentCommand,
  listTagsCommand,
  nameImageRequest,
  pullRole,
  shortDigest,
} from 'azure'
import type { ObservedImage, Registry } from 'azure'
import type { ActionError, AzureAnswer } from 'kernel'
import { briefly } from 'kernel'
import { armRules } from '../arm/errors.js'
import type { Attempt } from '../ask.js'
import { rule, type Rule } from '../rule.js'

/** Refusals of a registry's data plane; for others, the rules of Azure Resource Manager apply. */
export const registryRules: Rule<AzureAnswer, Attempt & { registry: Registry; repository: string }>[] = [
  rule(
    answer => answer.status === 404 && isOfRegistry(answer),
    { code: 'IMAGE_NOT_FOUND', sentence: 'it does not exist' },
    ({ code }, { registry, repository }) =>
      briefly(
        'Push or import it before you deploy, or correct its name.',
        'To list what the registry has:',
        code === 'NAME_UNKNOWN'
          ? acrCommand('repository list', registry.id, '--output table')
          : listTagsCommand(registry.id, repository),
      ),
  ),
  rule(
    404,
    {
      code: 'AZURE_UNAVAILABLE',
      sentence: (_, { registry }) =>
        `something between the runner and ${registry.name} answered in its place (HTTP 404)`,
    },
    (_, { registry }) =>
      briefly(
        'Let the runner reach the registry itself: check proxies, gateways and DNS in between.',
        'To see where it is:',
        acrCommand(
          'show',
          registry.id,
          '--query "{loginServer: loginServer, publicNetworkAccess: publicNetworkAccess}"',
        ),
      ),
  ),
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
    (_, { registry }) =>
      briefly(
        'Allow the address of the runner in the firewall of the registry.',
        'To list the allowed addresses:',
        acrCommand('network-rule list', registry.id, '--output table'),
      ),
  ),
  ...armRules,
]

/** Whether a registry itself says that it does not have an image. */
export function isMissing(error: ActionError): boolean {
  return error.kind === 'missing' && isOfRegistry(error.azure ?? {})
}

/**
 * Whether an answer is the registry's. A proxy or gateway in between, which answers without Azure's headers and perhaps with a code of its own, knows nothing
 * about images; the codes of registries end in `_UNKNOWN` (distribution-spec, "Error Codes").
 */
function isOfRegistry({ isForeign, code = '', correlationId }: Partial<AzureAnswer>): boolean {
  return isForeign !== true && (code === '' || correlationId !== undefined || /^[A-Z]+_UNKNOWN$/i.test(code))
}

/** The note about an image whose digest can't be read, at its source or in its registry. */
export function describeUnreadable(
  { request, registry }: Pick<ObservedImage, 'request' | 'registry'>,
  why: string,
): string {
  return shortDigest(`the digest of ${nameImageRequest(request)} on ${registry.name} can't be read: ${why}`)
}
