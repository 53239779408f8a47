import type { Fate, FormerDrift, SettleDrift } from '../../model/former-drift.js'
import { labelOf } from '../../model/registry.js'
import { lastSegment, sameId } from '../../model/resource-id.js'
import type { Drift, DriftItem } from '../drift.js'
import type { Carried, Memory } from './memory.js'

/** How a drift differs from what the issue showed. */
export interface Change {
  /** New drift. */
  worse: DriftItem[]
  /** What had drifted and matches again. */
  better: DriftItem[]
  /** What had drifted and was not seen by this run, and what became of it. */
  settled: Settled[]
}

/** What became of a former drift that this run did not see. */
export interface Settled {
  former: FormerDrift
  fate: Fate
}

interface Comparison extends Change {
  /** Former drift that is neither healed nor gone: what was not seen, and what this run could not check. */
  carried: Carried[]
  /** Whether the issue remembers each thing. */
  isItemized: boolean
}

/** Compares what an issue shows with what was found; asks what became of what was not seen. */
export async function compare(
  { former }: Pick<Memory, 'former'>,
  drift: Drift,
  settle: SettleDrift,
): Promise<Comparison> {
  const nothing = { worse: [], better: [], settled: [], carried: [] }
  if (!former) return { ...nothing, isItemized: false }
  const find = createFinder(drift)
  const seen = former.map(each => ({ former: each, matches: find(each) }))
  const vanished = seen.flatMap(({ former: each, matches }) => (matches.length === 0 ? each : []))
  const fates = vanished.length > 0 ? await settle(vanished) : []
  const settled = vanished.flatMap((each, index) => {
    const fate = fates[index]
    return fate ? { former: each, fate } : []
  })
  const known = new Set(seen.flatMap(({ matches }) => matches.map(({ item }) => item)))
  const unread = seen.flatMap(({ former: each, matches: [worst] }): Carried[] =>
    worst?.state === 'unknown'
      ? [{ former: each, fate: { kind: 'unseen', code: worst.item.code, text: worst.item.what } }]
      : [],
  )
  return {
    worse: drift.items.filter(item => !known.has(item)),
    better: seen.flatMap(({ matches: [worst] }) => (worst?.state === 'fine' ? worst.item : [])),
    settled,
    carried: [...unread, ...settled.filter(({ fate }) => fate.kind !== 'gone')],
    isItemized: true,
  }
}

interface Match {
  item: DriftItem
  state: 'drift' | 'unknown' | 'fine'
}

/** Finds a former drift among what a run saw, the worst first: by resource ID where both sides have one, else by name. */
export function createFinder({ items, unknown, fine }: Drift): (former: FormerDrift) => Match[] {
  const index = new Map<string, Match[]>()
  const add = (state: Match['state'], some: readonly DriftItem[]): void => {
    for (const item of some) {
      const place = placeOf(item)
      const matches = index.get(place)
      if (matches) matches.push({ item, state })
      else index.set(place, [{ item, state }])
    }
  }
  add('drift', items)
  add('unknown', unknown)
  add('fine', fine)
  return former => (index.get(placeOf(former)) ?? []).filter(({ item }) => isSame(item, former))
}

type Thing = Pick<FormerDrift, 'kind' | 'key' | 'target' | 'registry'>

/** A login server may have a hash after a dash, which the registry's name does not have. */
const nameOf = (registry: string): string => labelOf(registry).split('-')[0] ?? ''

const placeOf = ({ kind, key, target, registry }: Thing): string =>
  kind === 'image' ? key : `${lastSegment(target).toLowerCase()} ${nameOf(registry)}`

/** Whether two things in the same place are the same one. */
function isSame(a: Thing, b: Thing): boolean {
  if (a.kind !== b.kind) return false
  if (a.kind === 'image') return true
  const [label, other] = [labelOf(a.registry), labelOf(b.registry)]
  if (label !== other && label.includes('-') && other.includes('-')) return false
  const ids = [a.target, b.target].filter(target => target.startsWith('/'))
  if (ids.length === 2) return sameId(a.target, b.target)
  return ids.length === 1 || a.key === b.key
}
