import { parseResourceId, resourceTypes, sameId, type ResourceId } from './resource-id.js'

export interface ImageSource {
  /** Registry host with its port, in lower case, `docker.io` for short names; empty if the registry is given by its resource ID. */
  host: string
  /** The Azure Container Registry, if it is given by its resource ID. */
  registryId?: ResourceId
  repository: string
  /** Empty if only a digest was given. */
  tag: string
  /** `sha256:…`; empty if only a tag was given. */
  digest: string
}

/** One line of the input `images`. */
export interface ImageRequest {
  /** The source as the user wrote it. */
  text: string
  source: ImageSource
  /** The target in each registry; without a tag, the image is addressed by its digest. */
  repository: string
  tag: string
  /** Set for the image that the action imports for its own probe pods. */
  isProbe?: true
}

// The grammar of github.com/distribution/reference: path components, a tag, a digest, a host with a port.
const component = String.raw`[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*`

const path = String.raw`${component}(?:/${component})*`

const tag = String.raw`[\w][\w.-]{0,127}`

const digest = String.raw`[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}`

const label = String.raw`(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])`

const hostPattern = new RegExp(String.raw`^${label}(?:\.${label})*(?::[0-9]+)?$`)

const remainderPattern = new RegExp(String.raw`^(${path})(?::(${tag}))?(?:@(${digest}))?$`)

const targetPattern = new RegExp(String.raw`^(${path})(?::(${tag}))?$`)

/** `<resource ID>:repository:tag` or `<resource ID>:repository@digest`. */
const resourcePattern = /^(\/subscriptions\/[^:]+):(.+)$/i

/** Maximum length of a repository's name (github.com/distribution/reference). */
const maxNameLength = 255

/** Parses `SOURCE` or `SOURCE => REPOSITORY[:TAG]`; undefined if it is neither. */
export function parseImageRequest(line: string): ImageRequest | undefined {
  const [text = '', target, ...more] = line.split('=>').map(part => part.trim())
  if (more.length > 0 || target === '') return undefined
  const source = parseImageSource(text)
  if (!source) return undefined
  if (target === undefined) return { text, source, repository: source.repository, tag: source.tag }
  const [, repository, targetTag] = targetPattern.exec(target) ?? []
  if (!repository || repository.length > maxNameLength) return undefined
  return { text, source, repository, tag: targetTag ?? source.tag }
}

/** Parses a source as docker does: the default host is Docker Hub's, and the default tag is `latest`. */
export function parseImageSource(text: string): ImageSource | undefined {
  const [, id, inRegistry] = resourcePattern.exec(text) ?? []
  if (id && inRegistry) {
    const registryId = parseResourceId(id)
    if (!registryId || !sameId(registryId.type, resourceTypes.registry)) return undefined
    const rest = parseRemainder(inRegistry)
    return rest && { host: '', registryId, ...rest }
  }
  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  // The first part is a host, not a path component, if it has a dot or a port, or is localhost (distribution/reference `normalize.go`). To docker, it is
  // one also if it has a capital; in lower case, that would be another image.
  if (/[.:]/.test(first) || first.toLowerCase() === 'localhost') {
    const rest = hostPattern.test(first) ? parseRemainder(text.slice(slash + 1)) : undefined
    return rest && normalizeDockerHub(first.toLowerCase(), rest)
  }
  const rest = parseRemainder(text)
  return rest && normalizeDockerHub('docker.io', rest)
}

/** Whether a text is `repository[:tag|@digest]`, without a host. */
export function isRepositoryReference(text: string): boolean {
  const first = text.split('/', 1)[0] ?? ''
  const hasHost = text.includes('/') && /[.:]/.test(first)
  return !hasHost && parseRemainder(text) !== undefined
}

type Remainder = Pick<ImageSource, 'repository' | 'tag' | 'digest'>

function parseRemainder(text: string): Remainder | undefined {
  const [, repository, givenTag = '', givenDigest = ''] = remainderPattern.exec(text) ?? []
  if (!repository || repository.length > maxNameLength) return undefined
  return { repository, tag: givenTag || (givenDigest ? '' : 'latest'), digest: givenDigest }
}

function normalizeDockerHub(host: string, rest: Remainder): ImageSource {
  if (!['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)) return { host, ...rest }
  const repository = rest.repository.includes('/') ? rest.repository : `library/${rest.repository}`
  return { host: 'docker.io', ...rest, repository }
}

/** The source in full: `docker.io/library/nginx:1.27`, `…@sha256:…`. */
export function formatImageSource(source: ImageSource): string {
  const registry = source.registryId?.name ?? source.host
  return `${registry}/${source.repository}${source.tag && `:${source.tag}`}${source.digest && `@${source.digest}`}`
}

/** The source as it was given; for a resource ID, which fills a line, its name. */
export function nameSource({ text, source }: ImageRequest): string {
  return source.registryId ? formatImageSource(source) : text
}

/** The name of an image in a registry: `repository:tag`, or `repository@digest`. */
export function nameImage({ repository, reference }: { repository: string; reference: string }): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`
}

/** The name that an image gets in a registry: by digest if it has no tag. */
export function nameImageRequest({ repository, tag, source }: ImageRequest): string {
  return nameImage({ repository, reference: tag || source.digest })
}

/**
 * The login server of a host, in lower case: the host itself, unless it is a regional endpoint, `x.REGION.geo.azurecr.io`
 * (learn.microsoft.com/azure/container-registry/container-registry-regional-endpoints).
 */
export function loginServerOf(host: string): string {
  return host.toLowerCase().replace(/^([a-z0-9-]+)\.[a-z0-9]+\.geo\.(azurecr\.(?:io|us|cn))$/, '$1.$2')
}
