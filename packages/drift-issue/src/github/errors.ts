import { advisePermissions } from 'azure'
import { describeWay, findExplanation, rule, type Rule } from 'azure-clients'
import { briefly, answerKind, choices, printFix, takeIn, type Clock } from 'kernel'

/** A refusal by GitHub, or a missing answer. */
export class GithubError extends Error {
  /** HTTP status; 500, too, when no answer came. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Record<string, string | number | undefined>

  constructor(status: number, message: string, headers: GithubError['headers'] = {}, cause?: unknown) {
    // Cut before any pattern sees it: GitHub, or a proxy in its place, can send a whole page.
    super(takeIn(message), { cause })
    this.name = 'GithubError'
    this.status = status
    this.headers = headers
  }
}

/** An issue that is no longer in the repository: it was deleted or transferred. */
export class IssueGone extends GithubError {
  readonly number: number

  constructor(number: number, { status, message, headers }: GithubError) {
    super(status, message, headers)
    this.number = number
  }
}

/** Converts an error of Octokit, whose class @actions/github doesn't export. */
export function toGithubError(thrown: unknown): GithubError {
  if (thrown instanceof GithubError) return thrown
  const { status, message, response } = thrown as {
    status?: number
    message?: string
    response?: { headers?: GithubError['headers'] }
  }
  if (response) return new GithubError(status ?? 500, message ?? String(thrown), response.headers, thrown)
  return new GithubError(500, `GitHub could not be reached: ${reasonsOfCauses(thrown).join(': ')}`, {}, thrown)
}

/** The messages of an error and its causes: the cause's cause says what broke a connection. */
function reasonsOfCauses(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? [thrown] : []
  return [...new Set([thrown.message, ...reasonsOfCauses(thrown.cause)])].filter(Boolean)
}

export function isRateLimit({ status, message, headers }: GithubError): boolean {
  if (status !== 403 && status !== 429) return false
  return (
    status === 429 ||
    headers['retry-after'] !== undefined ||
    String(headers['x-ratelimit-remaining']) === '0' ||
    /secondary rate limit|abuse detection/i.test(message)
  )
}

/** Whether there was no answer, or GitHub or something in between failed. A 501 says that the request is not known there (RFC 9110, 15.6.2). */
const isOutage = ({ status }: GithubError) => status !== 501 && ['open', 'misdirected'].includes(answerKind(status))

/** Whether GitHub may or may not have carried out the request: it failed, or something in between answered with success. */
export function isUncertain(error: GithubError): boolean {
  return isOutage(error) || error.status < 300
}

/** Whether GitHub refuses comments because the issue's conversation is locked (github.com/renovatebot/renovate/issues/6215 has the answer). */
export function isLockRefusal({ status, message }: GithubError): boolean {
  return status === 403 && /\bis locked\b/i.test(message)
}

/** Whether GitHub, or a proxy in front of it, doesn't offer this request. */
export function isNotOffered(error: GithubError): boolean {
  return !isOutage(error) && !isRateLimit(error) && error.status !== 401
}

/** Refusals to update the drift issue. They have no error code, because they end as a warning. */
const githubRules: Rule<GithubError, undefined>[] = [
  rule(isRateLimit, {}, "GitHub's limit lasts longer than this step waits; the next run will update the issue."),
  rule(isLockRefusal, {}, 'Unlock the conversation of the issue: its lock keeps github-token from writing to it.'),
  rule(/archived/i, {}, 'An archived repository accepts no issues: set drift-issue: false.'),
  // 404 if the token can't even read the repository (docs.github.com "Troubleshooting the REST API").
  rule(
    ({ status }) => status === 403 || status === 404,
    {},
    () =>
      choices(
        { text: 'github-token has no permission to write issues in this repository.', commands: [] },
        advisePermissions('id-token: write', 'issues: write', 'contents: read'),
      ),
  ),
  rule(401, {}, briefly('github-token is invalid or has expired.', 'Leave it at its default.')),
  rule(410, {}, 'Enable issues in the settings of the repository, or set drift-issue: false.'),
  rule(/^/, {}, () => briefly(`The next run will update the issue.`, `If this repeats, check ${describeWay()}.`)),
]

export function explainGithubRefusal(error: GithubError): string {
  const advice = findExplanation(githubRules, error, undefined)?.fix
  return [`The drift issue is not up to date: ${error.message}`, ...(advice ? [printFix(advice)] : [])].join('\n')
}

/** For a secondary limit without a duration (docs.github.com "Rate limits for the REST API": at least one minute, then longer). */
const blindPauseMs = 60_000

const maxRetries = 3

export const answerTimeoutMs = 30_000

/**
 * How long to wait for an outage or a rate limit, in ms from the first failed request on: the check itself has ended, and the next run can update the
 * issue.
 */
const maxOutageMs = 85_000

/**
 * Waits for rate limits, primary and secondary, for as long as GitHub demands, and for outages if the request can be repeated without harm: for
 * `maxOutageMs` from the first failure on, and all pauses together no longer.
 */
export function createPatience(clock: Clock) {
  let waitedMs = 0
  let outageSince: number | undefined
  return {
    /**
     * How long to wait before the request is repeated, in ms; undefined if it must not be.
     * @param failed.sentAt when its last try was sent, in ms since the epoch
     */
    pauseBefore(failed: Parameters<typeof pauseOf>[0] & { sentAt: number }): number | undefined {
      const now = clock.now()
      const { failure, sentAt } = failed
      const isOutage = isUncertain(failure) || isRateLimit(failure)
      const since = outageSince ?? sentAt
      outageSince = isOutage ? since : undefined
      const pause = pauseOf(failed, now)
      if (pause === undefined || waitedMs + pause > maxOutageMs) return undefined
      // The next try may take until its time limit.
      const answerMs = isUncertain(failure) ? answerTimeoutMs : 0
      if (now + pause + answerMs - since > maxOutageMs) return undefined
      waitedMs += pause
      return pause
    },
    /** Call it after each answer that isn't a failure. */
    onAnswer(): void {
      outageSince = undefined
    },
  }
}

function pauseOf(
  { failure, method, retries }: { failure: GithubError; method: string; retries: number },
  now: number,
): number | undefined {
  if (isRateLimit(failure)) {
    const { headers } = failure
    const retryAfter = Number(headers['retry-after'])
    if (retryAfter >= 0) return Math.max(1, retryAfter) * 1000
    const reset = Number(headers['x-ratelimit-reset'])
    // By GitHub's clock, if it says what time it is.
    const sentAt = Date.parse(String(headers.date)) || now
    if (String(headers['x-ratelimit-remaining']) === '0' && reset > 0)
      return Math.max(1000, reset * 1000 - sentAt + 1000)
    return blindPauseMs * 2 ** retries
  }
  if (!isUncertain(failure) || method === 'POST' || retries >= maxRetries) return undefined
  return 1000 * 2 ** retries
}
