import { choices, fix, printFix } from '../../model/fix.js'
import { cut } from '../../model/foreign-text.js'
import { findRule, type Advice } from '../../model/rule.js'
import { advisePermissions } from '../../model/workflow-permissions.js'
import { describeWay } from '../proxy.js'

/** What GitHub answered when it refused, or that it did not answer. */
export class GithubError extends Error {
  /** HTTP status; 500, too, when no answer came. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Record<string, string | number | undefined>

  constructor(status: number, message: string, headers: GithubError['headers'] = {}, cause?: unknown) {
    // What GitHub, or a proxy in its place, says may be a page long: it is cut before any pattern sees it.
    super(cut(message), { cause })
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

/** Whether no answer came, or GitHub or something on the way fails. */
const isOutage = ({ status }: GithubError): boolean => status >= 500 || status === 408

/** Whether GitHub may or may not have done what it was asked: it failed, or something on the way has answered as if all were well. */
export function isUncertain(error: GithubError): boolean {
  return isOutage(error) || error.status < 300
}

/** Whether GitHub, or a proxy before it, does not offer what was asked for: it is refused, or answered with something else each time. */
export function isNotOffered(error: GithubError): boolean {
  return !isOutage(error) && !isRateLimit(error) && error.status !== 401
}

/** What GitHub says when it refuses to keep the drift issue, and what to do. These refusals have no code, because they end as a warning. */
const githubRules: Advice<GithubError>[] = [
  {
    when: isRateLimit,
    fix: () => fix("GitHub's limit lasts longer than this step waits; the next run brings the issue up to date."),
  },
  {
    when: ({ message }) => /archived/i.test(message),
    fix: () => fix('An archived repository accepts no issues: set drift-issue: false.'),
  },
  {
    // 404 for a token that may not even see the repository (docs.github.com "Troubleshooting the REST API").
    when: ({ status }) => status === 403 || status === 404,
    fix: () =>
      choices(
        { text: 'The token in github-token may not write issues of this repository.', commands: [] },
        advisePermissions('id-token: write', 'issues: write', 'contents: read'),
      ),
  },
  {
    when: ({ status }) => status === 401,
    fix: () => fix('The token in github-token is not valid or has expired. Leave github-token at its default.'),
  },
  {
    when: ({ status }) => status === 410,
    fix: () => fix('Turn issues on in the settings of the repository, or set drift-issue: false.'),
  },
  {
    when: () => true,
    fix: () => fix(`The next run brings the issue up to date. If this repeats, check ${describeWay()}.`),
  },
]

/** Why the drift issue is not up to date, and what to do about it. */
export function explainRefusal(error: GithubError): string {
  const advice = findRule(githubRules, error, undefined)?.fix(error, undefined)
  return [`The drift issue is not up to date: ${error.message}`, ...(advice ? [printFix(advice)] : [])].join('\n')
}
