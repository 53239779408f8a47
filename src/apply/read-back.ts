import type { ObservedImage, Seen } from 'azure'
import { isMissing, type AzureContext } from 'azure-clients'
import { attempt, type ActionError, type Wait, waitFor } from 'kernel'

/** What a registry has after an import. `other`: another image has the name, for example the one from before. */
export type Shown = Seen | { kind: 'other'; digest: string }

/** How long a registry must show a different image before it counts, in milliseconds: its replicas lag behind each other. */
const otherMs = 5000

/**
 * Reads the registry until it has the image, or can't be read. The registry decides, because the result that Azure reports is not enough
 * (arm-containerregistry 12.0.0).
 * @param isDone whether Azure reports the import as done. If it doesn't, and there is no digest to compare, only a changed digest counts.
 */
export async function readBack(
  { content, signal }: AzureContext,
  image: ObservedImage,
  wait: Wait,
  { isDone }: { isDone: boolean },
): Promise<Shown> {
  const { registry, request, sourceDigest, present } = image
  const isExpected = (digest: string): boolean => {
    if (sourceDigest !== undefined) return digest === sourceDigest
    return isDone || present.kind === 'missing' || (present.kind === 'found' && present.content.digest !== digest)
  }
  let last: Shown = { kind: 'missing' }
  let otherSince: number | undefined
  const look = async (): Promise<Shown | undefined> => {
    const read = (reference: string) => attempt(content.read(registry, request.repository, reference, signal))
    const tagged = await read(request.tag || (sourceDigest ?? ''))
    if (tagged.error) return unlessMissing(tagged.error)
    const { digest } = tagged.value
    last = { kind: 'other', digest }
    if (!isExpected(digest)) {
      // A replica may still show the previous image. One that was never seen before was written by someone else.
      if (!isDone || (present.kind === 'found' && present.content.digest === digest)) return undefined
      otherSince ??= wait.clock.now()
      return wait.clock.now() - otherSince >= otherMs ? last : undefined
    }
    const { value, error } = await read(digest)
    return error ? unlessMissing(error) : { kind: 'found', content: value }
  }
  return (await waitFor(look, wait)) ?? last
}

function unlessMissing(error: ActionError): Shown | undefined {
  return isMissing(error) ? undefined : { kind: 'unknown', error }
}
