import { formatImageSource, type ImageRequest } from './image-reference.js'
import { ActionError } from './errors.js'
import type { Registry } from './state.js'

/** An image that is wanted in a registry, as both sides are now. */
export interface ObservedImage {
  request: ImageRequest
  registry: Registry
  /** The other Azure Container Registry that it comes from, when the caller can see it. */
  sourceRegistry?: Registry
  /** Digest of the source; undefined when the source could not be asked. */
  sourceDigest?: string
  /** What is in the registry under the wanted name. */
  present: 'no' | 'unknown' | { digest: string; sizeInBytes?: number }
  /** What could not be looked at, and why. */
  notes: string[]
  /** Why it can't be had. */
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

/** How an image ended. */
export interface ImageResult {
  image: ObservedImage
  status: 'imported' | 'present' | 'missing' | 'failed'
  /** Whether Azure has taken an import of it on, and did not say that it failed. */
  changed: boolean
  /** Empty when the registry could not be read. */
  digest: string
  sizeInBytes?: number
  seconds?: number
  notes: string[]
  /** Why it failed or, in `check`, what is missing. */
  error?: ActionError
}

/** What of the inputs decides about images. */
export interface ImageWish {
  forceImport: boolean
}

/** Decides what each image needs. Pure. */
export function planImage(image: ObservedImage, { forceImport }: ImageWish): ImagePlan {
  const { error, present, sourceDigest, request } = image
  if (error) return { kind: 'failed' }
  // Whichever pause image is there will do.
  if (request.isProbe && typeof present === 'object') return { kind: 'present' }
  if (present === 'no') {
    const reason = request.isProbe ? 'not in the registry, for probe pods to pull' : 'not in the registry'
    return { kind: 'import', force: false, reason }
  }
  if (present === 'unknown') {
    return { kind: 'import', force: forceImport, reason: 'whether it is in the registry could not be read' }
  }
  if (sourceDigest === undefined) {
    return forceImport
      ? { kind: 'import', force: true, reason: 'the source could not be compared, and force-import is set' }
      : { kind: 'present' }
  }
  if (present.digest === sourceDigest) return { kind: 'present' }
  const reason = `${nameOf(request)} is ${present.digest}, and ${request.text} is ${sourceDigest}`
  return forceImport ? { kind: 'import', force: true, reason } : { kind: 'conflict', reason }
}

/** What to do, whether the step or Azure's import is the one to find out. */
export const fixes = {
  conflict: 'Give another tag, or set force-import: true to overwrite it.',
  missing: 'Check host, repository and tag; images of Docker Hub without an owner are in library/.',
}

/** The end of an image that needs no import. */
export function settle({ image, plan }: PlannedImage): ImageResult {
  const { request, registry, present, notes, error } = image
  const content = typeof present === 'object' ? present : { digest: '' }
  const base = { image, changed: false, notes }
  if (plan.kind === 'conflict') {
    const message = `${nameOf(request)} on ${registry.name} is another image: ${plan.reason}.`
    const conflict = new ActionError('IMAGE_CONFLICT', message, { subject: registry.name, fix: fixes.conflict })
    return { ...base, status: 'failed', digest: content.digest, error: conflict }
  }
  if (error) return { ...base, status: 'failed', digest: '', error }
  return { ...base, status: 'present', ...content }
}

/** Whether an image is taken for present though the registry could not be read. */
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
