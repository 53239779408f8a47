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
  return new GithubError(status ?? 500, message ?? String(thrown), response?.headers, thrown)
}
