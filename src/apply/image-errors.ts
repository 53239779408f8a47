import { listManifestsCommand, showImageCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix, joinFixes } from '../model/fix.js'
import { describeImage, nameOf, type ObservedImage, type Shown } from '../model/image.js'

/** The error of a job that was cancelled while Azure was importing, or before Azure had answered (then with what was thrown). */
export function explainInterrupted(image: ObservedImage, cause?: unknown): ActionError {
  return new ActionError(
    'CANCELLED',
    `The job was cancelled before Azure was done: ${describeImage(image)} may be imported or not.`,
    { fix: fix('Run the job again: what is there by then is not imported again.'), cause },
  )
}

/** Azure has taken the import on, and whether it came to its end is not known. */
export function explainOpen(image: ObservedImage, waitedMs: number, shown: Shown, cause?: ActionError): ActionError {
  const { registry, sourceDigest } = image
  const why =
    shown.kind === 'unreadable'
      ? `what is there can't be read (${shown.why})`
      : cause
        ? `Azure does not report its state (${cause.azure?.message ?? cause.message})`
        : `it is not there after ${waitedMs / 1000} s`
  const advice = fix(
    `The import is not lost and may still finish. Look whether it has${sourceDigest ? ` (${sourceDigest})` : ''}, then run the step again, with a ` +
      'longer timeout if it is a large image:',
    showImageCommand(registry.id, nameOf(image.request)),
  )
  const details = { subject: registry.name, fix: advice, azure: cause?.azure, cause }
  return new ActionError(
    'IMPORT_FAILED',
    `${describeImage(image)}: Azure has taken the import on, but ${why}.`,
    details,
  )
}

/** The error of an image that Azure reports as imported, and that is not there. */
export function explainAbsent(image: ObservedImage): ActionError {
  return new ActionError(
    'IMPORT_FAILED',
    `${describeImage(image)}: Azure says that it is imported, but the registry does not have it.`,
    { subject: image.registry.name, fix: fix('Run the step again. What the registry has:', listCommand(image)) },
  )
}

/** The error of a tag that has another image than the one that was imported. */
export function explainMismatch(image: ObservedImage, arrived: string): ActionError {
  return new ActionError(
    'IMAGE_DIGEST_MISMATCH',
    `${describeImage(image)}: ${image.sourceDigest ?? ''} was imported, but ${arrived} is there.`,
    {
      subject: image.registry.name,
      fix: fix(
        'Something else wrote the tag meanwhile. Run the step again, with force-import: true if the source should replace it. What the registry has:',
        listCommand(image),
      ),
    },
  )
}

function listCommand({ request, registry }: ObservedImage): string {
  return listManifestsCommand(registry.id, request.repository)
}

/** Adds to the fix of the action's own pause image that an image of the registry could take its place. */
export function adviseProbeImage(error: ActionError): ActionError {
  const advice =
    'Or name an image in probe-image that the registry has; then nothing needs to be imported for verify: pull.'
  return error.with({ fix: joinFixes(error.fix, fix(advice)) })
}
