import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatImageSource, nameImage, nameSource } from '../src/image-reference.js'
import { parseImageRequest, parseImageSource } from '../src/image-reference.js'

const sha = 'sha256:3c2fb8ab6aa2f0d0a2e6f0b8a9a0f7d5a2b6a4a53f9e2f11d8d2a0a5b0c1d2e3'
const registryId =
  '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/other'

it('the name of an image in a registry has a colon before its tag, and an @ before its digest', () => {
  expect(nameImage({ repository: 'api', reference: 'v1' })).toBe('api:v1')
  expect(nameImage({ repository: 'api', reference: 'sha256:aa' })).toBe('api@sha256:aa')
})

describe('a source', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', 'latest', ''],
    ['nginx:1.27', 'docker.io', 'library/nginx', '1.27', ''],
    ['bitnami/redis', 'docker.io', 'bitnami/redis', 'latest', ''],
    ['docker.io/nginx', 'docker.io', 'library/nginx', 'latest', ''],
    ['index.docker.io/library/nginx:1', 'docker.io', 'library/nginx', '1', ''],
    [`nginx@${sha}`, 'docker.io', 'library/nginx', '', sha],
    [`ghcr.io/team/app:v1@${sha}`, 'ghcr.io', 'team/app', 'v1', sha],
    ['mcr.microsoft.com/dotnet/runtime:8.0', 'mcr.microsoft.com', 'dotnet/runtime', '8.0', ''],
    ['registry.example.com:5000/a/b_c/d--e:T_1', 'registry.example.com:5000', 'a/b_c/d--e', 'T_1', ''],
    ['localhost:5000/app:1', 'localhost:5000', 'app', '1', ''],
  ])('%s', (text, host, repository, tag, digest) => {
    expect(parseImageSource(text)).toEqual({ host, repository, tag, digest })
  })

  it('can be the resource ID of a registry with an image', () => {
    const parts = { host: '', repository: 'team/app', tag: 'v1', digest: '', registryId: { name: 'other' } }
    expect(parseImageSource(`${registryId}:team/app:v1`)).toMatchObject(parts)
    expect(parseImageSource(`${registryId}:team/app@${sha}`)).toMatchObject({ tag: '', digest: sha })
  })

  const site = registryId.replace('ContainerRegistry/registries', 'Web/sites')
  it.each([
    ...'Nginx nginx: Registry/app nginx@ nginx@sha256:12 a//b /a a/ exa_mple.com/a https://ghcr.io/a/b'.split(' '),
    ...['', 'nginx:a b', registryId, `${registryId}:`, `${site}:app:v1`, `nginx:${'t'.repeat(129)}`, 'a'.repeat(256)],
  ])('is not %s', text => {
    expect(parseImageSource(text)).toBeUndefined()
  })
})

describe('a line of images', () => {
  it('has names of 255 characters at most', () => {
    const named = (length: number) => [`nginx => ${'a'.repeat(length)}`, `ghcr.io/${'a'.repeat(length)}`]
    expect(named(255).map(line => parseImageRequest(line)?.repository.length)).toEqual([255, 255])
    expect(named(256).map(line => parseImageRequest(line))).toEqual([undefined, undefined])
  })

  it('keeps repository and tag by default', () => {
    const whole = { repository: 'library/nginx', tag: '1.27', text: 'nginx:1.27' }
    expect(parseImageRequest('nginx:1.27')).toMatchObject(whole)
  })

  it('accepts a repository, with the tag of the source', () => {
    expect(parseImageRequest('nginx:1.27=>web/nginx')).toMatchObject({ repository: 'web/nginx', tag: '1.27' })
  })

  it('leaves a digest untagged, never latest, unless a tag is given', () => {
    expect(parseImageRequest(`nginx@${sha}`)?.tag).toBe('')
    expect(parseImageRequest(`nginx@${sha} => nginx`)?.tag).toBe('')
    expect(parseImageRequest(`nginx@${sha} => nginx:v1`)?.tag).toBe('v1')
  })

  it.each([
    ...['nginx =>', '=> nginx', 'a => b => c', 'nginx => Nginx', `nginx => a@${sha}`],
    ...['nginx => ghcr.io:80/a:1:2', 'nginx -> a'],
  ])('is not %s', line => {
    expect(parseImageRequest(line)).toBeUndefined()
  })
})

describe('all references of the grammar', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  const separator = fc.constantFrom('.', '_', '__', '-', '--')
  const component = fc
    .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.map(([mark, next]) => mark + next).join(''))
  const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'))
  const host = fc
    .tuple(word, word, fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }))
    .map(([name, domain, port]) => `${name}.${domain}x${port === undefined ? '' : `:${port}`}`)
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)
  const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map(hex => `sha256:${hex}`)

  it('are parsed and formatted unchanged', () => {
    const parts = fc.record({
      host,
      repository,
      tag: fc.option(tag, { nil: '' }),
      digest: fc.option(digest, { nil: '' }),
    })
    fc.assert(
      fc.property(parts, given => {
        fc.pre(given.tag !== '' || given.digest !== '')
        const text = `${given.host}/${given.repository}${given.tag && `:${given.tag}`}${given.digest && `@${given.digest}`}`
        const source = parseImageSource(text)
        expect(source).toEqual(given)
        expect(source && formatImageSource(source)).toBe(text)
      }),
    )
  })

  it('is named as it was given, but a resource ID by its registry', () => {
    const named = ['nginx:1.27', `${registryId}:team/app:v1 => app`].map(line => {
      const request = parseImageRequest(line)
      return request && nameSource(request)
    })
    expect(named).toEqual(['nginx:1.27', 'other/team/app:v1'])
  })

  it('and no other text makes the parser throw', () => {
    const signs = fc.string({ unit: fc.constantFrom('a', '/', ':', '@', '.', '=', '>', ' ', 'A') })
    fc.assert(
      fc.property(fc.oneof(fc.string(), signs), line => {
        const request = parseImageRequest(line)
        if (request) expect(parseImageSource(formatImageSource(request.source))).toEqual(request.source)
      }),
    )
  })
})
