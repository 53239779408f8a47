import type { Fix } from '../../../src/model/fix.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../../src/model/time.js'
import { readIdTokenClaims, requestIdToken } from '../../../src/services/runner/id-token.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A token with these claims, unsigned. */
function token(claims: Record<string, unknown>): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'none' })}.${encode(claims)}.`
}

describe('an ID token', () => {
  it.each([
    [
      { iss: 'https://i', sub: 's', aud: 'a' },
      { issuer: 'https://i', subject: 's', audience: 'a' },
    ],
    [{ aud: ['a', 'b'] }, { issuer: '', subject: '', audience: 'a, b' }],
    [{}, { issuer: '', subject: '', audience: '' }],
  ])('claims %o', (claims, expected) => {
    expect(readIdTokenClaims(token(claims))).toEqual(expected)
  })

  it.each([
    ['', ''],
    ['https://x', ''],
    ['', 'token'],
  ])('is not asked for without the permission (%j, %j)', async (url, requestToken) => {
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', url)
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', requestToken)
    const onRequest = vi.fn()
    await expect(
      requestIdToken('a', { clock: systemClock, signal: new AbortController().signal, onRequest }),
    ).rejects.toMatchObject({
      code: 'OIDC_UNAVAILABLE',
      fix: expect.objectContaining({ text: expect.stringMatching(/permissions:\n +id-token: write/) as string }) as Fix,
    })
    expect(onRequest).not.toHaveBeenCalled()
  })
})
