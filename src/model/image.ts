import { ActionError } from './error.js'
import { fix } from './fix.js'
import type { Registry } from './registry.js'
import { parseResourceId, type ResourceId } from './resource-id.js'
import type { Platform } from './scheduling.js'

/** An image as a registry describes it; the size is set only where it costs no further request. */
export interface Content {
  digest: string
  sizeInBytes?: number
}

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

/** An image that is wanted in a registry, with the current state of source and registry. */
export interface ObservedImage {
  request: ImageRequest
  registry: Registry
  /** The other Azure Container Registry that it comes from, when the caller can see it. */
  sourceRegistry?: Registry
  /** Digest of the source; undefined when the source could not be asked. */
  sourceDigest?: string
  /** Set where the source no longer exists; what was imported from it stays as it is. */
  isSourceGone?: true
  /** What is in the registry under the wanted name. */
  present: 'no' | 'unknown' | { digest: string; sizeInBytes?: number }
  /** What could not be looked at, and why. */
  notes: string[]
  /** Why the image can't be imported. */
  error?: ActionError
}

/** What is to be done about an image. */
export type ImagePlan =
  | { kind: 'present' }
  | { kind: 'import'; force: boolean; reason: string }
  /** Another image has the tag, and it is not to be overwritten. */
  | { kind: 'conflict'; reason: string }
  | { kind: 'failed' }

export interface PlannedImage {
  image: ObservedImage
  plan: ImagePlan
}

/** The result of an image. */
export interface ImageResult {
  image: ObservedImage
  status: 'imported' | 'present' | 'missing' | 'failed'
  /** Set in `check` where it counts as present although nobody knows whether it is. */
  isUnseen?: true
  /** Whether Azure has accepted an import of it, and did not report that it failed. */
  changed: boolean
  /** Empty when the registry could not be read. */
  digest: string
  sizeInBytes?: number
  seconds?: number
  notes: string[]
  /** Why it failed or, in `check`, what is missing. */
  error?: ActionError
}

/** Fixes that the step's own errors and those of Azure's import share. */
export const fixes = {
  conflict: 'Give another tag, or set force-import: true to overwrite it.',
  missing: 'Check host, repository and tag; images of Docker Hub without an owner are in library/.',
}

/** The end of an image that needs no import. */
export function settle({ image, plan }: PlannedImage): ImageResult {
  const { request, registry, sourceDigest, present, notes, error } = image
  const content = typeof present === 'object' ? present : { digest: '' }
  const base = { image, changed: false, notes }
  if (plan.kind === 'conflict') {
    const message = `${nameOf(request)} on ${registry.name} is another image: ${plan.reason}.`
    const conflict = new ActionError('IMAGE_CONFLICT', message, { subject: registry.name, fix: fix(fixes.conflict) })
    // The other image is not what was asked for, so its digest is given to nobody to deploy.
    return { ...base, status: 'failed', digest: '', error: conflict }
  }
  if (error) return { ...base, status: 'failed', digest: '', error }
  // Nothing is pinned that was not compared. Of the action's own pause image, any will do.
  const isCompared = sourceDigest !== undefined || image.isSourceGone === true || request.isProbe === true
  return { ...base, status: 'present', ...(isCompared ? content : { digest: '' }) }
}

/** Whether an image counts as present although the registry could not be read. */
export function isUnread({ status, digest }: ImageResult): boolean {
  return status === 'present' && digest === ''
}

/** Where an image is in a registry: `repository:tag`, or `repository@digest` when it has no tag. */
export function nameOf({ repository, tag, source }: ImageRequest): string {
  return tag ? `${repository}:${tag}` : `${repository}@${source.digest}`
}

/** The reference to deploy: pinned to the digest, or by tag when the digest can't be read. */
export function pinned({ image: { request, registry }, digest }: Pick<ImageResult, 'image' | 'digest'>): string {
  const server = registry.loginServer || registry.name
  return digest ? `${server}/${request.repository}@${digest}` : `${server}/${nameOf(request)}`
}

/** `docker.io/library/nginx:1.27 → nginx:v1 on contosoacr`. */
export function describeImage({ request, registry }: ObservedImage): string {
  const from = formatImageSource(request.source)
  return shortDigest(`${from} → ${nameOf(request)} on ${registry.name}`)
}

/** A digest by its first digits, for people; outputs and report have it whole. */
export function shortDigest(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+/g, '$1…')
}

/**
 * The image that nodes pull where nothing else is named: the pause image that Kubernetes starts every pod with, less than a megabyte for Linux. It is
 * imported once into a repository of the action's own, and stays there.
 */
export const pauseImage: ImageRequest = {
  text: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.2',
  source: { host: 'mcr.microsoft.com', repository: 'oss/v2/kubernetes/pause', tag: '3.10.2', digest: '' },
  repository: 'attach-acr/pause',
  tag: '3.10.2',
  isProbe: true,
}

/** What it is built for: Windows Server 2019, 2022 and 2025 among others (mcr.microsoft.com, index of the tag; containerd/containerd issue 13156). */
export const pausePlatforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  ...['10.0.17763', '10.0.20348', '10.0.26100'].map(osVersion => ({ os: 'windows', arch: 'amd64', osVersion })),
]

/** The state of an imported image in its registry. */
export type Shown =
  | { kind: 'there'; content: Content }
  /** Another image has its name, or what was there before. */
  | { kind: 'other'; digest: string }
  | { kind: 'nothing' }
  | { kind: 'unreadable'; why: string }
