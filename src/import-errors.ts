import { azureMessage, explain, isNotFound, type Caller } from './azure-errors.js'
import { ActionError, isAbort, type ErrorCode } from './errors.js'
import { describeImage, fixes, type ObservedImage } from './images.js'

interface Rule {
  /** What the registry says of a failed import; seen in the issues of Azure/acr and azure-cli, for no page lists them. */
  says: RegExp
  code: ErrorCode
  fix: (image: ObservedImage) => string
}

/** What the import service says, what we call it, and what to do. The first rule that fits counts. */
const rules: Rule[] = [
  {
    says: /already exists in target registry/i,
    code: 'IMAGE_CONFLICT',
    fix: () => fixes.conflict,
  },
  {
    says: /429|TOOMANYREQUESTS|Too Many Requests|rate limit|EnforceDockerAuthentication/i,
    code: 'SOURCE_RATE_LIMITED',
    fix: ({ request }) =>
      request.source.host === 'docker.io'
        ? 'Docker Hub limits pulls without an account. Give source-username and source-password (an access token), as secrets.'
        : 'Run the step again later, or give source-username and source-password, as secrets.',
  },
  {
    says: /RFC 7233/i,
    code: 'IMPORT_FAILED',
    fix: () =>
      'The source registry does not answer range requests, which importing needs. Pull and push the image instead.',
  },
  {
    says: /client with IP|Access to \S+ (was )?denied|aka\.ms\/acr\/firewall|not allowed access/i,
    code: 'IMPORT_FAILED',
    fix: () =>
      'A firewall stands between the registries. Name a source in Azure by its resource ID, and let trusted services pass:\n' +
      '  az acr update --name <registry> --allow-trusted-services true',
  },
  {
    says: /\b50 manifests|too many manifests|exceeds? the (maximum|limit).*manifest/i,
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
  const attempt = {
    failure,
    subject: registry.name,
    scope: registry.id,
    action: 'Microsoft.ContainerRegistry/registries/importImage/action',
    caller,
  }
  const explained = explain(thrown, attempt)
  const said = azureMessage(thrown)
  // Missing permissions, throttling by ARM and the like are told as everywhere.
  if (isAbort(thrown) || !said || !isOfTheImport(explained.code, thrown)) return explained
  const rule = rules.find(({ says }) => says.test(said))
  const details = { subject: request.text, cause: thrown, ...(explained.azure && { azure: explained.azure }) }
  return rule
    ? new ActionError(rule.code, `${failure}: ${said}`, { ...details, fix: rule.fix(image) })
    : new ActionError('IMPORT_FAILED', `${failure}: ${said}`, {
        ...details,
        fix: 'What Azure says is above. Try the same with az acr import for more.',
      })
}

function isOfTheImport(code: ErrorCode, thrown: unknown): boolean {
  return code === 'UNEXPECTED' || isNotFound(thrown)
}
