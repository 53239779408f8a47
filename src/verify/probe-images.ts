import { pinned, type ImageResult } from '../model/image.js'
import { describePlace, type ManifestCheck } from '../model/manifest.js'
import type { ProbeImage } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import { sameId } from '../model/resource-id.js'
import type { Inputs } from '../model/wanted.js'

/** What could be pulled from a registry. */
export interface Pullable {
  inputs: Pick<Inputs, 'probeImages'>
  images: ImageResult[]
  manifests: ManifestCheck[]
}

/** What nodes are to pull from a registry: what was asked for, else the first image that was imported; and all of the manifests' images that are there. */
export function chooseProbeImages(registry: Registry, { inputs, images, manifests }: Pullable): ProbeImage[] {
  const imageOf = (reference: string, from: string, isThere: boolean): ProbeImage => ({
    reference,
    registryId: registry.id,
    from,
    isThere,
  })
  const ofManifests = manifests
    .filter(check => sameId(check.registry.id, registry.id) && check.status !== 'missing')
    .map(({ image, status, constraints }) => ({
      ...imageOf(image.text, describePlace(image), status === 'present'),
      ...(constraints && { constraints }),
    }))
  const first = images.find(
    ({ image, status }) => sameId(image.registry.id, registry.id) && (status === 'imported' || status === 'present'),
  )
  const named =
    inputs.probeImages.length > 0
      ? inputs.probeImages.map(name => imageOf(`${registry.loginServer}/${name}`, 'probe-image', false))
      : first
        ? [imageOf(pinned(first), first.image.request.isProbe ? 'pause image' : 'images', first.digest !== '')]
        : []
  return distinctImages([...named, ...ofManifests])
}

function distinctImages(images: ProbeImage[]): ProbeImage[] {
  return [...new Map([...images].reverse().map(image => [image.reference, image])).values()].reverse()
}
