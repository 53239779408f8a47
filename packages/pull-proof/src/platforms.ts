import { listManifestsCommand, parseImageSource, sameId } from 'azure'
import type { ClusterNode, Platform, Registry, Target } from 'azure'
import type { AzureContext } from 'azure-clients'
import { attempt, once, type Finding, warning } from 'kernel'
import { fits, type NodeTraits } from './nodes.js'
import type { PulledImage } from './probe-images.js'

/** Reads the platforms of images. Each image is read once, and none while all nodes have the platform that nearly every image is built for. */
export function createPlatformReader({ content }: Pick<AzureContext, 'content'>) {
  const known = new Map<string, Promise<Platform[]>>()

  /** Empty if the runner can't read them: then the nodes decide. */
  const read = async (reference: string, registry: Registry | undefined): Promise<Platform[]> => {
    const { repository, tag, digest } = parseImageSource(reference) ?? {}
    if (!registry || !repository) return []
    const { value = [] } = await attempt(content.readPlatforms(registry, repository, digest || (tag ?? '')))
    return value
  }

  /** Adds their platforms to images if the nodes' platforms differ; images whose platforms can't be read stay as they are. */
  return async (
    images: readonly PulledImage[],
    registries: readonly Registry[],
    nodes: readonly Pick<NodeTraits, 'os' | 'arch'>[],
  ): Promise<PulledImage[]> => {
    if (nodes.every(({ os, arch }) => os === 'linux' && arch === 'amd64')) return [...images]
    return Promise.all(
      images.map(async image => {
        const registry = registries.find(({ id }) => sameId(id, image.registryId))
        const platforms = image.platforms ?? (await once(known, image.reference, () => read(image.reference, registry)))
        return platforms.length > 0 ? { ...image, platforms } : image
      }),
    )
  }
}

/** Images whose workload may run on nodes of a platform that they are not built for: its pods fail there, even if the node may pull. */
export function findLackingVariants(
  { id, name }: Target,
  images: readonly PulledImage[],
  nodes: readonly ClusterNode[],
): Finding[] {
  return images.flatMap((image): Finding[] => {
    const { constraints } = image
    if (!constraints || !image.platforms) return []
    const others = nodes.filter(node => fits({ constraints }, node) && !fits(image, node))
    const platforms = [...new Set(others.map(({ os, arch }) => `${os}/${arch}`))]
    if (platforms.length === 0) return []
    const { repository = '' } = parseImageSource(image.reference) ?? {}
    return [
      warning(
        'IMAGE_NOT_PROBED',
        id,
        `${image.reference} has no variant for ${platforms.join(' and ')}, but its workload may be scheduled on such nodes of ${name}, where it can't start (${image.from}).`,
        'Limit the workload to the platforms of the image with a nodeSelector (kubernetes.io/os and kubernetes.io/arch), or build the image for the others. To see its platforms:',
        listManifestsCommand(image.registryId, repository),
      ),
    ]
  })
}
