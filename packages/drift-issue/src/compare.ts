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
  const seen = (former ?? []).map(each => ({ former: each, matches: find(each) }))
  const vanished = seen.flatMap(({ former: each, matches }) => (matches.length === 0 ? each : []))
  const fates = vanished.length > 0 ? await settle(vanished) : []
  const lost = vanished.flatMap((each, index): Settled[] => {
    const fate = fates[index]
    return fate ? [{ former: each, fate }] : []
  })
  const known = new Set(seen.flatMap(({ matches }) => matches.map(({ item }) => item)))
  const select = (state: Match['state'], toFate: (item: DriftItem) => Fate): Settled[] =>
    seen.flatMap(({ former: each, matches: [worst] }) =>
      worst?.state === state ? { former: each, fate: toFate(worst.item) } : [],
    )
  const settled = [...lost, ...select('unproven', () => unseenIdentity)]
  const dead = seen.flatMap(({ former: each, matches }) =>
    matches.flatMap(({ item }) => (each.wasDead && item.isIdentityUnseen ? item : [])),
  )
  return {
    /** New drift. */
    worse: former ? drift.items.filter(item => !known.has(item)) : [],
    /** Earlier drift that could pull everything nevertheless, and no longer can. */
    lost: seen.flatMap(({ former: { how }, matches: [worst] }) =>
      worst?.state === 'drift' && how.startsWith('+') && !howOf(worst.item).startsWith('+') ? worst.item : [],
    ),
    /** Earlier drift that is repaired. */
    better: seen.flatMap(({ matches: [worst] }) => (worst?.state === 'fine' ? worst.item : [])),
    /** Earlier drift that this run did not see. */
    settled,
    /** Earlier drift that is neither repaired nor gone: this run did not see it or could not check it. */
    carried: [...select('unknown', unseen), ...settled.filter(({ fate }) => fate.kind !== 'gone')],
    /** Drift whose pull identity was deleted when a run last saw whether it exists. */
    dead: new Set(dead),
    /** Whether the issue remembers each item. */
    isItemized: former !== undefined,
  }
}

/**
 * Whether a clean run has seen everything that an issue only counts. A count does not show which items it counted: all of them were seen only if as many
 * were.
 */
export function isAllSeen({ count, dead }: Memory, { unknown, gaps, fine }: Drift): boolean {
  const isRevived = dead === 0 || !fine.some(({ isIdentityUnseen }) => isIdentityUnseen)
  return unknown.length + gaps.length === 0 && fine.length >= count && isRevived
}

/** Why a pair that looks fine may still have the deleted identity of an earlier run: its role remains. */
const unseenIdentity: Fate = {
  kind: 'unseen',
  code: 'identity',
  text: 'its pull identity did not exist when it was last checked, and could not be checked now',
}

interface Match {
  item: DriftItem
  /** `unproven`: it looks fine, but an earlier run saw that its pull identity was deleted, and this run did not see it. */
  state: 'drift' | 'unknown' | 'fine' | 'unproven'
}

/** Finds an earlier drift among the items of a run, the worst first: by resource ID if both have one, else by name. */
function createFinder({ items, unknown, fine }: Drift): (former: FormerDrift) => Match[] {
  const matches: Match[] = [
    ...items.map((item): Match => ({ item, state: 'drift' })),
    ...unknown.map((item): Match => ({ item, state: 'unknown' })),
    ...fine.map((item): Match => ({ item, state: 'fine' })),
  ]
  const index = groupBy(matches, ({ item }) => placeOf(item))
  return former =>
    (index.get(placeOf(former)) ?? [])
      .filter(({ item }) => isSame(item, former))
      .map(match =>
        match.state === 'fine' && former.wasDead && match.item.isIdentityUnseen
          ? { ...match, state: 'unproven' }
          : match,
      )
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
