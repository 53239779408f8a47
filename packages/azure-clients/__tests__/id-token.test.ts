import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpHeaders, RestError, type PipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it, vi } from 'vitest'
import { type ActionError, printFix, toFixJson } from 'kernel'
import { createFakeClock } from '../../../__tests__/support/fake-clock.js'
import { keepIdToken, readIdTokenClaims, requestIdToken } from '../src/github/id-token.js'

/** A token with these claims, unsigned. */
function token(claims: Record<string, unknown>): string {
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ alg: 'none' })}.${encode(claims)}.`
}

describe('an ID token', () => {
  it.each([
    [
      { iss: 'https://i', sub: 's', aud: 'a', event_name: 'push', repository: 'o/r' },
      { issuer: 'https://i', subject: 's', audience: 'a', event: 'push', repository: 'o/r' },
    ],
    [{ aud: ['a', 'b'] }, { issuer: '', subject: '', audience: 'a, b', event: '', repository: '' }],
    [{}, { issuer: '', subject: '', audience: '', event: '', repository: '' }],
  ])('has the claims %o', (claims, expected) => {
    expect(readIdTokenClaims(token(claims))).toEqual(expected)
  })

  const { signal } = new AbortController()

  /** Requests a token of GitHub, at this URL and with this token of its own. */
  function request(
    url: string,
    requestToken: string,
    clock = createFakeClock(),
    client?: Parameters<typeof requestIdToken>[2],
  ) {
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', url)
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', requestToken)
    const onRequest = vi.fn()
    const asked = requestIdToken('a', { clock, signal, onRequest, onSent: vi.fn() }, client)
    return { asked: asked.catch((error: unknown) => error as ActionError), onRequest }
  }
  const own = 'https://tokens.invalid/idtoken?api-version=2.0'
  const refused = { code: 'OIDC_UNAVAILABLE' }

  it.each([
    ['', ''],
    ['https://x', ''],
    ['', 'token'],
  ])('is not requested without the permission (%j, %j)', async (url, requestToken) => {
    const { asked, onRequest } = request(url, requestToken)
    expect(await asked).toMatchObject(refused)
    expect(printFix(((await asked) as ActionError).fix)).toContain('id-token: write')
    expect(onRequest).not.toHaveBeenCalled()
  })

  it('is not asked for in vain by a pull request from a fork, which a permission would not help', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'event-')), 'event.json')
    const from = (repo: { id: number } | null) => ({ pull_request: { head: { repo }, base: { repo: { id: 1 } } } })
    const adviceFor = async (event: string, payload: unknown): Promise<string> => {
      writeFileSync(path, JSON.stringify(payload))
      vi.stubEnv('GITHUB_EVENT_NAME', event)
      vi.stubEnv('GITHUB_EVENT_PATH', path)
      const { code, fix } = (await request('', '').asked) as ActionError
      const { text } = toFixJson(fix)
      return `${code}: ${/permissions:/.test(text) ? 'the permission' : text}`
    }
    const onPush = 'OIDC_UNAVAILABLE: Run this step on push, after the merge.'
    expect(await adviceFor('pull_request', from({ id: 2 }))).toBe(onPush)
    expect(await adviceFor('pull_request', from(null))).toBe(onPush) // the fork has been deleted
    expect(await adviceFor('pull_request_review', from({ id: 2 }))).toBe(onPush)
    for (const [event, payload] of [
      ['pull_request', from({ id: 1 })],
      ['pull_request_target', from({ id: 2 })],
      ['push', {}],
      ['pull_request', null],
      ['pull_request', {}],
    ] as const)
      expect(await adviceFor(event, payload)).toBe('OIDC_UNAVAILABLE: the permission')
  })

  it.each(['garbage', 'http://[', 'foo:bar'])('is not requested of %s', async url => {
    expect(await request(url, 'token').asked).toMatchObject(refused)
  })

  it('is not requested again if GitHub refuses', async () => {
    const sendRequest = vi.fn((sent: PipelineRequest) =>
      Promise.resolve({ request: sent, status: 403, headers: createHttpHeaders(), bodyAsText: '{"message":"No."}' }),
    )
    expect(await request(own, 'token', undefined, { sendRequest }).asked).toMatchObject(refused)
    expect(sendRequest).toHaveBeenCalledOnce()
  })

  it('is requested three times, however long the process did not run meanwhile', async () => {
    const clock = createFakeClock()
    const sendRequest = vi.fn(async () => {
      await clock.sleep(60_000, signal)
      throw new RestError('the connection was closed')
    })
    expect(await request(own, 'token', clock, { sendRequest }).asked).toMatchObject(refused)
    expect(sendRequest).toHaveBeenCalledTimes(3)
  })
})

describe('a kept ID token', () => {
  const { signal } = new AbortController()
  /** Different tokens that each live for five minutes, by a clock that can be ahead of ours. */
  const issue = (clock = createFakeClock(), aheadS = 0) => {
    let count = 0
    const iat = clock.now() / 1000 + aheadS
    return vi.fn(() => Promise.resolve(token({ jti: `${(count += 1)}`, iat, exp: iat + 300 })))
  }

  it.each([0, 1200, -1200])(
    'is requested at once, and used for four of its five minutes, by a clock %i s ahead',
    async aheadS => {
      const clock = createFakeClock()
      const request = issue(clock, aheadS)
      const take = keepIdToken(request, clock)
      expect(request).toHaveBeenCalledOnce()
      const first = await take()
      await clock.sleep(239_000, signal)
      expect(await take()).toBe(first)
      expect(request).toHaveBeenCalledOnce()
      await clock.sleep(2000, signal)
      const [second, third] = await Promise.all([take(), take()])
      expect(second).not.toBe(first)
      expect(third).toBe(second)
      expect(request).toHaveBeenCalledTimes(2)
    },
  )

  it('is requested each time if it has no expiry', async () => {
    const request = vi.fn(() => Promise.resolve('opaque'))
    const take = keepIdToken(request, createFakeClock())
    await take()
    await take()
    expect(request).toHaveBeenCalledTimes(2)
  })

  it('passes a failure on to its caller, and is requested again afterwards', async () => {
    const request = issue()
    request.mockRejectedValueOnce(new Error('early'))
    const take = keepIdToken(request, createFakeClock())
    await new Promise(resolve => setImmediate(resolve))
    await expect(take()).rejects.toThrow('early')
    await expect(take()).resolves.toBeTruthy()
    expect(request).toHaveBeenCalledTimes(2)
  })
})
