import type { ResourceId } from './azure/resource-id.js'
import { parseResourceId } from './azure/resource-id.js'

/** Where an image comes from. */
export interface ImageSource {
  /** Registry host with its port, in lower case, `docker.io` for short names; empty when the registry is given by its resource ID. */
  host: string
  /** The Azure Container Registry that was named by its resource ID. */
  registryId?: ResourceId
  repository: string
  /** Empty when only a digest was given. */
  tag: string
  /** `sha256:…`; empty when only a tag was given. */
  digest: string
}

/** One line of the input `images`. */
export interface ImageRequest {
  /** The source as it was written. */
  text: string
  source: ImageSource
  /** Where it goes in each registry; an empty tag means that it is reached by its digest alone. */
  repository: string
  tag: string
  /** Set for what the action imports for its own probe pods. */
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
/** Of `<resource ID>:repository:tag` and `<resource ID>:repository@digest`. */
const resourcePattern = /^(\/subscriptions\/[^:]+):(.+)$/i

/** The longest name that a registry takes (github.com/distribution/reference). */
const longestName = 255

/** Reads one line: `SOURCE` or `SOURCE => REPOSITORY[:TAG]`; undefined when it is not one. */
export function parseImageRequest(line: string): ImageRequest | undefined {
  const [text = '', target, ...more] = line.split('=>').map(part => part.trim())
  if (more.length > 0 || target === '') return undefined
  const source = parseImageSource(text)
  if (!source) return undefined
  if (target === undefined) return { text, source, repository: source.repository, tag: source.tag }
  const [, repository, targetTag] = targetPattern.exec(target) ?? []
  if (!repository || repository.length > longestName) return undefined
  return { text, source, repository, tag: targetTag ?? source.tag }
}

/** Reads a source, as docker reads its names: without a host it is of Docker Hub, and without tag and digest `latest` is meant. */
export function parseImageSource(text: string): ImageSource | undefined {
  const [, id, inRegistry] = resourcePattern.exec(text) ?? []
  if (id && inRegistry) {
    const registryId = parseResourceId(id)
    const isRegistry = registryId?.type.toLowerCase() === 'microsoft.containerregistry/registries'
    const rest = isRegistry ? parseRemainder(inRegistry) : undefined
    return registryId && rest && { host: '', registryId, ...rest }
  }
  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  // What could be a host or a path component is a host when it has a dot or a port, or is localhost.
  if (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first)) {
    const rest = hostPattern.test(first) ? parseRemainder(text.slice(slash + 1)) : undefined
    return rest && normalizeDockerHub(first.toLowerCase(), rest)
  }
  const rest = parseRemainder(text)
  return rest && normalizeDockerHub('docker.io', rest)
}

/** Whether a text is `repository[:tag|@digest]`: an image in a registry that is known, without its host. */
export function isRepositoryReference(text: string): boolean {
  const first = text.split('/', 1)[0] ?? ''
  const hasHost = text.includes('/') && /[.:]/.test(first)
  return !hasHost && parseRemainder(text) !== undefined
}

type Remainder = Pick<ImageSource, 'repository' | 'tag' | 'digest'>

function parseRemainder(text: string): Remainder | undefined {
  const [, repository, givenTag = '', givenDigest = ''] = remainderPattern.exec(text) ?? []
  if (!repository || repository.length > longestName) return undefined
  return { repository, tag: givenTag || (givenDigest ? '' : 'latest'), digest: givenDigest }
}

function normalizeDockerHub(host: string, rest: Remainder): ImageSource {
  if (!['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)) return { host, ...rest }
  const repository = rest.repository.includes('/') ? rest.repository : `library/${rest.repository}`
  return { host: 'docker.io', ...rest, repository }
}

/** The source in full: `docker.io/library/nginx:1.27`, `…@sha256:…`. */
export function formatImageSource({
  host,
  registryId,
  repository,
  tag: sourceTag,
  digest: sourceDigest,
}: ImageSource): string {
  const registry = registryId ? registryId.name : host
  return `${registry}/${repository}${sourceTag && `:${sourceTag}`}${sourceDigest && `@${sourceDigest}`}`
}
