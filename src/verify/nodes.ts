import { groupBy } from '../model/lists.js'
import type { ChosenNode, ClusterNode, Selection } from '../model/node.js'
import type { AgentPool } from '../model/target.js'

/** Chooses the nodes that are to pull: one ready Linux node of each pool that has any, or all of them. Pure. */
export function selectNodes(nodes: ClusterNode[], pools: AgentPool[], wanted: 'one-per-pool' | 'all'): Selection {
  const withoutNodes = pools.map(({ name }): [string, ClusterNode[]] => [name, []])
  const byPool = new Map([...withoutNodes, ...groupBy(nodes, ({ pool }) => pool)])
  const chosen: ChosenNode[] = []
  const skipped: Selection['skipped'] = []
  for (const [pool, members] of byPool) {
    const why = whySkipped(
      members,
      pools.find(({ name }) => name === pool),
    )
    if (why) {
      skipped.push({ pool, why })
      continue
    }
    // Pinned pods reach a cordoned node too, but it may be about to go.
    const usable = members.filter(isUsable).sort((a, b) => Number(a.isCordoned) - Number(b.isCordoned))
    const [first, ...others] = usable
    if (wanted === 'all') chosen.push(...usable.map(node => ({ node, spares: [] })))
    else if (first) chosen.push({ node: first, spares: others })
  }
  return { chosen, skipped }
}

function isUsable({ os, isReady, isVirtual }: ClusterNode): boolean {
  return os === 'linux' && isReady && !isVirtual
}

function whySkipped(members: ClusterNode[], pool: AgentPool | undefined): string {
  if (pool?.os.toLowerCase() === 'windows' || (members.length > 0 && members.every(({ os }) => os === 'windows')))
    return 'Windows'
  if (members.length === 0) return 'no nodes'
  if (members.every(({ isVirtual }) => isVirtual)) return 'virtual nodes, where no kubelet pulls'
  return members.some(isUsable) ? '' : 'no node is ready'
}
