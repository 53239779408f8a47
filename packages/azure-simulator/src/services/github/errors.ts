import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** An error of GitHub's REST API. */
export class GithubError extends Error {
  readonly status: ContentfulStatusCode
  readonly headers: Record<string, string>
  readonly errors: Record<string, string>[] | undefined

  constructor(
    status: ContentfulStatusCode,
    message: string,
    { headers = {}, errors }: { headers?: Record<string, string>; errors?: Record<string, string>[] } = {},
  ) {
    super(message)
    this.status = status
    this.headers = headers
    this.errors = errors
  }

  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors && { errors: this.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    }
  }
}

/** Texts: docs.github.com "Troubleshooting the REST API" and "Rate limits for the REST API", and public issues. */
export const githubErrors = {
  badCredentials: () => new GithubError(401, 'Bad credentials'),
  /** For a workflow's token; a user's fine-grained token reads "by personal access token". */
  notAccessible: (needed: string) =>
    new GithubError(403, 'Resource not accessible by integration', {
      headers: { 'x-accepted-github-permissions': needed },
    }),
  notFound: () => new GithubError(404, 'Not Found'),
  /** docs.github.com/rest/issues/issues "Get an issue"; the text is that of public issues. */
  deleted: () => new GithubError(410, 'This issue was deleted'),
  /** The answer to a bot: github.com/renovatebot/renovate/issues/6215, github.com/probot/stale/issues/25. */
  locked: () => new GithubError(403, 'Unable to create comment because issue is locked.'),
  issuesDisabled: () => new GithubError(410, 'Issues has been disabled in this repository.'),
  invalid: (errors: Record<string, string>[]) => new GithubError(422, 'Validation Failed', { errors }),
  primaryLimit: () => new GithubError(403, 'API rate limit exceeded for installation ID 10000001.'),
  secondaryLimit: (retryAfterSeconds: number | undefined) =>
    new GithubError(403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', {
      headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    }),
}
