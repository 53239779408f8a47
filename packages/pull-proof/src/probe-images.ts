import { pausePlatforms, pinned, sameId, type ImageResult, type Registry } from 'azure'
import { distinctOf } from 'kernel'
import { describePlace, type ManifestCheck, type ManifestUse, type PlacedProbe, type ProbeImage } from 'run-model'

/** The images that the nodes could pull. */
export interface Pullable {
  probes: readonly PlacedProbe[]
  images: ImageResult[]
  manifests: ManifestCheck[]
  /** Those of the cluster's workloads. */
  running?: readonly ProbeImage[]
}

/**
 * Chooses the images that nodes pull from a registry: those of probe-image, else the first import; and all existing images of the manifests, each as
 * the service accounts of its workloads. The pause image is for registries that have no other.
 * @param probeAccount the service account that all images are pulled as; empty if the input names none
 */
export function chooseProbeImages(
  registry: Registry,
  { probes, images, manifests, running = [] }: Pullable,
  probeAccount: string,
): ProbeImage[] {
  const imageOf = (reference: string, from: string, isThere: boolean): ProbeImage => ({
    reference,
    registryId: registry.id,
    from,
    isThere,
    ...(probeAccount && { account: probeAccount }),
  })
  const ofManifests = manifests
    .filter(check => sameId(check.registry.id, registry.id) && check.status !== 'missing')
    .flatMap(({ image, status, uses }) =>
      (probeAccount ? [asOne(uses)] : uses).map(use => ({
        ...use,
        ...imageOf(image.text, describePlace(image), status === 'present'),
        origin: 'manifest' as const,
      })),
    )
  const first = images.find(
    ({ image, status }) =>
      sameId(image.registry.id, registry.id) && (status === 'imported' || status === 'present' || status === 'unknown'),
  )
  const ofProbes = probes
    .filter(probe => sameId(probe.registry.id, registry.id))
    .map(({ name: { text, loginServer, path }, isThere }) =>
      imageOf(loginServer ? text : `${registry.loginServer}/${path}`, 'probe-image', isThere),
    )
  const isPause = first?.image.request.isProbe === true
  const ofImages = first
    ? [
        {
          ...imageOf(pinned(first), isPause ? 'pause image' : 'images', first.digest !== ''),
          ...(isPause && { origin: 'pause' as const, platforms: pausePlatforms }),
        },
      ]
    : []
  const named = ofProbes.length > 0 ? ofProbes : isPause && running.length > 0 ? [] : ofImages
  return distinctOf([...named, ...ofManifests, ...running], imageKey)
}

/** All uses of an image as one, whatever their service accounts. */
function asOne(uses: readonly ManifestUse[]): ManifestUse {
  const constraints = uses.flatMap(use => use.constraints ?? [])
  return uses.every(use => use.constraints) ? { constraints } : {}
}

/** Key of an image that is pulled as a service account. */
export function imageKey({ reference, account = '' }: ProbeImage): string {
  return `${reference} ${account}`
}
