import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline'
import { mask } from '../runner/secrets.js'

/**
 * The SDKs' HTTP client, which has the tokens that an answer carries masked before anything else sees them: with AZURE_LOG_LEVEL=verbose the SDKs
 * print whole answers, and what they ask next.
 */
export function createHttpClient(): HttpClient {
  const client = createDefaultHttpClient()
  return {
    async sendRequest(request) {
      const response = await client.sendRequest(request)
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
