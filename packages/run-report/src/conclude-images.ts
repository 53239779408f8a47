import { describeImage, fixes, formatImageSource, nameImage, nameOf, showImageCommand, type ObservedImage } from 'azure'
import { ActionError, cancelled, fix, type Finding, warning } from 'kernel'
import { endImage, isUnread, selectWantedBy, settle, type Run, type WantedBy } from 'run-model'

/** The results of the images; if nothing was done about them, their state when they were observed. */
export function concludeImages(run: Pick<Run, 'plan' | 'images' | 'inputs' | 'error'>): WantedBy<'input'>[] {
  const { plan, images, inputs, error } = run
  const ended = selectWantedBy('input', images)
  if (ended.length > 0) return ended
  return (plan?.images ?? []).map((planned): WantedBy<'input'> => {
    const { image, plan: imagePlan } = planned
    if (imagePlan.kind === 'present' || (imagePlan.kind === 'failed' && inputs?.mode !== 'check'))
      return settle(planned)
    // An unreadable image isn't drift; the image's notes say why it could not be read.
    if (inputs?.mode === 'check' && image.present.kind === 'unknown') return endImage(image, { status: 'unknown' })
    if (inputs?.mode !== 'check') return endImage(image, { status: 'failed', error: error ?? cancelled() })
    if (imagePlan.kind === 'failed') return endImage(image, { status: 'missing', error: explainGone(image) })
    const message = `${describeImage(image)}: ${imagePlan.reason}`
    if (imagePlan.kind === 'conflict') {
      const conflict = new ActionError('IMAGE_CONFLICT', message, { fix: fix(fixes.conflict) })
      return endImage(image, { status: 'missing', error: conflict })
    }
    const missing = new ActionError('IMAGE_NOT_FOUND', message, { fix: fix(fixes.import) })
    return endImage(image, { status: 'missing', isImportable: true, error: missing })
  })
}

/** An image that neither the registry nor its source has any more: `attach` can't import it. */
function explainGone({ request, registry, sourceError }: ObservedImage): ActionError {
  const source = formatImageSource(request.source)
  return new ActionError(
    'IMAGE_NOT_FOUND',
    `${nameOf(request)} is not on ${registry.name}, and its source ${source} does not exist either.`,
    {
      subject: request.text,
      fix: fix(
        `Attach can't import it. Push the image to the registry again, or correct the input images. ${fixes.missing}`,
      ),
      cause: sourceError,
    },
  )
}

/** The findings about images that could not be compared with their sources, or not even looked up. */
export function findNotCompared(images: readonly WantedBy<'input'>[]): Finding[] {
  return images
    .filter(image => isUnread(image) && !image.request.isProbe)
    .map(image => {
      const { registry, status } = image
      const isUnseen = status === 'unknown'
      const assumed = isUnseen ? 'It may be missing' : 'It is assumed to be the right image'
      const advice = fix(
        `${assumed}, and is not pinned to a digest. Give the runner read access to ${isUnseen ? 'the registry' : 'both registries'}, or check yourself:`,
        showImageCommand(registry.id, nameImage(image)),
      )
      return warning('IMAGE_NOT_COMPARED', registry.id, `${describeUnread(image)}.`, advice)
    })
}

/** What is unknown about an image that could not be read, and why. */
export function describeUnread({ request, registry, notes, status }: WantedBy<'input'>): string {
  const what =
    status === 'unknown' ? `is on ${registry.name}` : `on ${registry.name} is ${formatImageSource(request.source)}`
  return [`Could not check whether ${nameOf(request)} ${what}`, notes.join('; ')].filter(Boolean).join(': ')
}
