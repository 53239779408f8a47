import { createHttpHeaders, createPipelineRequest, type HttpMethods } from '@azure/core-rest-pipeline'
import { createHttpClient, megabyte } from 'azure-clients'
import { GithubError } from './errors.js'

/** How large an answer can be: a page of a hundred issues, each with up to 65,536 characters of up to 4 bytes, has at most half of it. */
const githubBytes = 50 * megabyte

/**
 * A `fetch` for Octokit over the HTTP client of the Azure SDKs, with its proxy and without redirects. That client is loaded in every run; undici, which
 * @actions/github uses by default, takes another 150 ms of CPU time to load.
 */
export function createFetch() {
  const client = createHttpClient(githubBytes)
  return async (
    url: string,
    {
      method,
      headers,
      body,
      signal,
    }: { method: HttpMethods; headers: Record<string, string>; body?: string; signal?: AbortSignal },
  ) => {
    const request = createPipelineRequest({
      url,
      method,
      headers: createHttpHeaders({ ...headers, 'accept-encoding': 'gzip,deflate' }),
      // Some Enterprise Servers have no TLS.
      allowInsecureConnection: true,
      ...(body !== undefined && { body }),
      ...(signal && { abortSignal: signal }),
    })
    const { status, headers: answered, bodyAsText } = await client.sendRequest(request)
    const text = bodyAsText ?? ''
    return {
      url,
      status,
      headers: answered,
      text: () => Promise.resolve(text),
      arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
    }
  }
}

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
export function isWholeAnswer(method: string, { data, url }: { data: unknown; url: string }): boolean {
  const { pathname } = new URL(url)
  const isUsed = method === 'GET' || /\/(issues(\/\d+)?|graphql)$/.test(pathname)
  if (!isUsed) return true
  if (method === 'GET' && /\/(issues|comments)$/.test(pathname)) return Array.isArray(data)
  return typeof data === 'object' && data !== null && Object.keys(data).length > 0
}
