import { acrCommand, nameImage, pausePlatforms, sameId, type Registry, type Target, pinned } from 'azure'
import { distinctOf, groupBy, nameSome, notice, warning, type Finding } from 'kernel'
import { describePlaceInManifest, selectWantedBy } from 'run-model'
import type { CheckedImage, ManifestImage, WorkloadContainer, NodePull } from 'run-model'

export type PulledImage = NodePull['image']

/**
 * Chooses the images that nodes pull from a registry: those of probe-image, else the first import; and all existing images of the manifests, each as
 * the service accounts of its workloads. The pause image is for registries that have no other.
 * @param running those of the cluster's workloads
 * @param probeAccount the service account that all images are pulled as; empty if the input names none
 */
export function chooseProbeImages(
  registry: Registry,
  images: readonly CheckedImage[],
  running: readonly PulledImage[],
  probeAccount: string,
): PulledImage[] {
  const own = images.filter(image => sameId(image.registry.id, registry.id))
  const base = { registryId: registry.id, ...(probeAccount && { account: probeAccount }) }
  const ofProbes = selectWantedBy('probe', own).map(({ text, status }): PulledImage => ({
    ...base,
    reference: text,
    from: 'probe-image',
    isThere: status === 'present',
  }))
  const ofManifests = selectWantedBy('manifest', own)
    .filter(({ status }) => status === 'present' || status === 'unknown')
    .flatMap(({ uses, status }) => {
      const [first] = uses
      const accountOf = ({ account = '' }: ManifestImage): string => probeAccount || account
      const image = { reference: first.image, from: describePlaceInManifest(first), isThere: status === 'present' }
      return asEachAccount(uses, accountOf, () => ({ ...base, ...image, origin: 'manifest' }))
    })
  const first = selectWantedBy('input', own).find(({ status }) => ['imported', 'present', 'unknown'].includes(status))
  const isPause = first?.request.isProbe === true
  const ofImages: PulledImage[] = first
    ? [
        {
          ...{
            ...base,
            reference: pinned(first),
            from: isPause ? 'pause image' : 'images',
            isThere: first.digest !== '' || first.status === 'imported',
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
  toImage: (first: Use) => PulledImage,
): PulledImage[] {
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
export function imageKey({ reference, account = '' }: PulledImage): string {
  return `${reference} ${account}`
}

/** Maximum number of images that run in a cluster that its nodes pull, so that a probe stays small. */
const maxPerCluster = 20

/**
 * The images of its workloads that a cluster's nodes pull, most pods first, each where the workloads may run. Missing images are not pulled.
 * @param probeAccount the service account that all images are pulled as; empty if the input names none
 */
export function chooseRunning(
  target: Target,
  registry: Registry,
  running: readonly CheckedImage<'workload'>[],
  { probeServiceAccount: probeAccount, probeNamespace }: { probeServiceAccount: string; probeNamespace: string },
): PulledImage[] {
  const chosen = listOwn(target, running).slice(0, maxPerCluster)
  return chosen
    .filter(image => sameId(image.registry.id, registry.id))
    .flatMap(({ uses, status }) => {
      // The account of another namespace is not there, or it is another one of that name.
      const accountOf = ({ account = '', namespace }: WorkloadContainer): string =>
        probeAccount || (namespace === probeNamespace ? account : '')
      return asEachAccount(uses, accountOf, ({ image, kind, namespace, name }) => ({
        reference: image,
        registryId: registry.id,
        isThere: status !== 'unknown',
        from: `${kind} ${namespace}/${name}`,
        origin: 'manifest',
      }))
    })
}

/** The finding about images of a cluster's workloads that its nodes do not pull because they are too many. */
export function findLeftOut(target: Target, running: readonly CheckedImage<'workload'>[]): Finding[] {
  const all = listOwn(target, running)
  const left = all.slice(maxPerCluster).map(image => `${image.registry.loginServer}/${nameImage(image)}`)
  if (left.length === 0) return []
  return [
    notice(
      'IMAGE_NOT_PROBED',
      target.id,
      `${left.length} of ${all.length} images that run on ${target.name} were not pulled: at most ${maxPerCluster} are, those of most pods first. Not pulled: ${nameSome(left, maxNamed)}.`,
      'They were only looked up in the registry. To pull one of them, too, name it in probe-image.',
    ),
  ]
}

const maxNamed = 5

/** The finding about a registry of which a cluster runs no image that its nodes could pull. */
export function nothingRuns(target: Target, { id, name }: Registry): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    target.id,
    `No workload that was checked on ${target.name} runs an image of ${name} that its nodes could pull, so the access to it was only verified by the role that Azure reports.`,
    'To let nodes pull an image anyway, name it in probe-image. To list them:',
    acrCommand('repository list', id, '--output table'),
  )
}

/** The images that the workloads of a cluster run, most pods first: each tag or digest once, whatever digest of it runs. */
function listOwn(target: Target, running: readonly CheckedImage<'workload'>[]): CheckedImage<'workload'>[] {
  const own = running.flatMap((image): CheckedImage<'workload'>[] => {
    const [first, ...others] = image.uses.filter(use => sameId(use.cluster, target.id))
    return first && !['gone', 'missing', 'locked'].includes(image.status)
      ? [{ ...image, uses: [first, ...others] }]
      : []
  })
  const named = [...groupBy(own, image => `${image.registry.id} ${nameImage(image)}`)].map(([name, same]) => {
    const [image, ...others] = same
    const uses: typeof image.uses = [...image.uses, ...others.flatMap(each => each.uses)]
    return { name, image: { ...image, uses }, pods: uses.reduce((sum, { pods }) => sum + pods, 0) }
  })
  return named.sort((a, b) => b.pods - a.pods || (a.name < b.name ? -1 : 1)).map(({ image }) => image)
}
