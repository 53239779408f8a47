import { pausePlatforms, sameId, type Registry } from 'azure'
import { distinctOf, groupBy } from 'kernel'
import {
  describePlace,
  pinned,
  selectWantedBy,
  type CheckedImage,
  type ManifestImage,
  type ProbeImage,
} from 'run-model'

/**
 * Chooses the images that nodes pull from a registry: those of probe-image, else the first import; and all existing images of the manifests, each as
 * the service accounts of its workloads. The pause image is for registries that have no other.
 * @param running those of the cluster's workloads
 * @param probeAccount the service account that all images are pulled as; empty if the input names none
 */
export function chooseProbeImages(
  registry: Registry,
  images: readonly CheckedImage[],
  running: readonly ProbeImage[],
  probeAccount: string,
): ProbeImage[] {
  const own = images.filter(image => sameId(image.registry.id, registry.id))
  const base = { registryId: registry.id, ...(probeAccount && { account: probeAccount }) }
  const ofProbes = selectWantedBy('probe', own).map(({ text, status }): ProbeImage => ({
    ...base,
    reference: text,
    from: 'probe-image',
    isThere: status === 'present',
  }))
  const ofManifests = selectWantedBy('manifest', own)
    .filter(({ status }) => status !== 'missing')
    .flatMap(({ uses, status }) => {
      const [first] = uses
      const accountOf = ({ account = '' }: ManifestImage): string => probeAccount || account
      const image = { reference: first.image, from: describePlace(first), isThere: status === 'present' }
      return asEachAccount(uses, accountOf, () => ({ ...base, ...image, origin: 'manifest' }))
    })
  const first = selectWantedBy('input', own).find(({ status }) => ['imported', 'present', 'unknown'].includes(status))
  const isPause = first?.request.isProbe === true
  const ofImages: ProbeImage[] = first
    ? [
        {
          ...{
            ...base,
            reference: pinned(first),
            from: isPause ? 'pause image' : 'images',
            isThere: first.digest !== '',
          },
          ...(isPause && { origin: 'pause' as const, platforms: pausePlatforms }),
        },
      ]
    : []
  const named = ofProbes.length > 0 ? ofProbes : isPause && running.length > 0 ? [] : ofImages
  return distinctOf([...named, ...ofManifests, ...running], imageKey)
}

/** An image once for each service account that uses it, with the places where those uses can run. */
export function asEachAccount<Use extends Pick<ManifestImage, 'account' | 'constraints'>>(
  uses: readonly Use[],
  accountOf: (use: Use) => string,
  toImage: (first: Use) => ProbeImage,
): ProbeImage[] {
  return [...groupBy(uses, accountOf)].map(([account, own]) => {
    const constraints = own.flatMap(use => use.constraints ?? [])
    return {
      ...toImage(own[0]),
      ...(account && { account }),
      ...(own.every(use => use.constraints) && { constraints }),
    }
  })
}

/** Key of an image that is pulled as a service account. */
export function imageKey({ reference, account = '' }: ProbeImage): string {
  return `${reference} ${account}`
}
