import { acrCommand, fixes, formatImageSource, nameSource } from 'azure'
import type { ImageSource, ObservedImage } from 'azure'
import { briefly, type ActionError, type AzureAnswer, clauseOf } from 'kernel'
import type { Attempt } from '../ask.js'
import { armRules, isBusy } from './errors.js'
import { isCode, rule, type Rule } from '../rule.js'

interface ImportAttempt extends Attempt {
  image: ObservedImage
  /** Whether the request has credentials for the source. */
  isSignedIn: boolean
}

/**
 * Refusals of the import service, before those of Azure Resource Manager. No documentation lists them; their texts come from issues of Azure/acr
 * and azure-cli. Texts without `ofImport` can only come from the import service, with any status.
 */
export const importRules: Rule<AzureAnswer, ImportAttempt>[] = [
  rule(/already exists in target registry/i, 'IMAGE_CONFLICT', (_, { image: { present } }) =>
    present.kind === 'unknown'
      ? `${fixes.conflict} The existing image could not be read (see the note); if it could, the same image would not be a conflict.`
      : fixes.conflict,
  ),
  rule(
    /cache rule/i,
    {
      code: 'IMPORT_FAILED',
      sentence: ({ message }, { image: { request, registry } }) =>
        `a cache rule of ${registry.name} fills the repository ${request.repository}, and nothing else may write to it: ${clauseOf(message)}`,
    },
    (_, { image: { request, registry } }) =>
      briefly(
        `Import the image into another repository (… => other/${request.repository}), or pull it from this one, and the cache rule fetches it.`,
        `The cache rules:`,
        acrCommand('cache list', registry.id, '--output table'),
      ),
  ),
  rule(
    // Azure Container Registry allows one change per registry at a time.
    answer => isBusy(answer) || (answer.status === 409 && /try again|not (yet )?ready/i.test(answer.message)),
    { code: 'IMPORT_FAILED', recovers: true },
    briefly('The registry is busy with another operation.', 'Re-run the step later, or with a longer timeout.'),
  ),
  rule(
    ofImport(/StatusCode: 429|TOOMANYREQUESTS|Too Many Requests|rate limit|EnforceDockerAuthentication/i),
    {
      code: 'SOURCE_RATE_LIMITED',
      statement: (_, { image: { request } }) =>
        `${request.source.host === 'docker.io' ? "Docker Hub's pull limit" : `The pull limit of ${hostOf(request.source)}`} is reached: ${nameSource(request)} was not imported`,
    },
    (_, { image: { request } }) =>
      request.source.host === 'docker.io'
        ? 'Set source-username and source-password (an access token) from secrets: Docker Hub limits pulls without an account.'
        : 'Re-run the step later, or set source-username and source-password from secrets.',
  ),
  rule(
    /RFC 7233/i,
    'IMPORT_FAILED',
    briefly(
      'The source registry does not support range requests, which an import needs.',
      'Pull and push the image instead.',
    ),
  ),
  rule(
    /client with IP|Access to \S+ (was )?denied|aka\.ms\/acr\/firewall|not allowed access/i,
    'IMPORT_FAILED',
    (_, { image: { registry, sourceRegistry } }) => [
      'A firewall is between the registries: if the source is in Azure, give its resource ID, and allow trusted Azure services, which opens the ' +
        'registry to them:',
      ...[sourceRegistry, registry].flatMap(each =>
        each ? acrCommand('update', each.id, '--allow-trusted-services true') : [],
      ),
    ],
  ),
  rule(
    /\b50 manifests|too many manifests|exceeds? the (maximum|limit)[^.]{0,80}manifest/i,
    'IMPORT_FAILED',
    briefly(
      'An image can have at most 50 manifests to be imported.',
      'Import only the platforms you need, one by one, by digest.',
    ),
  ),
  rule(
    ofImport(/manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|Unable to find manifest|StatusCode: 404|not found/i),
    {
      code: 'IMAGE_NOT_FOUND',
      statement: (_, { image: { request, sourceRegistry } }) =>
        `${formatImageSource(request.source)} does not exist${sourceRegistry ? '' : ', or is private'}`,
    },
    fixes.missing,
  ),
  rule(
    ofImport(
      /UNAUTHORIZED|authentication required|access (to the resource )?is denied|StatusCode: 40[13]|Invalid message Unauthorized/i,
    ),
    {
      code: 'SOURCE_UNAUTHORIZED',
      statement: (_, { image: { request }, isSignedIn }) => {
        const { host } = request.source
        // Docker Hub answers the same for both.
        if (host === 'docker.io' && !isSignedIn)
          return `${formatImageSource(request.source)} does not exist, or is private`
        const name = formatImageSource(request.source).slice(hostOf(request.source).length + 1)
        return `${hostOf(request.source)} refuses to let Azure read ${name} ${isSignedIn ? 'with source-username and source-password' : 'without a sign-in'}`
      },
    },
    briefly(
      'Check the name of the image; if it is private, set source-username and source-password from secrets.',
      'For a token without a user name, set only the password. A source in Azure needs neither if you give its resource ID and the signed-in identity has AcrPull there.',
    ),
  ),
  rule(
    isOfImport,
    'IMPORT_FAILED',
    briefly("See Azure's message above.", 'Running az acr import may show more detail.'),
  ),
  ...armRules,
]

function hostOf({ registryId, host }: ImageSource): string {
  return registryId?.name ?? host
}

/** Matches texts that other services use too, only in answers of the import service. */
function ofImport(pattern: RegExp) {
  return (answer: AzureAnswer): boolean => isOfImport(answer) && pattern.test(answer.message)
}

/** Whether the import service answered, and not Azure Resource Manager itself. */
function isOfImport(answer: AzureAnswer): boolean {
  const { status = 0, isGateways } = answer
  if (isGateways) return false
  if (status === 404) return !isCode(answer, ...armMissing)
  const isOwn = isCode(answer, ...armCodes)
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 429].includes(status) && !isOwn
}

const armMissing = ['ResourceNotFound', 'ParentResourceNotFound', 'ResourceGroupNotFound', 'SubscriptionNotFound']

// Codes of other 4xx answers that armRules explain.
const armCodes = ['MissingSubscriptionRegistration', 'ScopeLocked', 'InvalidSubscriptionId']

const verdicts: ActionError['code'][] = [
  'IMAGE_CONFLICT',
  'IMAGE_NOT_FOUND',
  'IMPORT_FAILED',
  'SOURCE_RATE_LIMITED',
  'SOURCE_UNAUTHORIZED',
]

/** Whether an error means that the import itself failed, and not a request for its status. */
export function isVerdict({ code }: ActionError): boolean {
  return verdicts.includes(code)
}
