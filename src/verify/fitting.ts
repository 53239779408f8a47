import type { ClusterNode } from '../model/node.js'
import type { ProbeImage } from '../model/outcome.js'
import { labelsOf, nodesFor } from '../model/scheduling.js'

/** Whether an image is to be pulled on a node: it has the node's platform, and one of its workloads may run there. */
export function fits(image: ProbeImage, node: ClusterNode): boolean {
  // An image whose platforms are not known is for Linux, unless its workload says otherwise.
  if (!image.platforms && node.os !== 'linux' && !namesWindows(image)) return false
  return nodesFor(image, image.constraints, [node]).length > 0
}

function namesWindows({ constraints = [] }: ProbeImage): boolean {
  return constraints.some(({ os, nodeSelector }) => (os ?? nodeSelector['kubernetes.io/os']) === 'windows')
}

/** The keys of the labels that decide where images may run, which have to be read with the nodes. */
export function labelsFor(images: readonly ProbeImage[]): string[] {
  return [...new Set(images.flatMap(({ constraints = [] }) => constraints.flatMap(labelsOf)))]
}
