import type { ImageStore, Repository } from '../../world/images.js'
import { referrersIndex } from '../../world/images.js'
import { mediaTypes, type StoredManifest } from '../../world/manifests.js'
import { registryErrors } from './errors.js'

/** A parsed path of the distribution API. */
export type DistributionRequest =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifests' | 'blobs' | 'referrers'; readonly repository: string; readonly reference: string }

/** Parses a path below `/v2/`; undefined if it is unknown. Repository names contain slashes. */
export function readPath(path: string): DistributionRequest | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1]
  if (tags !== undefined) return { kind: 'tags', repository: tags }
  const [, repository, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? []
  if (repository === undefined || reference === undefined) return undefined
  return { kind: kind as 'manifests' | 'blobs' | 'referrers', repository, reference }
}

/** The query parameters of the distribution specification, by kind of request. */
const parameters: Readonly<Partial<Record<DistributionRequest['kind'], readonly string[]>>> = {
  catalog: ['n', 'last'],
  tags: ['n', 'last'],
  referrers: ['artifactType'],
}

/** Records query parameters that have no effect. */
export function checkParameters(known: readonly string[], request: Request, problem: (text: string) => void): void {
  for (const name of new URL(request.url).searchParams.keys())
    if (!known.includes(name)) problem(`the query parameter ${name} is not simulated here`)
}

export interface DistributionOptions {
  readonly rangeRequests: boolean
  readonly referrersApi: boolean
}

/** Answers reads of the OCI distribution specification 1.1; the caller checks access. Writing isn't simulated. */
export function serve(
  store: ImageStore,
  target: DistributionRequest,
  request: Request,
  { rangeRequests, referrersApi }: DistributionOptions,
  problem: (text: string) => void,
): Response {
  checkParameters(parameters[target.kind] ?? [], request, problem)
  if (request.method !== 'GET' && request.method !== 'HEAD') throw registryErrors.unsupported()
  if (target.kind === 'base') return json({})
  if (target.kind === 'catalog') return page(request, 'repositories', [...store.repositories.keys()].sort())
  const { repository: name } = target
  const repository = store.repositories.get(name)
  if (repository === undefined) throw registryErrors.nameUnknown(name)
  switch (target.kind) {
    case 'tags':
      return page(request, 'tags', [...repository.tags.keys()].sort(), { name })
    case 'manifests':
      return serveManifest(store, name, target.reference, request)
    case 'blobs':
      return serveBlob(repository, target.reference, request, rangeRequests)
    case 'referrers':
      if (!referrersApi) throw registryErrors.notFound()
      return serveReferrers(store, name, target.reference, request)
  }
}

function serveManifest(store: ImageStore, name: string, reference: string, request: Request): Response {
  const known = store.find(name, reference)
  if (known === undefined) throw registryErrors.manifestUnknown(name, reference)
  if (!accepts(request, known)) {
    const isIndex = known.content.manifests !== undefined
    const isOci = known.mediaType === mediaTypes.oci.index || known.mediaType === mediaTypes.oci.manifest
    throw registryErrors.notAcceptable(isIndex ? (isOci ? 'OCI index' : 'manifest list') : 'manifest')
  }
  const manifest = store.read(name, reference) ?? known
  return body(request, manifest.bytes, {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  })
}

function accepts(request: Request, manifest: StoredManifest): boolean {
  const accept = request.headers.get('accept')
  if (accept === null) return true
  const types = accept.split(',').map(type => type.split(';')[0]?.trim().toLowerCase())
  return types.some(type => type === manifest.mediaType || type === '*/*' || type === 'application/*')
}

/** Azure redirects clients to a storage account; here the registry itself answers. */
function serveBlob(repository: Repository, digest: string, request: Request, rangeRequests: boolean): Response {
  const blob = repository.blobs.get(digest)
  if (blob === undefined) throw registryErrors.blobUnknown(digest)
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    ...(rangeRequests ? { 'accept-ranges': 'bytes' } : {}),
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '') ?? []
  if (first === undefined || !rangeRequests) return body(request, blob, headers)
  const start = Number(first)
  const end = Math.min(last === undefined || last === '' ? Infinity : Number(last), blob.length - 1)
  if (start > end) return new Response(null, { status: 416, headers: { 'content-range': `bytes */${blob.length}` } })
  const range = `bytes ${start}-${end}/${blob.length}`
  return body(request, blob.subarray(start, end + 1), { ...headers, 'content-range': range }, 206)
}

function serveReferrers(store: ImageStore, name: string, digest: string, request: Request): Response {
  const type = new URL(request.url).searchParams.get('artifactType')
  const all = store.referrers(name, digest)
  const found = type === null ? all : all.filter(({ content }) => content.artifactType === type)
  return body(request, referrersIndex(found).bytes, {
    'content-type': mediaTypes.oci.index,
    ...(type === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  })
}

/** One page of a list, by `n` and `last`; the whole list without `n`. */
export function page(
  request: Request,
  key: string,
  names: readonly string[],
  more: object = {},
  entry: (name: string) => unknown = name => name,
): Response {
  const url = new URL(request.url)
  const last = url.searchParams.get('last')
  const pageSize = url.searchParams.get('n')
  if (pageSize !== null && !/^\d+$/.test(pageSize)) throw registryErrors.noNumber(pageSize)
  const count = pageSize === null ? Infinity : Number(pageSize)
  const after = last === null ? names : names.filter(name => name > last)
  const found = after.slice(0, count)
  const end = found.at(-1)
  const response = json({ ...more, [key]: found.map(entry) })
  if (end !== undefined && after.length > found.length) {
    url.searchParams.set('last', end)
    response.headers.set('link', `<${url.pathname}${url.search}>; rel="next"`)
  }
  return response
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(value, { status, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' } })

function body(request: Request, bytes: Buffer, headers: Record<string, string>, status = 200): Response {
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), {
    status,
    headers: { ...headers, 'content-length': String(bytes.length) },
  })
}
