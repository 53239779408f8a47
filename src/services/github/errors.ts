import { describeWay } from '../proxy.js'

/** What GitHub answered when it refused, or that it did not answer. */
export class GithubError extends Error {
  /** HTTP status; 500, too, when no answer came. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Record<string, string | number | undefined>

  constructor(status: number, message: string, headers: GithubError['headers'] = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'GithubError'
    this.status = status
    this.headers = headers
  }
}

/** What Octokit throws, which @actions/github does not export the class of. */
export function toGithubError(thrown: unknown): GithubError {
  if (thrown instanceof GithubError) return thrown
  const { status, message, response } = thrown as {
    status?: number
    message?: string
    response?: { headers?: GithubError['headers'] }
  }
  if (response) return new GithubError(status ?? 500, message ?? String(thrown), response.headers, thrown)
  return new GithubError(500, `GitHub could not be reached: ${reasonsOf(thrown).join(': ')}`, {}, thrown)
}

/** Why, from the outside in: what broke a connection is a cause's cause. */
function reasonsOf(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? [thrown] : []
  return [...new Set([thrown.message, ...reasonsOf(thrown.cause)])].filter(Boolean)
}

/** Whether a request is refused only because there were too many. */
export function isRateLimit({ status, message, headers }: GithubError): boolean {
  if (status !== 403 && status !== 429) return false
  return (
    status === 429 ||
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /secondary rate limit|abuse detection/i.test(message)
  )
}

/** Whether GitHub may or may not have done what it was asked. */
export function isUncertain({ status }: GithubError): boolean {
  return status >= 500
}

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
  if (/archived/i.test(error.message)) return 'An archived repository takes no issues: set drift-issue: false.'
  // 404 for a token that may not even see the repository (docs.github.com "Troubleshooting the REST API").
  if (status === 403 || status === 404)
    return `The token in github-token may not write issues of this repository. Add to the job (or the workflow):\n${permissionYaml.replace(/^/gm, '  ')}`
  if (status === 401)
    return 'The token in github-token is not valid, or not valid any more. Leave github-token at its default.'
  if (status === 410) return 'Turn issues on in the settings of the repository, or set drift-issue: false.'
  return `The next run brings it up to date. If it stays so, check ${describeWay()}.`
}
