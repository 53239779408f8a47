import { listManifestsCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import type { Finding } from '../model/finding.js'
import { fix } from '../model/fix.js'
import { parseImageSource } from '../model/image.js'
import { once } from '../model/memoize.js'
import type { ClusterNode } from '../model/node.js'
import type { ProbeImage } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import { sameId } from '../model/resource-id.js'
import { nodesFor, type Place, type Platform } from '../model/scheduling.js'
import type { Target } from '../model/target.js'
import type { AzureContext } from '../services/context.js'

/** Completes images with what they are built for. */
export interface PlatformReader {
  /** The images with their platforms, as far as these decide on which of the nodes they are pulled and could be read. */
  complete(
    images: readonly ProbeImage[],
    registries: readonly Registry[],
    nodes: readonly Pick<Place, 'os' | 'arch'>[],
  ): Promise<ProbeImage[]>
}

/** Each image is asked about once, and none as long as all nodes are what nearly every image is built for. */
export function createPlatformReader({ content, signal }: Pick<AzureContext, 'content' | 'signal'>): PlatformReader {
  const asked = new Map<string, Promise<Platform[]>>()

  /** Empty where the runner can't read them: then the nodes decide. */
  const read = async (reference: string, registry: Registry | undefined): Promise<Platform[]> => {
    const { repository, tag, digest } = parseImageSource(reference) ?? {}
    if (!registry || !repository) return []
    try {
      return await content.readPlatforms(registry, repository, digest || (tag ?? ''), signal)
    } catch (error) {
      if (!(error instanceof ActionError)) throw error
      return []
    }
  }

  return {
    async complete(images, registries, nodes) {
      if (nodes.every(({ os, arch }) => os === 'linux' && arch === 'amd64')) return [...images]
      return Promise.all(
        images.map(async image => {
          const registry = registries.find(({ id }) => sameId(id, image.registryId))
          const platforms =
            image.platforms ?? (await once(asked, image.reference, () => read(image.reference, registry)))
          return platforms.length > 0 ? { ...image, platforms } : image
        }),
      )
    },
  }
}

/** Images that a workload may bring to nodes whose platform they are not built for: its pods fail there, whoever may pull. */
export function findLackingVariants(
  { id, name }: Target,
  images: readonly ProbeImage[],
  nodes: readonly ClusterNode[],
): Finding[] {
  return images.flatMap((image): Finding[] => {
    if (!image.constraints || !image.platforms) return []
    const fitting = new Set(nodesFor(image, image.constraints, nodes))
    const others = nodesFor({}, image.constraints, nodes).filter(node => !fitting.has(node))
    const platforms = [...new Set(others.map(({ os, arch }) => `${os}/${arch}`))]
    if (platforms.length === 0) return []
    const { repository = '' } = parseImageSource(image.reference) ?? {}
    return [
      {
        code: 'IMAGE_NOT_PROBED',
        severity: 'warning',
        subject: id,
        message: `${image.reference} has no variant for ${platforms.join(' and ')}, but its workload may be scheduled on such nodes of ${name}, where it can't start (${image.from}).`,
        fix: fix(
          'Limit the workload to the platforms that the image has, by nodeSelector: kubernetes.io/os and kubernetes.io/arch, or build it for the others. What it has:',
          listManifestsCommand(image.registryId, repository),
        ),
      },
    ]
  })
}
