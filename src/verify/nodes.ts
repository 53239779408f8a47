import type { ChosenNode, ClusterNode, Selection } from '../model/node.js'
import { groupBy } from '../model/lists.js'
import type { NodePull, ProbeImage } from '../model/pull.js'
import { labelsOf, nodesFor } from '../model/scheduling.js'

/** Chooses the nodes that will pull: one usable node per pool, or all of them. Pure. @param pools names of the agent pools, including empty ones */
export function selectNodes(
  nodes: readonly ClusterNode[],
  pools: readonly string[],
  probeNodes: 'one-per-pool' | 'all',
): Selection {
  const empty = pools.map((pool): [string, ClusterNode[]] => [pool, []])
  const byPool = new Map([...empty, ...groupBy(nodes, ({ pool }) => pool)])
  const chosen: ChosenNode[] = []
  const skipped: Selection['skipped'] = []
  const skippedNodes: Selection['skippedNodes'] = []
  for (const [pool, members] of byPool) {
    // Pinned pods reach a cordoned node, too, but it may soon be removed.
    const usable = members.filter(isUsable).sort((a, b) => Number(a.isCordoned) - Number(b.isCordoned))
    const [first, ...others] = usable
    if (members.length === 0) skipped.push({ pool, why: 'no nodes', isEmpty: true })
    else if (!first) skipped.push({ pool, why: describePool(members) })
    else if (probeNodes === 'one-per-pool') chosen.push({ node: first, spares: others })
    else {
      const free = usable.filter(({ isCordoned }) => !isCordoned)
      chosen.push(...(free.length > 0 ? free : usable).map(node => ({ node, spares: [] })))
      const left = members.filter(node => !chosen.some(each => each.node === node))
      skippedNodes.push(...left.map(node => ({ node: node.name, why: describeNode(node) })))
    }
  }
  return { chosen, skipped, skippedNodes }
}

/** The selection without the nodes that no image fits; a pool without any fitting node is skipped. */
export function leaveUnfit(selection: Selection, images: readonly ProbeImage[]): Selection {
  const chosen = selection.chosen.flatMap(({ node, spares }) => {
    const [first, ...others] = [node, ...spares].filter(each => images.some(image => fits(image, each)))
    return first ? [{ node: first, spares: others }] : []
  })
  const pools = new Set(chosen.map(({ node }) => node.pool))
  const unfit = groupBy(
    selection.chosen.map(({ node }) => node).filter(({ pool }) => !pools.has(pool)),
    ({ pool }) => pool,
  )
  const skipped = [...unfit].map(([pool, [node]]) => ({
    pool,
    why: `no image is built for its nodes (${node.os}/${node.arch})`,
  }))
  return { ...selection, chosen, skipped: [...selection.skipped, ...skipped] }
}

/** Whether a node should pull an image: the image has its platform, if known, and one of the image's workloads may run there. */
export function fits(image: ProbeImage, node: ClusterNode): boolean {
  return nodesFor(image, image.constraints, [node]).length > 0
}

/** Whether a pull only showed that an image isn't built for its node, although no workload brings it there. */
export function isMisfit({ cause, image }: NodePull): boolean {
  return cause === 'platform' && !image.constraints
}

/** The keys of the labels that decide where images may run, which must be read with the nodes. */
export function labelsFor(images: readonly ProbeImage[]): string[] {
  return [...new Set(images.flatMap(({ constraints = [] }) => constraints.flatMap(labelsOf)))]
}

/** Whether a node can pull for probe pods that are pinned to it. */
export function isUsable(node: ClusterNode): boolean {
  return node.isReady && mayBecomeUsable(node)
}

/** Whether a node may become ready and pull later. */
export function mayBecomeUsable(node: ClusterNode): boolean {
  return !node.isVirtual && !node.isHosted && !node.isFlex
}

function describePool(members: readonly ClusterNode[]): string {
  if (members.every(({ isHosted }) => isHosted)) return 'Azure hosts its nodes, and no other pods run there'
  if (members.every(({ isVirtual }) => isVirtual)) return 'its nodes are virtual, and no kubelet pulls there'
  if (members.every(({ isFlex }) => isFlex))
    return 'its nodes are flex nodes, which have no credentials of the cluster for registries'
  return 'no node is ready'
}

function describeNode({ isVirtual, isHosted, isFlex, isReady }: ClusterNode): string {
  if (isHosted) return 'Azure hosts it'
  if (isVirtual) return 'it is a virtual node, and no kubelet pulls there'
  if (isFlex) return 'it is a flex node, which has no credentials of the cluster for registries'
  return isReady ? 'it is cordoned' : 'it is not ready'
}
