import { ActionError } from '../model/error.js'
import { parseImageSource } from '../model/image.js'
import { once } from '../model/memoize.js'
import type { ProbeImage } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import { sameId } from '../model/resource-id.js'
import type { Place, Platform } from '../model/scheduling.js'
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
