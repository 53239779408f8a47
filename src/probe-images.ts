import { parseImageSource } from './image-reference.js'
import { pinned, type ImageResult } from './images.js'
import type { Inputs } from './inputs.js'
import { describePlace, type ManifestImage } from './kubernetes/manifests.js'
import { sameId } from './azure/resource-id.js'
import type { ProbeImage, Registry } from './state.js'

/** What could be pulled from a registry. */
export interface Pullable {
  inputs: Pick<Inputs, 'probeImages'>
  images: ImageResult[]
  manifests: ManifestCheck[]
}

/** An image of the manifests that lives in one of the registries. */
export interface FoundManifest {
  image: ManifestImage
  registry: Registry
  repository: string
  /** Tag or digest. */
  reference: string
}

export interface ManifestCheck extends FoundManifest {
  status: 'present' | 'missing' | 'unknown'
}

/** What nodes are to pull from a registry: what was asked for, else the first image that was imported; and all of the manifests' images that are there. */
export function chooseProbeImages(registry: Registry, { inputs, images, manifests }: Pullable): ProbeImage[] {
  const imageOf = (reference: string, from: string): ProbeImage => ({ reference, registryId: registry.id, from })
  const ofManifests = manifests
    .filter(check => sameId(check.registry.id, registry.id) && check.status !== 'missing')
    .map(({ image }) => imageOf(image.text, describePlace(image)))
  const first = images.find(
    ({ image, status }) => sameId(image.registry.id, registry.id) && (status === 'imported' || status === 'present'),
  )
  const named =
    inputs.probeImages.length > 0
      ? inputs.probeImages.map(name => imageOf(`${registry.loginServer}/${name}`, 'probe-image'))
      : first
        ? [imageOf(pinned(first), first.image.request.isProbe ? 'pause image' : 'images')]
        : []
  return distinctImages([...named, ...ofManifests])
}

function distinctImages(images: ProbeImage[]): ProbeImage[] {
  return [...new Map([...images].reverse().map(image => [image.reference, image])).values()].reverse()
}

/** The images of manifests that live in one of these registries, each once. */
export function findInRegistries(images: ManifestImage[], registries: Registry[]): FoundManifest[] {
  const found = images.flatMap(image => {
    const host = image.text.split('/', 1)[0]?.toLowerCase()
    const registry = registries.find(({ loginServer }) => loginServer.toLowerCase() === host)
    if (!registry) return []
    const { repository = '', tag = '', digest = '' } = parseImageSource(image.text) ?? {}
    return [{ image, registry, repository, reference: digest || tag }]
  })
  return [...new Map([...found].reverse().map(each => [each.image.text, each])).values()].reverse()
}
