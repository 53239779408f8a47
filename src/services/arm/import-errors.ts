import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort, type ErrorCode } from '../../model/error.js'
import { describeImage, fixes, type ObservedImage } from '../../model/image.js'
import { azureCode, azureMessage, explain } from './errors.js'

interface Rule {
  /** What the registry says of a failed import; seen in the issues of Azure/acr and azure-cli, for no page lists them. */
  says: RegExp
  /** Whether the text can't be of anything but the import, whatever the status that it comes with. */
  isPlain?: true
  code: ErrorCode
  fix: (image: ObservedImage) => string
}

/** What the import service says, what we call it, and what to do. The first rule that fits counts. */
const rules: Rule[] = [
  {
    says: /already exists in target registry/i,
    isPlain: true,
    code: 'IMAGE_CONFLICT',
    fix: ({ present }) =>
      present === 'unknown'
        ? `${fixes.conflict} What is there could not be read, as the note says; where it can, the same image is no conflict.`
        : fixes.conflict,
  },
  {
    says: /StatusCode: 429|TOOMANYREQUESTS|Too Many Requests|rate limit|EnforceDockerAuthentication/i,
    code: 'SOURCE_RATE_LIMITED',
    fix: ({ request }) =>
      request.source.host === 'docker.io'
        ? 'Docker Hub limits pulls without an account. Give source-username and source-password (an access token), as secrets.'
        : 'Run the step again later, or give source-username and source-password, as secrets.',
  },
  {
    says: /RFC 7233/i,
    isPlain: true,
    code: 'IMPORT_FAILED',
    fix: () =>
      'The source registry does not answer range requests, which importing needs. Pull and push the image instead.',
  },
  {
    says: /client with IP|Access to \S+ (was )?denied|aka\.ms\/acr\/firewall|not allowed access/i,
    isPlain: true,
    code: 'IMPORT_FAILED',
    fix: () =>
      'A firewall stands between the registries. Name a source in Azure by its resource ID, and let trusted services pass:\n' +
      '  az acr update --name <registry> --allow-trusted-services true',
  },
  {
    says: /\b50 manifests|too many manifests|exceeds? the (maximum|limit).*manifest/i,
    isPlain: true,
    code: 'IMPORT_FAILED',
    fix: () =>
      'An import takes images of up to 50 manifests. Import the platforms that are needed one by one, by digest.',
  },
  {
    says: /manifest unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN|Unable to find manifest|StatusCode: 404|not found/i,
    code: 'IMAGE_NOT_FOUND',
    fix: () => fixes.missing,
  },
  {
    says: /UNAUTHORIZED|authentication required|access (to the resource )?is denied|StatusCode: 40[13]|Invalid message Unauthorized/i,
    code: 'SOURCE_UNAUTHORIZED',
    fix: () =>
      'Give source-username and source-password (for a token alone, only the password), as secrets. A source in Azure needs neither when it is ' +
      'named by its resource ID and the signed-in identity has AcrPull there.',
  },
]

/** The contract's error for an image that could not be imported. */
export function explainImport(thrown: unknown, image: ObservedImage, caller: Caller): ActionError {
  const { registry, request } = image
  const failure = `${describeImage(image)} could not be imported`
  const explained = explain(thrown, {
    failure,
    subject: registry.name,
    scope: registry.id,
    action: 'Microsoft.ContainerRegistry/registries/importImage/action',
    notFound: 'REGISTRY_NOT_FOUND',
    caller,
  })
  const said = azureMessage(thrown)
  if (isAbort(thrown) || !said) return explained
  // Missing permissions, throttling by ARM and the like are told as everywhere.
  const isOfImport =
    explained.code === 'UNEXPECTED' || (explained.code === 'REGISTRY_NOT_FOUND' && !isOfResource(thrown))
  const rule = rules.find(({ says, isPlain }) => (isOfImport || isPlain) && says.test(said))
  if (!rule && !isOfImport) return explained
  const details = { subject: request.text, cause: thrown, ...(explained.azure && { azure: explained.azure }) }
  const fix = rule?.fix(image) ?? 'What Azure says is above. Try the same with az acr import for more.'
  return new ActionError(rule?.code ?? 'IMPORT_FAILED', `${failure}: ${said}`, { ...details, fix })
}

/** Whether it is the registry or its resource group that is gone, not an image. */
function isOfResource(thrown: unknown): boolean {
  return /^Resource(Group)?NotFound$/i.test(azureCode(thrown) ?? '')
}

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
