import {
  describeImage,
  listManifestsCommand,
  nameImageRequest,
  showImageCommand,
  type ObservedImage,
  type Seen,
} from 'azure'
import { isMissing, type AzureContext } from 'azure-clients'
import { ActionError, briefly, attempt, fix, choices, waitFor, clauseOf, reasonOf, sayClause } from 'kernel'

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
  { content }: AzureContext,
  image: ObservedImage,
  wait: Parameters<typeof waitFor>[1],
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
    const reference = request.tag || (sourceDigest ?? '')
    const tagged = await attempt(content.read(registry, request.repository, reference))
    if (tagged.error) return isMissing(tagged.error) ? undefined : { kind: 'unknown', error: tagged.error }
    const { digest } = tagged.value
    last = { kind: 'other', digest }
    if (!isExpected(digest)) {
      // A replica may still show the previous image. One that was never seen before was written by someone else.
      if (!isDone || (present.kind === 'found' && present.content.digest === digest)) return undefined
      otherSince ??= wait.clock.now()
      return wait.clock.now() - otherSince >= otherMs ? last : undefined
    }
    return { kind: 'found', content: tagged.value }
  }
  return (await waitFor(look, wait)) ?? last
}

/** The job was cancelled while Azure was importing or, with a cause, before Azure had answered. */
export function explainInterruptedImport(image: ObservedImage, cause?: unknown): ActionError {
  const message = `The job was cancelled while Azure was importing ${describeImage(image)}; the image may or may not be there`
  const advice = fix('Run the job again; it does not import an image again that has arrived by then.')
  return new ActionError('CANCELLED', message, { fix: advice, cause })
}

/** Azure accepted the import, but it is unknown whether it finished. */
export function explainOpen(image: ObservedImage, waitedMs: number, shown: Shown, cause?: ActionError): ActionError {
  const { registry, sourceDigest } = image
  const why =
    shown.kind === 'unknown'
      ? `the registry can't be read (${reasonOf(shown.error.said)})`
      : cause
        ? `Azure does not report its state (${clauseOf(cause.azure?.message ?? sayClause(cause.said))})`
        : `the image had not arrived after ${waitedMs / 1000} s`
  const advice = briefly(
    `The import may still finish.`,
    `Check whether the image has arrived${sourceDigest ? ` (${sourceDigest})` : ''}, then run the step again, with a ` +
      'longer timeout if the image is large:',
    showImageCommand(registry.id, nameImageRequest(image.request)),
  )
  const details = { subject: registry.name, fix: advice, azure: cause?.azure, cause }
  const said = { what: describeImage(image), why: `Azure accepted the import, but ${why}` }
  return new ActionError('IMPORT_FAILED', said, details)
}

/** Azure reports the image as imported, but the registry does not have it. */
export function explainAbsent(image: ObservedImage): ActionError {
  const said = { what: describeImage(image), why: 'Azure reports it as imported, but the registry does not have it' }
  const advice = briefly(
    'Run the step again.',
    'The images in the registry:',
    listManifestsCommand(image.registry.id, image.request.repository),
  )
  return new ActionError('IMPORT_FAILED', said, { subject: image.registry.name, fix: advice })
}

/** The tag has another image than the imported one. */
export function explainMismatch(image: ObservedImage, arrived: string): ActionError {
  const why = `${image.sourceDigest ?? ''} was imported, but the tag now has ${arrived}`
  const advice = briefly(
    'Run the step again, with force-import: true if the source should replace what something else wrote to the tag meanwhile.',
    'The images in the registry:',
    listManifestsCommand(image.registry.id, image.request.repository),
  )
  return new ActionError(
    'IMAGE_DIGEST_MISMATCH',
    { what: describeImage(image), why },
    { subject: image.registry.name, fix: advice },
  )
}

/** Adds to the fix for the action's own pause image that an image of the registry can replace it. */
export function adviseProbeImage(error: ActionError): ActionError {
  const advice = 'Or set probe-image to an image that the registry has; then verify: pull needs no import.'
  return error.with({ fix: choices(error.fix, fix(advice)) })
}
