import { describeImage, listManifestsCommand, nameOf, showImageCommand, type ObservedImage } from 'azure'
import { ActionError, fix, joinFixes } from 'kernel'
import type { Shown } from './read-back.js'

/** The job was cancelled while Azure was importing or, with a cause, before Azure had answered. */
export function explainInterrupted(image: ObservedImage, cause?: unknown): ActionError {
  return new ActionError(
    'CANCELLED',
    `The job was cancelled while Azure was importing ${describeImage(image)}; the image may or may not be there.`,
    { fix: fix('Run the job again; it does not import an image again that has arrived by then.'), cause },
  )
}

/** Azure accepted the import, but it is unknown whether it finished. */
export function explainOpen(image: ObservedImage, waitedMs: number, shown: Shown, cause?: ActionError): ActionError {
  const { registry, sourceDigest } = image
  const why =
    shown.kind === 'unknown'
      ? `the registry can't be read (${shown.error.reason})`
      : cause
        ? `Azure does not report its state (${cause.azure?.message ?? cause.message})`
        : `the image had not arrived after ${waitedMs / 1000} s`
  const advice = fix(
    `The import may still finish. Check whether the image has arrived${sourceDigest ? ` (${sourceDigest})` : ''}, then run the step again, with a ` +
      'longer timeout if the image is large:',
    showImageCommand(registry.id, nameOf(image.request)),
  )
  const details = { subject: registry.name, fix: advice, azure: cause?.azure, cause }
  return new ActionError('IMPORT_FAILED', `${describeImage(image)}: Azure accepted the import, but ${why}.`, details)
}

/** Azure reports the image as imported, but the registry does not have it. */
export function explainAbsent(image: ObservedImage): ActionError {
  return new ActionError(
    'IMPORT_FAILED',
    `${describeImage(image)}: Azure reports it as imported, but the registry does not have it.`,
    { subject: image.registry.name, fix: fix('Run the step again. The images in the registry:', listCommand(image)) },
  )
}

/** The tag has another image than the imported one. */
export function explainMismatch(image: ObservedImage, arrived: string): ActionError {
  return new ActionError(
    'IMAGE_DIGEST_MISMATCH',
    `${describeImage(image)}: ${image.sourceDigest ?? ''} was imported, but the tag now has ${arrived}.`,
    {
      subject: image.registry.name,
      fix: fix(
        'Something else wrote the tag meanwhile. Run the step again, with force-import: true if the source should replace it. The images in the registry:',
        listCommand(image),
      ),
    },
  )
}

function listCommand({ request, registry }: ObservedImage): string {
  return listManifestsCommand(registry.id, request.repository)
}

/** Adds to the fix for the action's own pause image that an image of the registry can replace it. */
export function adviseProbeImage(error: ActionError): ActionError {
  const advice = 'Or set probe-image to an image that the registry has; then verify: pull needs no import.'
  return error.with({ fix: joinFixes(error.fix, fix(advice)) })
}
