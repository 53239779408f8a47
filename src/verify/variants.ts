import { listManifestsCommand } from '../model/az-commands.js'
import type { Finding } from '../model/finding.js'
import { fix } from '../model/fix.js'
import { parseImageSource } from '../model/image.js'
import type { ClusterNode } from '../model/node.js'
import type { ProbeImage } from '../model/outcome.js'
import { nodesFor } from '../model/scheduling.js'
import type { Target } from '../model/target.js'

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
