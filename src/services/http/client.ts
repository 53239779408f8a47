import { createDefaultHttpClient, type HttpClient, type PipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { mask } from '../runner/secrets.js'
import { sendOnItsWay } from './connections.js'

/** The host that each request was first sent to: the SDKs' redirect policy sends the same object again, with another address. */
const origins = new WeakMap<PipelineRequest, string>()

/**
 * Refuses redirects of requests with a body to another host: a body may hold a token, as the one at `/oauth2/exchange` does, and the SDKs' policy
 * sends it again after a 307 (core-rest-pipeline 1.24.0).
 * @throws RestError
 */
function stayAtHome(request: PipelineRequest): void {
  const { origin } = new URL(request.url)
  const first = origins.get(request) ?? origin
  origins.set(request, first)
  const carriesNothing = (request.method === 'GET' || request.method === 'HEAD') && request.body === undefined
  if (origin === first || carriesNothing) return
  throw new RestError(`${first} redirects to ${origin}, which is not its own; nothing was sent there`, { request })
}

/**
 * The SDKs' HTTP client, which keeps bodies from being redirected to other hosts, and has the tokens that an answer carries masked before anything
 * else sees them: with AZURE_LOG_LEVEL=verbose the SDKs print whole answers, and what they ask next.
 */
export function createHttpClient(): HttpClient {
  const client = createDefaultHttpClient()
  return {
    async sendRequest(request) {
      stayAtHome(request)
      const response = await sendOnItsWay(request, client)
      if (/token|oauth2/i.test(request.url)) maskTokens(response.bodyAsText ?? '')
      return response
    },
  }
}

// RFC 6749 has the first two; registries say `token` as well (distribution.github.io/distribution/spec/auth/token).
const tokenPattern = /"(?:access_token|refresh_token|token)"\s*:\s*"([^"\\]{8,})"/g

function maskTokens(text: string): void {
  for (const [, token = ''] of text.matchAll(tokenPattern)) mask(token)
}
