import { type HttpClient, type PipelinePolicy, type PipelineRequest, RestError } from '@azure/core-rest-pipeline'
import { mask } from 'kernel'
import { route } from './connections.js'
import { exchange } from './exchange.js'

/** The host that each request was first sent to: on a redirect, the SDKs send the same object again with another address. */
const origins = new WeakMap<PipelineRequest, string>()

/**
 * Keeps requests with a body from being redirected to another host: the body can hold a token, such as that of `/oauth2/exchange`, and the SDKs
 * repeat it after a 307 (core-rest-pipeline 1.24.0).
 * @throws RestError
 */
function checkRedirect(request: PipelineRequest): void {
  const { origin } = new URL(request.url)
  const first = origins.get(request) ?? origin
  origins.set(request, first)
  const isPlainRead = (request.method === 'GET' || request.method === 'HEAD') && request.body === undefined
  if (origin === first || isPlainRead) return
  throw new RestError(`${first} redirected to ${origin}, a different host; the request was not sent`, { request })
}

/**
 * The SDKs' HTTP client. It sends no body to a host that a redirect names, and masks the tokens in answers before anything else sees them: with
 * AZURE_LOG_LEVEL=verbose, the SDKs print whole requests and answers.
 * @param maxBytes how large an answer can be; a larger one counts as lost
 */
export function createHttpClient(maxBytes: number): HttpClient {
  const client: HttpClient = { sendRequest: request => exchange(request, maxBytes) }
  return {
    async sendRequest(request) {
      checkRedirect(request)
      const response = await route(request, client)
      if (/token|oauth2/i.test(request.url)) maskTokens(response.bodyAsText ?? '')
      return response
    },
  }
}

/**
 * Keeps requests and their token within one service: addresses in answers (`nextLink`, `Location`, `Azure-AsyncOperation`) must be on the same host
 * or below it, such as the regional hosts of Azure Resource Manager.
 */
export function createHostGuard(endpoint: string): PipelinePolicy {
  const { host: own } = new URL(endpoint)
  return {
    name: 'attachAcrHostGuard',
    async sendRequest(request, next) {
      const { protocol, host } = new URL(request.url)
      if (protocol === 'https:' && (host === own || host.endsWith(`.${own}`))) return next(request)
      throw new RestError(`${own} redirected to ${protocol}//${host}, a different host; the request was not sent`, {
        request,
      })
    },
  }
}

// RFC 6749 defines the first two; registries also use `token` (distribution.github.io/distribution/spec/auth/token).
const tokenPattern = /"(?:access_token|refresh_token|token)"\s*:\s*"([^"\\]{8,})"/g

function maskTokens(text: string): void {
  for (const [, token = ''] of text.matchAll(tokenPattern)) mask(token)
}
