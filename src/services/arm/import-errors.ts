import { acrCommand } from '../../model/az-commands.js'
import type { ActionError, AzureAnswer, ErrorCode } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import { fixes, formatImageSource, type ObservedImage } from '../../model/image.js'
import type { Rule } from '../../model/rule.js'
import { isCode } from './answer.js'
import type { ArmAttempt } from './attempt.js'
import { armRules, isBusy } from './errors.js'

/** What an import is about, so that its error can say so. */
export type ImportAttempt = ArmAttempt & { image: ObservedImage }

/**
 * The refusals of the import service, whatever their status. No page lists them, so they come from the issues of Azure/acr and azure-cli.
 * Missing permissions, throttling and the like are those of Azure Resource Manager.
 */
export const importRules: Rule<AzureAnswer, ImportAttempt>[] = [
  {
    when: saying(/already exists in target registry/i),
    code: 'IMAGE_CONFLICT',
    fix: (_, { image: { present } }) =>
      fix(
        present === 'unknown'
          ? `${fixes.conflict} What is there could not be read, as the note says; where it can, the same image is no conflict.`
          : fixes.conflict,
      ),
  },
  {
    when: saying(/cache rule/i),
    code: 'IMPORT_FAILED',
    sentence: ({ message }, { image: { request, registry } }) =>
      `a cache rule of ${registry.name} fills the repository ${request.repository}, and nothing else may write to it: ${message}`,
    fix: (_, { image: { request, registry } }) =>
      fix(
        `Import it into another repository (… => other/${request.repository}), or pull it from that repository, which makes the cache rule fetch it. The rules:`,
        acrCommand('cache list', registry.id, '--output table'),
      ),
  },
  {
    // Azure Container Registry makes one change of a registry at a time.
    when: answer => isBusy(answer) || (answer.status === 409 && /try again/i.test(answer.message)),
    code: 'IMPORT_FAILED',
    recovers: true,
    fix: () => fix('The registry is busy with another operation. Run the step again later, or with a longer timeout.'),
  },
  {
    when: ofImport(/StatusCode: 429|TOOMANYREQUESTS|Too Many Requests|rate limit|EnforceDockerAuthentication/i),
    code: 'SOURCE_RATE_LIMITED',
    fix: (_, { image: { request } }) =>
      fix(
        request.source.host === 'docker.io'
          ? 'Docker Hub limits pulls without an account. Give source-username and source-password (an access token), as secrets.'
          : 'Run the step again later, or give source-username and source-password, as secrets.',
      ),
  },
  {
    when: saying(/RFC 7233/i),
    code: 'IMPORT_FAILED',
    fix: () =>
      fix(
        'The source registry does not answer range requests, which importing needs. Pull and push the image instead.',
      ),
  },
  {
    when: saying(/client with IP|Access to \S+ (was )?denied|aka\.ms\/acr\/firewall|not allowed access/i),
    code: 'IMPORT_FAILED',
    fix: (_, { image: { registry, sourceRegistry } }) =>
      fix(
        'A firewall stands between the registries. Name a source in Azure by its resource ID, and let trusted services of Azure pass, which opens ' +
          'the registry to them:',
        ...[sourceRegistry, registry].flatMap(each =>
          each ? acrCommand('update', each.id, '--allow-trusted-services true') : [],
        ),
      ),
  },
  {
    when: saying(/\b50 manifests|too many manifests|exceeds? the (maximum|limit)[^.]{0,80}manifest/i),
    code: 'IMPORT_FAILED',
    fix: () =>
      fix('An import takes images of up to 50 manifests. Import the platforms that are needed one by one, by digest.'),
  },
  {
    when: ofImport(/manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|Unable to find manifest|StatusCode: 404|not found/i),
    code: 'IMAGE_NOT_FOUND',
    fix: () => fix(fixes.missing),
  },
  {
    when: ofImport(
      /UNAUTHORIZED|authentication required|access (to the resource )?is denied|StatusCode: 40[13]|Invalid message Unauthorized/i,
    ),
    code: 'SOURCE_UNAUTHORIZED',
    sentence: ({ message }, { image: { request } }) =>
      request.source.host === 'docker.io'
        ? `${formatImageSource(request.source)} does not exist, or needs a sign-in, which Docker Hub does not tell apart: ${message}`
        : message,
    fix: () =>
      fix(
        'Check the name of the image. If it is private, give source-username and source-password (for a token alone, only the password), as secrets. A source in Azure needs neither when it is ' +
          'named by its resource ID and the signed-in identity has AcrPull there.',
      ),
  },
  {
    when: answer => isOfImport(answer),
    code: 'IMPORT_FAILED',
    fix: () => fix('What Azure says is above. Trying the same with az acr import may say more.'),
  },
  ...armRules,
]

/** A text that can only be about the import, whatever its status. */
function saying(pattern: RegExp) {
  return ({ message }: AzureAnswer): boolean => pattern.test(message)
}

/** A text that is about the import only where nothing else explains the answer. */
function ofImport(pattern: RegExp) {
  return (answer: AzureAnswer): boolean => isOfImport(answer) && pattern.test(answer.message)
}

/** Whether an answer comes from the import service, and not from Azure Resource Manager itself. */
function isOfImport(answer: AzureAnswer): boolean {
  const { status = 0 } = answer
  if (status === 404) return !isCode(answer, 'ResourceNotFound', 'ResourceGroupNotFound', 'SubscriptionNotFound')
  const isOwn = isCode(answer, ...armCodes)
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 429].includes(status) && !isOwn
}

// The codes of a 4xx that have a rule among those of Azure Resource Manager.
const armCodes = ['MissingSubscriptionRegistration', 'ScopeLocked', 'InvalidSubscriptionId']

const verdicts: ErrorCode[] = [
  'IMAGE_CONFLICT',
  'IMAGE_NOT_FOUND',
  'IMPORT_FAILED',
  'SOURCE_RATE_LIMITED',
  'SOURCE_UNAUTHORIZED',
]

/** Whether the error is the end of the import itself, not of a question about it. */
export function isVerdict({ code }: ActionError): boolean {
  return verdicts.includes(code)
}
