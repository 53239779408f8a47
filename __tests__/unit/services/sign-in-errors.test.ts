import { describe, expect, it } from 'vitest'
import type { OidcAuth } from '../../../src/model/wanted.js'
import { explainSignIn, type EntraAnswer } from '../../../src/services/entra/errors.js'

const auth: OidcAuth = { type: 'oidc', clientId: 'the-client', tenantId: 'the-tenant', audience: 'the-audience' }
const presented = { issuer: 'the-issuer', subject: 'repo:o/r:ref:refs/heads/main', audience: 'the-audience' }
const attempt = { auth, presented, graph: 'https://graph.microsoft.com' }
const explain = (message: string, answer: EntraAnswer) => explainSignIn(new Error(message), attempt, answer)

describe('what Entra answers', () => {
  it.each<[string, string, EntraAnswer, string]>([
    [
      'a mismatch told in words',
      'invalid_client: AADSTS700213: No matching …',
      { status: 401 },
      'FEDERATED_CREDENTIAL_MISMATCH',
    ],
    [
      'a mismatch told by its number alone',
      'invalid_client',
      { status: 401, code: '700213' },
      'FEDERATED_CREDENTIAL_MISMATCH',
    ],
    ['another refusal', 'unauthorized_client: AADSTS700016: …', { status: 400 }, 'SIGN_IN_FAILED'],
    ['a refusal without any number', 'invalid_client', { status: 401, isEntras: true }, 'SIGN_IN_FAILED'],
    ['a refusal of something before it', '', { status: 403, isEntras: false }, 'AZURE_UNAVAILABLE'],
    ['a refusal with a number that nobody knows', 'AADSTS7999999: No.', { status: 400 }, 'SIGN_IN_FAILED'],
    ['throttling', 'Response had no "expiresOn" property.', { status: 429 }, 'THROTTLED'],
    [
      'its own failure, with or without a number',
      'AADSTS90033: A transient error …',
      { status: 503 },
      'AZURE_UNAVAILABLE',
    ],
    ['something else than a token', 'no access token', { status: 200 }, 'AZURE_UNAVAILABLE'],
    ['nothing', 'network_error', { failure: 'connect ECONNREFUSED 127.0.0.1:1' }, 'AZURE_UNAVAILABLE'],
  ])('%s', (_, message, answer, code) => {
    expect(explain(message, answer).code).toBe(code)
  })

  it('is told with its status, or with why no answer came', () => {
    expect(explain('network_error', { status: 503 }).message).toContain('It answered with HTTP 503.')
    expect(explain('network_error', { failure: 'connect ECONNREFUSED' }).message).toContain('connect ECONNREFUSED')
  })

  it('is a cancellation when the job was cancelled', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(explainSignIn(abort, attempt, {}).code).toBe('CANCELLED')
  })
})
