import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { textOf, type Json } from '../src/client.js'
import { start, takeProblems } from './support/fixture.js'
import { anyManifest, pull, readChallenge, sourceToken } from './support/images-client.js'

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('source registries', () => {
  it('challenges like Docker Hub, and serves by tag and by digest', async () => {
    const { world, client } = await start()
    const digest = world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    const base = 'https://registry-1.docker.io/v2'
    const refused = await client.get(`${base}/library/nginx/manifests/v1`)
    expect(refused).toMatchObject({ status: 401, json: { errors: [{ code: 'UNAUTHORIZED' }] } })
    expect(readChallenge(refused.headers['www-authenticate'] ?? '')).toEqual({
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:library/nginx:pull',
    })
    expect((await client.get(`${base}/`)).status).toBe(401)

    const byTag = await pull(client, `${base}/library/nginx/manifests/v1`)
    expect(byTag.status).toBe(200)
    expect(byTag.headers).toMatchObject({
      'docker-content-digest': digest,
      'content-type': 'application/vnd.oci.image.manifest.v1+json',
      'content-length': String(byTag.text.length),
    })
    expect(sha256(byTag.text)).toBe(digest)
    const byDigest = await pull(client, `${base}/library/nginx/manifests/${digest}`)
    expect(byDigest.text).toBe(byTag.text)
    const head = await pull(client, `${base}/library/nginx/manifests/v1`, 'HEAD')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers).toMatchObject({
      'docker-content-digest': digest,
      'content-length': byTag.headers['content-length'],
    })
    const { layers } = JSON.parse(byTag.text) as { layers: { digest: string; size: number }[] }
    expect(layers).toHaveLength(2)
    const blob = await pull(client, `${base}/library/nginx/blobs/${layers[0]?.digest ?? ''}`)
    expect(blob.headers['content-length']).toBe(String(layers[0]?.size))
  })

  it('creates the same image for the same name, and another for different content', async () => {
    const { world, registry } = await start()
    const source = world.addSourceRegistry('docker.io')
    const digest = source.push('a/b', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })
    expect(registry.images.push('a/b', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] })).toBe(digest)
    expect(source.push('a/b', 'v1', { content: 'other' })).not.toBe(digest)
    source.moveTag('a/b', 'v1', digest)
    expect(source.find('a/b', 'v1')?.digest).toBe(digest)
    expect(() => {
      source.moveTag('a/b', 'v1', 'sha256:none')
    }).toThrow('a/b has no sha256:none')
  })

  it('serves indexes and sizes', async () => {
    const { world, client } = await start()
    const source = world.addSourceRegistry('mcr.microsoft.com')
    const options = {
      platforms: ['linux/amd64', 'linux/arm/v7'],
      layers: 3,
      sizeBytes: 90_000,
      format: 'docker',
    } as const
    const digest = source.push('a/b', 'v1', options)
    const url = 'https://mcr.microsoft.com/v2/a/b/manifests/v1'
    const { json: index, headers, text } = await client.send('GET', url, { headers: anyManifest })
    expect(sha256(text)).toBe(digest)
    expect(headers['content-type']).toBe('application/vnd.docker.distribution.manifest.list.v2+json')
    const manifests = index.manifests as unknown as Json[]
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ])
    const stored = source.find('a/b', 'v1')
    expect(stored && source.size('a/b', stored)).toBeGreaterThan(180_000)
    const accept = 'application/vnd.docker.distribution.manifest.v2+json'
    const unacceptable = await client.send('GET', url, { headers: { accept } })
    expect(unacceptable).toMatchObject({ status: 404, json: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } })
  })

  it('lists tags in pages', async () => {
    const { world, client } = await start()
    const source = world.addSourceRegistry('mcr.microsoft.com')
    for (const tag of ['b', 'a', 'c']) source.push('x', tag)
    const first = await client.get('https://mcr.microsoft.com/v2/x/tags/list?n=2')
    expect(first.json).toEqual({ name: 'x', tags: ['a', 'b'] })
    expect(first.headers.link).toBe('</v2/x/tags/list?n=2&last=b>; rel="next"')
    const second = await client.get('https://mcr.microsoft.com/v2/x/tags/list?last=b&n=2')
    expect(second.json.tags).toEqual(['c'])
    expect(second.headers.link).toBeUndefined()
  })

  it('serves blobs with or without ranges', async () => {
    const { world, client } = await start()
    const headers = { range: 'bytes=2-5' }
    for (const [host, rangeRequests] of [
      ['mcr.microsoft.com', true],
      ['old.example', false],
    ] as const) {
      const source = world.addSourceRegistry(host, { rangeRequests, authentication: 'none' })
      source.push('x', 'v1')
      const blob = [...(source.repositories.get('x')?.blobs.keys() ?? [])][1] ?? ''
      const answer = await client.send('GET', `https://${host}/v2/x/blobs/${blob}`, { headers })
      expect(answer.status).toBe(rangeRequests ? 206 : 200)
      expect(answer.headers['content-range'] ?? '').toMatch(rangeRequests ? /^bytes 2-5\/\d+$/ : /^$/)
    }
  })

  it('has referrers through the API or a tag', async () => {
    const { world, client } = await start()
    const withApi = world.addSourceRegistry('mcr.microsoft.com')
    const signed = withApi.push('x', 'v1', { referrers: 2, signed: true })
    const bare = withApi.push('x', 'v2')
    const url = (digest: string) => `https://mcr.microsoft.com/v2/x/referrers/${digest}`
    const found = await client.get(url(signed))
    expect(found.headers['content-type']).toBe('application/vnd.oci.image.index.v1+json')
    expect((found.json.manifests as unknown as Json[]).map(entry => entry.artifactType)).toEqual([
      'application/vnd.in-toto+json',
      'application/vnd.in-toto+json',
    ])
    const filtered = await client.get(`${url(signed)}?artifactType=other`)
    expect(filtered.json.manifests).toEqual([])
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType')
    expect((await client.get(url(bare))).json.manifests).toEqual([])
    expect((await client.get(`https://mcr.microsoft.com/v2/x/manifests/${signed.replace(':', '-')}.sig`)).status).toBe(
      200,
    )

    const digest = world.addSourceRegistry('ghcr.io').push('o/x', 'v1', { referrers: 1 })
    expect((await pull(client, `https://ghcr.io/v2/o/x/referrers/${digest}`)).status).toBe(404)
    const fallback = await pull(client, `https://ghcr.io/v2/o/x/manifests/${digest.replace(':', '-')}`)
    expect(fallback.json.manifests).toHaveLength(1)
  })

  it('limits pulls, but neither HEAD requests nor authenticated callers', async () => {
    const { world, client } = await start()
    const credentials = { username: 'bot', password: 'dckr_pat' }
    const source = world.addSourceRegistry('docker.io', { credentials, rateLimited: { afterRequests: 1 } })
    source.push('library/nginx', 'v1')
    const url = 'https://registry-1.docker.io/v2/library/nginx/manifests/v1'
    expect((await pull(client, url)).status).toBe(200)
    const limited = await pull(client, url)
    expect(limited).toMatchObject({ status: 429, json: { errors: [{ code: 'TOOMANYREQUESTS' }] } })
    expect((await pull(client, url, 'HEAD')).status).toBe(200)
    const challenge = (await client.get(url)).headers['www-authenticate'] ?? ''
    const { json } = await sourceToken(client, challenge, credentials)
    const signedIn = await client.send('GET', url, { headers: anyManifest, token: textOf(json.token) })
    expect(signedIn.status).toBe(200)
    const wrong = await sourceToken(client, challenge, { ...credentials, password: 'wrong' })
    expect(wrong).toMatchObject({ status: 401, json: { errors: [{ message: 'incorrect username or password' }] } })
  })

  it('requires credentials as token or password, at another port too', async () => {
    const { world, client, simulator } = await start()
    const credentials = { username: 'bot', password: 'secret' }
    const host = 'registry.example.com:5000'
    world.addSourceRegistry(host, { credentials, anonymous: false }).push('a', 'v1')
    const url = `https://${host}/v2/a/manifests/v1`
    expect((await pull(client, url)).status).toBe(401)
    const challenge = (await client.get(url)).headers['www-authenticate'] ?? ''
    expect(readChallenge(challenge).realm).toBe(`https://${host}/token`)
    const { json } = await sourceToken(client, challenge, credentials)
    expect((await client.get(url, textOf(json.token))).status).toBe(200)
    expect(simulator.requests.at(-1)).toMatchObject({ host, caller: 'bot' })

    world.addSourceRegistry('basic.example', { credentials, anonymous: false, authentication: 'basic' }).push('a', 'v1')
    const basic = 'https://basic.example/v2/a/manifests/v1'
    expect((await client.get(basic)).headers['www-authenticate']).toBe('Basic realm="basic.example"')
    const authorization = `Basic ${Buffer.from('bot:secret').toString('base64')}`
    expect((await client.send('GET', basic, { headers: { authorization } })).status).toBe(200)
  })

  it('does not distinguish missing repositories from private ones at Docker Hub', async () => {
    const { world, client } = await start()
    world.addSourceRegistry('docker.io').push('library/nginx', 'v1')
    world.addSourceRegistry('quay.io').push('o/a', 'v1')
    const hub = 'https://registry-1.docker.io/v2'
    expect((await pull(client, `${hub}/library/none/manifests/v1`)).status).toBe(401)
    const noTag = await pull(client, `${hub}/library/nginx/manifests/v2`)
    expect(noTag).toMatchObject({ status: 404, json: { errors: [{ code: 'MANIFEST_UNKNOWN' }] } })
    const noName = await pull(client, 'https://quay.io/v2/o/none/manifests/v1')
    expect(noName).toMatchObject({ status: 404, json: { errors: [{ code: 'NAME_UNKNOWN' }] } })
  })

  it('is unknown unless the world has it', async () => {
    const { client, simulator } = await start()
    // The proxy's own answer.
    expect((await client.get('https://registry-1.docker.io/v2/')).status).toBe(403)
    expect(takeProblems(simulator)).toEqual(['refused a connection to registry-1.docker.io:443'])
  })

  it('logs the user agent', async () => {
    const { world, client, simulator } = await start()
    world.addSourceRegistry('mcr.microsoft.com')
    await client.send('GET', 'https://mcr.microsoft.com/v2/', { headers: { 'user-agent': 'attach-acr' } })
    expect(simulator.requests.at(-1)?.userAgent).toBe('attach-acr')
  })
})
