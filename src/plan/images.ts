import { nameImageRequest, nameSource, type Content, type ObservedImage, type PlannedImage } from 'azure'
import type { Desired } from './context.js'

export function planImage(image: ObservedImage, { forceImport }: Pick<Desired, 'forceImport'>): PlannedImage['plan'] {
  const { sourceError, present, request } = image
  if (sourceError && present.kind !== 'found') return { kind: 'failed' }
  if (present.kind === 'found' && isLocked(present.content, image)) return { kind: 'locked' }
  // Any pause image will do.
  if (request.isProbe && present.kind === 'found') return { kind: 'present' }
  if (present.kind === 'missing') {
    const reason = request.isProbe ? 'not in the registry, where probe pods pull it' : 'not in the registry'
    return { kind: 'import', force: false, reason }
  }
  if (present.kind === 'unknown') {
    return { kind: 'import', force: forceImport, reason: 'could not check whether it is in the registry' }
  }
  return planOther(image, present.content, forceImport)
}

/** The plan for an image whose name the registry has already: it is the same, a conflict, or replaced. */
function planOther(
  { request, sourceDigest, sourceError }: ObservedImage,
  { digest, writeLocks }: Content,
  forceImport: boolean,
): PlannedImage['plan'] {
  // Azure moves a locked tag nevertheless (with az 2.90: github.com/sathpal/regulated-k8s-reference, aks/04-build-sign-deploy.md).
  const isForced = forceImport && !writeLocks
  if (sourceDigest === undefined) {
    // An imported image stays good after its source is deleted.
    return isForced && !sourceError
      ? { kind: 'import', force: true, reason: 'the source could not be compared, and force-import is set' }
      : { kind: 'present' }
  }
  if (digest === sourceDigest) return { kind: 'present' }
  const reason = `${nameImageRequest(request)} is ${digest}, and ${nameSource(request)} is ${sourceDigest}`
  return isForced ? { kind: 'import', force: true, reason } : { kind: 'conflict', reason }
}

/**
 * Whether nobody can pull the image that has the name, unless an import gives the name another one. A lock on a manifest stays with that manifest, but those
 * on a tag and on a repository stay, whatever the tag names, and are no one's to circumvent: an import with force would move a locked tag.
 */
function isLocked({ digest, locks = [] }: Content, { request, sourceDigest = digest }: ObservedImage): boolean {
  if (locks.length === 0) return false
  return locks.some(level => level !== 'manifest') || request.isProbe === true || sourceDigest === digest
}
