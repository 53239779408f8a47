import type { Finding } from './finding.js'
import { fix } from './fix.js'
import { showImageCommand } from './az-commands.js'
import { formatImageSource, isUnread, nameOf, type ImageResult } from './image.js'

/** The finding about images that count as present without a comparison with their sources, because source or registry can't be asked. */
export function findNotCompared(images: readonly ImageResult[]): Finding[] {
  return images
    .filter(result => isUnread(result) && !result.image.request.isProbe)
    .map(result => {
      const { image, isUnseen } = result
      const { request, registry } = image
      const taken = isUnseen ? 'It counts as present' : 'It is taken for the wanted image'
      return {
        code: 'IMAGE_NOT_COMPARED',
        severity: 'warning',
        subject: registry.id,
        message: `${describeUnread(result)}.`,
        fix: fix(
          `${taken}, and is not pinned to a digest. Let the runner read ${isUnseen ? 'the registry' : 'both registries'}, or look yourself:`,
          showImageCommand(registry.id, nameOf(request)),
        ),
      }
    })
}

/** What is not known of an image that could not be read, and why. */
export function describeUnread({ image: { request, registry }, notes, isUnseen }: ImageResult): string {
  const what = isUnseen ? `is on ${registry.name}` : `on ${registry.name} is ${formatImageSource(request.source)}`
  return [`Whether ${nameOf(request)} ${what} is not known`, notes.join('; ')].filter(Boolean).join(': ')
}
