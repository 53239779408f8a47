import { GithubError } from './errors.js'

/**
 * The URL that an answer redirects to, which GitHub does for renamed repositories
 * (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects).
 * @throws GithubError when it is on another host
 */
export function findRedirect(
  { status, headers, url }: { status: number; headers: { location?: string }; url: string },
  baseUrl: string,
): string | undefined {
  if (status < 300 || status >= 400 || !headers.location) return undefined
  const next = new URL(headers.location, url)
  if (next.origin === new URL(baseUrl).origin) return next.href
  throw new GithubError(400, `GitHub redirected to ${next.origin}, a different host; the request was not sent`)
}

/** Whether an answer has the expected shape: Octokit returns truncated JSON as text. */
export function isWhole(method: string, { data, url }: { data: unknown; url: string }): boolean {
  const { pathname } = new URL(url)
  const isUsed = method === 'GET' || /\/(issues(\/\d+)?|graphql)$/.test(pathname)
  if (!isUsed) return true
  if (method === 'GET' && /\/(issues|comments)$/.test(pathname)) return Array.isArray(data)
  return typeof data === 'object' && data !== null && Object.keys(data).length > 0
}
