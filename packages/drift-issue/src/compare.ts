import { isSameLabel, labelOf, lastSegment, sameId } from 'azure'
import { groupBy } from 'kernel'
import type { Drift, DriftItem } from 'report-document'
import type { Issue } from './github/issues.js'
import { howOf, nothingLeft, readMemory, stateOf, type Memory, type Settled } from './memory.js'
import { countNights, unseen, type Fate, type FormerDrift, type SettleDrift, type Since } from './former-drift.js'

/** The difference between the drift and what an issue shows. */
export type Comparison = Awaited<ReturnType<typeof compare>>

/** Compares the drift with what an issue shows, and finds out the fate of earlier drift that was not seen. */
export async function compare({ former }: Pick<Memory, 'former'>, drift: Drift, settle: SettleDrift) {
  const find = createFinder(drift)
  const seen = await Promise.all(
    (former ?? []).map(async each => {
      const matches = find(each)
      const [worst] = matches
      return { former: each, matches, worst, fate: worst ? worst.fate : await settle(each) }
    }),
  )
  const known = new Set(seen.flatMap(({ matches }) => matches.map(({ item }) => item)))
  const toSettled = ({ former: each, fate }: (typeof seen)[number]): Settled[] => (fate ? [{ former: each, fate }] : [])
  return {
    /** New drift. */
    worse: former ? drift.items.filter(item => !known.has(item)) : [],
    /** Earlier drift that could pull everything nevertheless, and no longer can. */
    lost: seen.flatMap(({ former: { how }, worst }) =>
      worst?.state === 'drift' && how.startsWith('+') && !howOf(worst.item).startsWith('+') ? worst.item : [],
    ),
    /** Earlier drift that is repaired. */
    better: seen.flatMap(({ worst }) => (worst?.state === 'fine' ? worst.item : [])),
    /** Earlier drift that this run did not see. */
    settled: seen.filter(({ worst }) => worst?.state !== 'unknown').flatMap(toSettled),
    /** Earlier drift that is neither repaired nor gone: this run did not see it or could not check it. */
    carried: seen.flatMap(toSettled).filter(({ fate }) => fate.kind !== 'gone'),
    /** What earlier runs saw wrong with items, and this run did not see right. */
    doubts: seen.flatMap(({ former: each, matches }) =>
      matches.flatMap(({ item }) => leftToProve(each, item).map(proof => ({ item, proof }))),
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
  const isProven = fine.every(item => leftToProve(memory, item).length === 0)
  return unknown.length + gaps.length === 0 && fine.length >= memory.count && isProven
}

const leftToProve = ({ toProve }: Pick<FormerDrift, 'toProve'>, { unproven = [] }: DriftItem): FormerDrift['toProve'] =>
  toProve.filter(proof => unproven.includes(proof))

/** Why a pair that looks fine may still drift as an earlier run saw it: its role remains. */
const doubtful = {
  identity: 'its pull identity did not exist when it was last checked, and could not be checked now',
  pull: 'its nodes could not pull when they last tried, and no node has pulled now',
}

interface Match {
  item: DriftItem
  /** `unproven`: it looks fine, but an earlier run saw what is wrong with it, and this run did not see that right. */
  state: 'drift' | 'unknown' | 'fine' | 'unproven'
  /** For what is unknown or unproven. */
  fate?: Fate
}

/** Finds an earlier drift among the items of a run, the worst first: by resource ID if both have one, else by name. */
function createFinder({ items, unknown, fine }: Drift): (former: FormerDrift) => Match[] {
  const matches: Match[] = [
    ...items.map((item): Match => ({ item, state: 'drift' })),
    ...unknown.map((item): Match => ({ item, state: 'unknown', fate: unseen(item) })),
    ...fine.map((item): Match => ({ item, state: 'fine' })),
  ]
  const index = groupBy(matches, ({ item }) => placeOf(item))
  return former =>
    (index.get(placeOf(former)) ?? [])
      .filter(({ item }) => isSame(item, former))
      .map(match => {
        const [proof] = match.state === 'fine' ? leftToProve(former, match.item) : []
        return proof ? { ...match, state: 'unproven', fate: unseen({ code: proof, message: doubtful[proof] }) } : match
      })
}

type Place = Pick<FormerDrift, 'kind' | 'key' | 'target' | 'registry'>

/** A login server can have a hash after a dash, which the registry's name does not have. */
const placeOf = ({ kind, key, target, registry }: Place): string =>
  kind !== 'pair' ? key : `${lastSegment(target).toLowerCase()} ${labelOf(registry).split('-')[0] ?? ''}`

/** Whether two items of the same name are the same one. */
function isSame(a: Place, b: Place): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind !== 'pair') return true
  if (!isSameLabel(labelOf(a.registry), labelOf(b.registry))) return false
  const ids = [a.target, b.target].filter(target => target.startsWith('/'))
  return ids.length === 2 ? sameId(a.target, b.target) : ids.length === 1 || a.key === b.key
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
  if (!former) return state === stateOf(drift)
  const find = createFinder(drift)
  const known = new Set(
    former.flatMap(each => find(each).flatMap(({ item }) => (howOf(item) === each.how ? item : []))),
  )
  return drift.items.every(item => known.has(item))
}
