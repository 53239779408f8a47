import { loginServerOf, parseImageSource, type Registry, type Seen } from 'azure'
import { isMissing, type AzureContext } from 'azure-clients'
import { attempt, groupBy, type Group } from 'kernel'
import type { ManifestImage, CheckedImage, WorkloadContainer } from 'run-model'

/** An image that is looked up at its registry, before the answer. */
export type AskedImage<By extends 'manifest' | 'workload'> = Omit<
  CheckedImage<By>,
  'status' | 'digest' | 'error' | 'finding'
>

/**
 * Asks an Azure Container Registry about a tag or a digest.
 * @param options.orCancelled whether the end of a cancelled job makes the image unknown
 */
export async function lookUpImage(
  { content }: AzureContext,
  registry: Registry,
  repository: string,
  tagOrDigest: string,
  { orCancelled } = { orCancelled: true },
): Promise<Seen> {
  if (!registry.exists) return { kind: 'missing', isRepositoryGone: true }
  const { value, error } = await attempt(content.read(registry, repository, tagOrDigest), { orCancelled })
  if (!error) return { kind: 'found', content: value }
  if (!isMissing(error)) return { kind: 'unknown', error }
  return { kind: 'missing', isRepositoryGone: error.azure?.code === 'NAME_UNKNOWN', error }
}

/**
 * The images of manifests that are in one of these registries, each once, in whatever places it is used.
 * @param by who pulls them; absent for the nodes of a deployment
 */
export function findUsed(
  images: readonly ManifestImage[],
  registries: readonly Registry[],
  by?: ManifestImage['pulledBy'],
): AskedImage<'manifest'>[] {
  const own = images.filter(({ pulledBy }) => pulledBy === by)
  return findAt(own, registries, ({ image }) => image).map(found => ({ wantedBy: 'manifest', ...found }))
}

/** The images that run and are in one of these registries: once per reference and running digest, whatever clusters and workloads use them. */
export function findRunning(
  containers: readonly WorkloadContainer[],
  registries: readonly Registry[],
): AskedImage<'workload'>[] {
  const keyOf = ({ runningDigest }: WorkloadContainer, { registry, repository, reference }: Place): string =>
    [registry.loginServer, repository, reference, runningDigest].join(' ')
  return findAt(containers, registries, keyOf).map(found => {
    const { runningDigest } = found.uses[0]
    return { wantedBy: 'workload', ...found, runningDigest }
  })
}

type Place = Pick<AskedImage<'manifest'>, 'registry' | 'repository' | 'reference'>

/** Groups the uses of images that are in one of these registries, and leaves the others out. */
function findAt<Use extends { image: string }>(
  uses: readonly Use[],
  registries: readonly Registry[],
  keyOf: (use: Use, place: Place) => string,
): (Place & { uses: Group<Use> })[] {
  const byServer = new Map(registries.map(registry => [registry.loginServer.toLowerCase(), registry]))
  const found = uses.flatMap(use => {
    const { host = '', repository = '', tag = '', digest = '' } = parseImageSource(use.image) ?? {}
    const registry = byServer.get(loginServerOf(host))
    return registry ? [{ use, place: { registry, repository, reference: digest || tag } }] : []
  })
  return [...groupBy(found, ({ use, place }) => keyOf(use, place)).values()].map(same => {
    const [{ use, place }, ...others] = same
    return { ...place, uses: [use, ...others.map(each => each.use)] }
  })
}
