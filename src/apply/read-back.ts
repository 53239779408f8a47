import { ActionError, isNotFound } from '../model/error.js'
import type { ObservedImage, Shown } from '../model/image.js'
import { type Wait, waitFor } from '../model/time.js'
import type { AzureContext } from '../services/context.js'

/** How long another image than the imported one may be shown before it counts, in milliseconds: replicas of a registry lag behind each other. */
const otherMs = 5000

/**
 * Reads the registry until it has the image, or can't be read. This decides, because the result that Azure reports is not enough (arm-containerregistry 12.0.0).
 * @param isDone whether Azure says that it is imported; without that, and without a digest to compare, only a change is a sign
 */
export async function readBack(
  { content, signal }: AzureContext,
  image: ObservedImage,
  wait: Wait,
  { isDone }: { isDone: boolean },
): Promise<Shown> {
  const { registry, request, sourceDigest, present } = image
  const isWanted = (digest: string): boolean => {
    if (sourceDigest !== undefined) return digest === sourceDigest
    return isDone || present === 'no' || (present !== 'unknown' && present.digest !== digest)
  }
  let last: Shown = { kind: 'nothing' }
  let otherSince: number | undefined
  const look = async (): Promise<Shown | undefined> => {
    try {
      const reference = request.tag || (sourceDigest ?? '')
      const { digest } = await content.read(registry, request.repository, reference, signal)
      last = { kind: 'other', digest }
      if (!isWanted(digest)) {
        // What was there before may be shown for as long as a replica takes; what nobody has seen before was written by someone else.
        if (!isDone || (typeof present === 'object' && present.digest === digest)) return undefined
        otherSince ??= wait.clock.now()
        return wait.clock.now() - otherSince >= otherMs ? last : undefined
      }
      return { kind: 'there', content: await content.read(registry, request.repository, digest, signal) }
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      return isNotFound(error) ? undefined : { kind: 'unreadable', why: error.reason }
    }
  }
  return (await waitFor(look, wait)) ?? last
}
