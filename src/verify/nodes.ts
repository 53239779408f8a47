import type { ChosenNode, ClusterNode, Selection } from '../model/node.js'
import { groupBy } from '../model/lists.js'
import type { ProbeImage } from '../model/outcome.js'
import type { AgentPool } from '../model/target.js'
import { fits } from './fitting.js'

/** Chooses the nodes that are to pull: one of each pool that has any that can, or all of them. Pure. */
export function selectNodes(
  nodes: readonly ClusterNode[],
  pools: readonly AgentPool[],
  wanted: 'one-per-pool' | 'all',
): Selection {
  const empty = pools.map(({ name }): [string, ClusterNode[]] => [name, []])
  const byPool = new Map([...empty, ...groupBy(nodes, ({ pool }) => pool)])
  const chosen: ChosenNode[] = []
  const skipped: Selection['skipped'] = []
  const skippedNodes: Selection['skippedNodes'] = []
  for (const [pool, members] of byPool) {
    // Pinned pods reach a cordoned node too, but it may be about to go.
    const usable = members.filter(isUsable).sort((a, b) => Number(a.isCordoned) - Number(b.isCordoned))
    const [first, ...others] = usable
    if (!first) skipped.push({ pool, why: describePool(members) })
    else if (wanted === 'one-per-pool') chosen.push({ node: first, spares: others })
    else {
      const free = usable.filter(({ isCordoned }) => !isCordoned)
      chosen.push(...(free.length > 0 ? free : usable).map(node => ({ node, spares: [] })))
      const left = members.filter(node => !chosen.some(each => each.node === node))
      skippedNodes.push(...left.map(node => ({ node: node.name, why: describeNode(node) })))
    }
  }
  return { chosen, skipped, skippedNodes }
}

/** The selection without the nodes that none of the images fits; a pool of which none is left is skipped. */
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
    why: `none of the images is for its nodes (${node?.os ?? ''}/${node?.arch ?? ''})`,
  }))
  return { ...selection, chosen, skipped: [...selection.skipped, ...skipped] }
}

/** Whether pods can be pinned to a node. */
export function isUsable({ isReady, isVirtual, isHosted }: ClusterNode): boolean {
  return isReady && !isVirtual && !isHosted
}

/** Whether a node may pull later: it is there, and only not ready. */
export function mayBecomeUsable(node: ClusterNode): boolean {
  return !node.isVirtual && !node.isHosted
}

function describePool(members: readonly ClusterNode[]): string {
  if (members.length === 0) return 'no nodes'
  if (members.every(({ isHosted }) => isHosted)) return 'Azure hosts its nodes, and no other pods run there'
  if (members.every(({ isVirtual }) => isVirtual)) return 'its nodes are virtual, and no kubelet pulls there'
  return 'no node is ready'
}

function describeNode({ isVirtual, isHosted, isReady }: ClusterNode): string {
  if (isHosted) return 'Azure hosts it'
  if (isVirtual) return 'it is a virtual node, and no kubelet pulls there'
  return isReady ? 'it is cordoned' : 'it is not ready'
}
