import type { GithubError } from './github-error.js'
import { isRateLimit } from './patience.js'

const permissionYaml = `permissions:
  id-token: write # for the sign-in to Azure
  issues: write   # lets this job keep the drift issue`

/** Why the drift issue is not kept, and what to do about it. */
export function explainRefusal(error: GithubError): string {
  return `The drift issue is not up to date: ${error.message}\n${adviceFor(error)}`
}

function adviceFor(error: GithubError): string {
  const { status } = error
  if (isRateLimit(error))
    return "GitHub's limit lasts longer than this step waits; the next run brings the issue up to date."
  // 404 for a token that may not even see the repository (docs.github.com "Troubleshooting the REST API").
  if (status === 403 || status === 404)
    return `The token in github-token may not write issues of this repository. Add to the job (or the workflow):\n${permissionYaml.replace(/^/gm, '  ')}`
  if (status === 401)
    return 'The token in github-token is not valid, or not valid any more. Leave github-token at its default.'
  if (status === 410) return 'Turn issues on in the settings of the repository, or set drift-issue: false.'
  return 'The next run brings it up to date.'
}
