import { az, inSubscriptionOf, nameImage } from 'azure'
import { fix, groupBy, nameSome, type Finding, type Unknown, warning } from 'kernel'
import { describePlaceInManifest, selectWantedBy } from 'run-model'
import type { CheckedImage, PairResult } from 'run-model'
import { hasPulled } from './conclude-images.js'

/** An image of the manifests that is named by a regional endpoint which its registry is not known to have enabled. */
export type Unserved = CheckedImage<'manifest'> & Required<Pick<CheckedImage<'manifest'>, 'unserved'>>

/** Finds the images that nodes can't get under the name in the manifests, or perhaps can't. One that a node has pulled by it is not among them. */
export function findUnserved(images: readonly CheckedImage[], pairs: readonly PairResult[]): Unserved[] {
  return selectWantedBy('manifest', images).filter(
    (image): image is Unserved => image.unserved !== undefined && !hasPulled(image, pairs),
  )
}

/** The findings about images at regional endpoints that are not enabled, once per endpoint. */
export function findNotServed(all: readonly Unserved[]): Finding[] {
  const known = all.filter(image => image.unserved.why === undefined)
  return [...groupBy(known, image => image.unserved.host).values()].map(same => {
    const [{ registry, unserved }] = same
    const { host } = unserved
    const message = `The manifests use images from ${host}, a regional endpoint that ${registry.name} has not enabled, so no node can pull them by that name: ${nameUnservedUses(same)}.`
    const advice = fix(
      `Use ${registry.loginServer} in the manifests, or enable the regional endpoints of the registry, a preview for Premium. To see those it has:`,
      // Only preview versions show them.
      az`resource show --ids ${registry.id} ${inSubscriptionOf(registry.id)} --api-version 2026-09-01-preview --query properties.regionalEndpointHostNames`,
    )
    return warning('IMAGE_OUT_OF_REACH', registry.id, message, advice)
  })
}

/** What is unknown about images at regional endpoints. */
export function describeUnserved(all: readonly Unserved[]): Unknown[] {
  return all.flatMap(({ registry, uses: [{ image }], unserved: { why } }) =>
    why === undefined
      ? []
      : {
          subject: image,
          message: `Could not check whether nodes can pull ${image}: the regional endpoints of ${registry.name} could not be read (${why}).`,
        },
  )
}

const nameUnservedUses = (images: readonly Unserved[]): string =>
  nameSome(images.map(image => `${nameImage(image)} (${describePlaceInManifest(image.uses[0])})`))
