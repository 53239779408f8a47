import { isSameLabel, labelOf, lastSegment, sameId } from 'azure'
import { groupBy, nameSome } from 'kernel'
import type { Drift, DriftItem } from 'report-document'
import type { Issue } from './github/issues.js'
import {
  howOf,
  nothingLeft,
  readMemory,
  hashOfState,
  type DoubtedItem,
  type Gone,
  type Memory,
  type Staying,
} from './memory.js'
import { countNights, type FormerDrift, type Since } from './former-drift.js'
import type { Leaves } from './leaving.js'

/** The difference between the drift and what an issue shows. */
export type Comparison = Awaited<ReturnType<typeof compareNights>>

/** Compares the drift with what an issue shows, and finds out which earlier drift leaves it that this run did not see. */
export async function compareNights({ former }: Pick<Memory, 'former'>, drift: Drift, leaves: Leaves) {
  const find = createFinder(drift)
  const seen = await Promise.all(
    (former ?? []).map(async each => {
      const matches = find(each)
      const [worst] = matches
      return { former: each, matches, worst, why: worst ? describeOpenNodes(each, worst) : await leaves(each) }
    }),
  )
  const known = new Set(seen.flatMap(({ matches }) => matches.map(({ item }) => item)))
  const staying = seen.filter(({ worst, why }) => !why && worst?.state !== 'drift' && worst?.state !== 'fine')
  return {
    /** New drift. */
    worse: former ? drift.items.filter(item => !known.has(item)) : [],
    /** Earlier drift that could pull everything nevertheless, and no longer can. */
    lost: seen.flatMap(({ former: { how }, worst }) =>
      worst?.state === 'drift' && how.startsWith('+') && !howOf(worst.item).startsWith('+') ? worst.item : [],
    ),
    /** Earlier drift that this run has seen right. */
    better: seen.flatMap(({ worst, why }) => (worst?.state === 'fine' && !why ? worst.item : [])),
    /** Earlier drift that is gone, or right because refused nodes are, and why. */
    gone: seen.flatMap(({ former: each, why }): Gone[] => (why ? [{ former: each, why }] : [])),
    /** All other earlier drift that this run did not see as drift. */
    staying: staying.map(({ former: each, worst }): Staying => {
      const isListed = worst?.state === 'unknown'
      if (worst?.state !== 'unproven') return { former: each, isListed }
      const left = leftToProve(each, worst.item)
      // Each refused node must be seen to pull once, by whichever run.
      const toProve = each.toProve.filter(proof => proof !== 'nodes' || left.includes(proof))
      return { former: { ...each, toProve, nodes: nodesLeft(each, worst.item) }, lacks: left[0], isListed }
    }),
    /** What earlier runs saw wrong with items, and this run did not see right. */
    doubts: seen.flatMap(({ former: each, matches }) =>
      matches.flatMap(({ item }) =>
        leftToProve(each, item).map((proof): DoubtedItem => ({ item, proof, nodes: nodesLeft(each, item) })),
      ),
    ),
    /** Whether the issue remembers each item. */
    isItemized: former !== undefined,
  }
}

/**
 * Whether a clean run has seen everything that an issue only counts. A count does not show which items it counted: all of them were seen only if as many
 * were.
 */
export function isAllSeen(memory: Memory, { unknown, gaps, fine }: Drift): boolean {
  // A count does not show which nodes were refused either.
  const counted = { ...memory, nodes: [] }
  const isProven = fine.every(item => leftToProve(counted, item).length === 0)
  return unknown.length + gaps.length === 0 && fine.length >= memory.count && isProven
}

type Unproven = Pick<FormerDrift, 'toProve' | 'nodes'>

function leftToProve(former: Unproven, item: DriftItem): FormerDrift['toProve'] {
  const { unproven = [] } = item
  return former.toProve.filter(proof => (proof === 'nodes' ? areNodesLeft(former, item) : unproven.includes(proof)))
}

/** Whether refused nodes have not pulled. Without their names, every node of the cluster must. */
function areNodesLeft(former: Unproven, item: DriftItem): boolean {
  return former.nodes.length > 0 ? nodesLeft(former, item).length > 0 : item.nodes?.left?.length !== 0
}

/** The refused nodes that have not pulled and may still be in the cluster. */
function nodesLeft({ nodes: refused }: Pick<FormerDrift, 'nodes'>, { nodes }: DriftItem): string[] {
  const isLeft = (name: string): boolean => nodes?.left?.includes(name) ?? !nodes?.pulled.includes(name)
  return refused.filter(isLeft)
}

/** Which refused nodes of a pair left its cluster instead of pulling; empty if none did, or if it isn't seen right. */
function describeOpenNodes({ nodes: refused }: FormerDrift, { item: { nodes }, state }: Match): string {
  const left = state === 'fine' ? refused.filter(name => !nodes?.pulled.includes(name)) : []
  return left.length > 0 ? `its refused ${left.length === 1 ? 'node' : 'nodes'} ${nameSome(left)} left the cluster` : ''
}

interface Match {
  item: DriftItem
  /** `unproven`: it looks fine, but an earlier run saw what is wrong with it, and this run did not see that right. */
  state: 'drift' | 'unknown' | 'fine' | 'unproven'
}

/** Finds an earlier drift among the items of a run, the worst first: by resource ID if both have one, else by name. */
function createFinder({ items, unknown, fine, gaps, isMerged }: Drift): (former: FormerDrift) => Match[] {
  const matches: Match[] = [
    ...items.map((item): Match => ({ item, state: 'drift' })),
    ...unknown.map((item): Match => ({ item, state: 'unknown' })),
    ...fine.map((item): Match => ({ item, state: 'fine' })),
  ]
  const index = groupBy(matches, ({ item }) => placeOfItem(item))
  return former =>
    (index.get(placeOfItem(former)) ?? [])
      .filter(({ item }) => isSame(former, item))
      .filter(
        ({ item, state }) =>
          state !== 'fine' ||
          (isSeenWhole(former, item) && mayAnswer(former, item, { gaps, isMerged: isMerged === true })),
      )
      .map(match => {
        const isUnproven = match.state === 'fine' && leftToProve(former, match.item).length > 0
        return isUnproven ? { ...match, state: 'unproven' } : match
      })
}

type Place = Pick<FormerDrift, 'kind' | 'key' | 'target' | 'registry'>

/** A login server can have a hash after a dash, which the registry's name does not have. */
const placeOfItem = ({ kind, key, target, registry }: Place): string =>
  kind !== 'pair' ? key : `${lastSegment(target).toLowerCase()} ${labelOf(registry).split('-')[0] ?? ''}`

/** Whether an item is the same as a former one: by resource ID if both have one, else by the name that it has in its own job. */
function isSame(former: FormerDrift, item: DriftItem): boolean {
  if (former.kind !== item.kind) return false
  if (former.kind !== 'pair') return true
  if (!isSameLabel(labelOf(former.registry), labelOf(item.registry))) return false
  const ids = [former.target, item.target].filter(target => target.startsWith('/'))
  if (ids.length === 2) return sameId(former.target, item.target)
  return ids.length === 0 ? former.key === item.key : former.jobs.some(job => item.jobs?.includes(job))
}

/**
 * Whether what a job has seen right is what another one found: that may have asked for another role, for other repositories, or for a pull. Of several jobs, only
 * those that found it can tell: without the report of one, nobody knows whether it is no longer there, or has died. A single job whose inputs have changed asks
 * another question.
 */
function mayAnswer(
  { jobs }: FormerDrift,
  item: DriftItem,
  { gaps, isMerged }: Pick<Drift, 'gaps' | 'isMerged'>,
): boolean {
  const isAlone = gaps.length === 0 && !isMerged
  return isAlone || jobs.every(job => item.jobs?.includes(job))
}

/** An image that ran is only seen right where it ran: another cluster can run another digest by the same tag. */
function isSeenWhole({ clusters }: FormerDrift, item: DriftItem): boolean {
  return clusters.every(cluster => item.clusters?.some(each => sameId(each, cluster)))
}

/**
 * Finds out since when each item has drifted: since the run that an issue remembers, the last one if several do; since this run or earlier if one has only
 * counted what it lists; and all others since this run.
 */
export function createDating(
  memories: readonly Pick<Memory, 'former' | 'count' | 'shownOn'>[],
  drift: Drift,
  now: Since,
): (item: DriftItem) => Since {
  const known = new Map<DriftItem, Since>()
  const find = createFinder(drift)
  for (const { former = [], shownOn } of memories)
    for (const { since, ...each } of former)
      for (const { item } of find({ since, ...each }))
        known.set(item, { ...since, ...countNights(since, shownOn, now.on, true) })
  const first = memories.some(({ former, count }) => !former && count > 0) ? { ...now, isOrEarlier: true } : now
  return item => known.get(item) ?? first
}

/** Whether an issue was closed as something that won't be repaired. */
export function isDecided({ stateReason }: Issue): boolean {
  return stateReason === 'not_planned' || stateReason === 'duplicate'
}

/**
 * What a closed issue remembers, without what this run saw repaired: that is news if it drifts again.
 * @returns undefined if nothing was repaired
 */
export function forgetRepaired({ body }: Issue, drift: Drift): Memory | undefined {
  const memory = readMemory(body)
  const { former, count } = memory
  if (!former) return count > 0 && drift.items.length === 0 && isAllSeen(memory, drift) ? nothingLeft : undefined
  const find = createFinder(drift)
  const left = former.filter(each => find(each)[0]?.state !== 'fine')
  if (left.length === former.length) return undefined
  return { ...memory, state: nothingLeft.state, count: left.length, former: left }
}

/** Whether an issue lists all of this drift, and each in the same way. */
export function isAccepted({ body }: Issue, drift: Drift): boolean {
  const { state, former } = readMemory(body)
  if (!former) return state === hashOfState(drift)
  const find = createFinder(drift)
  const known = new Set(former.flatMap(each => find(each).flatMap(({ item }) => (isAsBefore(item, each) ? item : []))))
  return drift.items.every(item => known.has(item))
}

/** Whether an item drifts as it did, on no more nodes, and an image runs on no other cluster. */
function isAsBefore(item: DriftItem, former: FormerDrift): boolean {
  const [now, before] = [howOf(item), former.how].map(how => how.replace('~', ''))
  const isOnNoMore = (item.clusters ?? []).every(each => former.clusters.includes(each.toLowerCase()))
  return now === before && isOnNoMore && !hasSpread(item, former)
}

/** Whether more nodes are refused than those of a part, or no node pulls any more. Too many nodes to name are not counted. */
function hasSpread({ nodes }: DriftItem, former: Pick<FormerDrift, 'how' | 'nodes'>): boolean {
  if (!former.how.endsWith('~') || !nodes) return false
  return nodes.pulled.length === 0 || (former.nodes.length > 0 && nodes.refused.length > former.nodes.length)
}
