import type { ClusterNode } from '../model/node.js'
import type { NodePull, ProbeImage } from '../model/outcome.js'
import { labelsOf, nodesFor } from '../model/scheduling.js'

/** Whether an image is to be pulled on a node: it has the node's platform as far as that is known, and one of its workloads may run there. */
export function fits(image: ProbeImage, node: ClusterNode): boolean {
  return nodesFor(image, image.constraints, [node]).length > 0
}

/** Whether a pull only showed that an image is not for its node, which is no defect of an image that no workload brings there. */
export function isMisfit({ cause, image }: NodePull): boolean {
  return cause === 'platform' && !image.constraints
}

/** The keys of the labels that decide where images may run, which have to be read with the nodes. */
export function labelsFor(images: readonly ProbeImage[]): string[] {
  return [...new Set(images.flatMap(({ constraints = [] }) => constraints.flatMap(labelsOf)))]
}
