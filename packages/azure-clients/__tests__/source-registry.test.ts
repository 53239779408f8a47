import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { describe, expect, it } from 'vitest'
import { isOwnRealm } from '../src/registry/authorization.js'
import type { Send } from '../src/registry/authorization.js'
import { createSourceRegistry, giveOnlyTo } from '../src/registry/distribution.js'

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: unknown
}

const { signal } = new AbortController()
const digest = `sha256:${'ab'.repeat(32)}`
const source = { host: 'quay.io', repository: 'team/app', tag: 'v1', digest: '' }
const credentials = { host: 'quay.io', username: 'robot', password: 'secret' }
const basic = `Basic ${Buffer.from('robot:secret').toString('base64')}`
const challenge = (header: string): Answer => ({ status: 401, headers: { 'www-authenticate': header } })
const bearer = challenge('Bearer realm="https://auth.quay.io/token",service="quay.io",scope="x"')

/** A registry with the given answers, which records its requests. */
function createRegistry(answer: (url: string, authorization: string) => Answer, given = credentials) {
  const sent: string[] = []
  const send: Send = (method, url, { headers = {} }) => {
    const authorization = headers.authorization ?? ''
    sent.push(`${method} ${url}${authorization && ` ${authorization}`}`)
    const { status, headers: more = {}, body } = answer(url, authorization)
    const bodyAsText = body === undefined ? '' : JSON.stringify(body)
    const request = createPipelineRequest({ url })
    return Promise.resolve({ request, status, headers: createHttpHeaders(more), bodyAsText })
  }
  return { sent, registry: createSourceRegistry(giveOnlyTo(given), send, signal) }
}

const found: Answer = { status: 200, headers: { 'docker-content-digest': digest } }
const manifest = 'HEAD https://quay.io/v2/team/app/manifests/v1'

describe('reading a registry', () => {
  it('works without credentials, unless it demands them', async () => {
    const { sent, registry } = createRegistry(() => found)
    expect(await registry.resolve(source)).toEqual({ kind: 'found', digest })
    expect(sent).toEqual([manifest])
  })

  it('exchanges credentials for a token, one for all requests about a repository', async () => {
    const { sent, registry } = createRegistry((url, authorization) => {
      if (url.startsWith('https://auth.')) return { status: 200, body: { token: 'T' } }
      if (authorization !== 'Bearer T') return bearer
      return url.endsWith('/v1') ? found : { status: 404 }
    })
    expect(await registry.resolve(source)).toEqual({ kind: 'found', digest })
    expect(sent).toEqual([
      manifest,
      `GET https://auth.quay.io/token?service=quay.io&scope=repository%3Ateam%2Fapp%3Apull ${basic}`,
      `${manifest} Bearer T`,
    ])
    sent.length = 0
    expect(await registry.findAttachments(source, digest)).toBe('none')
    expect(sent).toHaveLength(2)
    for (const request of sent) expect(request).toMatch(/ Bearer T$/)
  })

  it.each([
    ['other letter case', 'BEARER Realm="https://auth.quay.io/token",SERVICE="quay.io"'],
    ['white space', 'bearer  realm = "https://auth.quay.io/token" , service = "quay.io"'],
    ['no quotes', 'Bearer service=quay.io, realm="https://auth.quay.io/token"'],
    ['escapes', String.raw`Bearer realm="https:\/\/auth.quay.io\/token",service="quay.io"`],
    ['another challenge before it', 'Basic realm="x", Bearer realm="https://auth.quay.io/token",service="quay.io"'],
    ['another challenge after it', 'Bearer realm="https://auth.quay.io/token",service="quay.io", Basic realm="x"'],
    ['a scheme that it does not know', 'Negotiate, Bearer realm="https://auth.quay.io/token",service="quay.io"'],
  ])('understands a challenge with %s', async (_, header) => {
    const { sent, registry } = createRegistry((url, authorization) => {
      // At least one of them must be there (distribution.github.io/distribution/spec/auth/token).
      if (url.startsWith('https://auth.')) return { status: 200, body: { token: '', access_token: 'T' } }
      return authorization === 'Bearer T' ? found : challenge(header)
    })
    expect(await registry.resolve(source)).toEqual({ kind: 'found', digest })
    expect(sent[1]).toContain('https://auth.quay.io/token?service=quay.io&scope=')
  })

  it('uses the credentials themselves, if it demands that', async () => {
    const { registry } = createRegistry((_, given) => (given === basic ? found : challenge('Basic realm="x"')))
    expect(await registry.resolve(source)).toEqual({ kind: 'found', digest })
  })

  it.each([
    ['for another host', bearer, { ...credentials, host: 'ghcr.io' }],
    ['for the same name at another port', bearer, { ...credentials, host: 'quay.io:5000' }],
    ['in the clear', challenge('Bearer realm="http://auth.quay.io/token"'), credentials],
    ['at the host of somebody else', challenge('Bearer realm="https://evil.example/token"'), credentials],
  ])('never sends credentials %s', async (_, answer, given) => {
    const { sent, registry } = createRegistry(() => answer, given)
    expect(await registry.resolve(source)).toMatchObject({ kind: 'unknown' })
    await registry.findAttachments(source, digest)
    expect(sent.join('\n')).not.toContain('Basic')
  })

  it('uses a token only from its own token service, and otherwise gives the reason', async () => {
    const { sent, registry } = createRegistry(() => challenge('Bearer realm="https://evil.example/token"'))
    const why =
      'quay.io could not be reached: it names https://evil.example for sign-in, which is a different host or not encrypted; the request was not sent'
    expect(await registry.resolve(source)).toEqual({ kind: 'unknown', why })
    expect(sent).toEqual([manifest])
  })

  it.each([
    ['registry-1.docker.io', 'auth.docker.io', 'auth.docker.io.evil.example'],
    ['registry.gitlab.com', 'gitlab.com', 'evil.com'],
    ['registry.contoso.co.uk', 'git.contoso.co.uk', 'evil.co.uk'],
    ['contosoacr.azurecr.io', 'contosoacr.azurecr.io', 'evilacr.azurecr.io'],
    ['contoso-docker.pkg.dev', 'contoso-docker.pkg.dev', 'evil-docker.pkg.dev'],
    ['10.0.0.4:5000', '10.0.0.4:5000', '11.0.0.4:5000'],
    ['localhost', 'localhost', 'host'],
  ])('accepts for %s the token service %s, and not %s', (host, own, foreign) => {
    const accepted = [`https://${own}/`, `https://${foreign}/`, `http://${own}/`].filter(url => isOwnRealm(url, host))
    expect(accepted).toEqual([`https://${own}/`])
  })

  it('happens once per image', async () => {
    const { sent, registry } = createRegistry(() => found)
    await Promise.all([registry.resolve(source), registry.resolve({ ...source })])
    expect(sent).toHaveLength(1)
  })

  const unknown = (status: number) => ({ kind: 'unknown', why: `quay.io answered with HTTP ${status}` })
  it.each<[Answer, unknown]>([
    [{ status: 404 }, { kind: 'missing' }],
    [{ status: 404, headers: { 'content-type': 'application/json' } }, { kind: 'missing' }],
    [{ status: 404, headers: { 'content-type': 'text/html; charset=utf-8' } }, unknown(404)],
    [{ status: 503 }, unknown(503)],
    [{ status: 200 }, unknown(200)],
  ])('and %j becomes %j', async (answer, expected) => {
    expect(await createRegistry(() => answer).registry.resolve(source)).toEqual(expected)
  })
})

describe('attachments', () => {
  const hex = digest.replace(':', '-')
  const tagged =
    (...tags: string[]) =>
    (path: string): Answer =>
      path.startsWith('tags/list?n=1000&last=sha256-') ? { status: 200, body: { tags } } : { status: 404 }
  const more =
    (...tags: string[]) =>
    (path: string): Answer => ({
      ...tagged(...tags)(path),
      headers: { link: '</v2/team/app/tags/list?last=z>; rel="next"' },
    })
  const index = (count: number): Answer => ({ status: 200, body: { manifests: Array(count).fill({}) } })

  it.each<[string, (path: string) => Answer, unknown]>([
    ['referrers', path => (path.startsWith('referrers/') ? index(1) : { status: 404 }), 'some'],
    ['no referrers', path => (path.startsWith('referrers/') ? index(0) : { status: 404 }), 'none'],
    ["the OCI's tag", tagged('a', hex), 'some'],
    ['a signature', tagged(`${hex}.sig`), 'some'],
    ['an attestation', tagged(`${hex}.att`), 'some'],
    ['a bill of materials', tagged(`${hex}.sbom`), 'some'],
    ['other tags, all of them', tagged('a', `${hex}0`), 'none'],
    ['other tags, and more beyond', more('a', 'b'), { why: 'quay.io has more tags than it lists at once' }],
    ['other tags, and more beyond that come later in the alphabet', more('t'), 'none'],
    ['a registry without the API', path => ({ status: path.startsWith('referrers/') ? 405 : 404 }), 'none'],
    ['a registry that fails', () => ({ status: 500 }), { why: 'quay.io answered with HTTP 500' }],
    ['one that fails in part', path => (/^tags/.test(path) ? tagged(`${hex}.sig`)(path) : { status: 500 }), 'some'],
  ])('%s', async (_, answer, expected) => {
    const { registry } = createRegistry(url => answer(url.replace('https://quay.io/v2/team/app/', '')))
    expect(await registry.findAttachments(source, digest)).toEqual(expected)
  })
})
