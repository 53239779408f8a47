import { nameOf, type ImagePlan, type ObservedImage } from '../model/image.js'

/** The inputs that decide what is done about images. */
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
    const reason = request.isProbe ? 'not in the registry, where probe pods pull it' : 'not in the registry'
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
