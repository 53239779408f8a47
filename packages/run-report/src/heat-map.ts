import { isSameLabel, labelOf, parseResourceId } from 'azure'
import { compareNaturally, groupBy } from 'kernel'
import { stateOf, states, stateTexts, type Report, type State } from 'report-document'

/** One thing in a heat map: a cluster at a registry, or a part of the fleet that nobody has checked. */
export interface Spot {
  /** ID of the subscription; empty if it is not known. */
  subscription: string
  /** Login server, name or ID of the registry; `*` for all of a scope, and empty if it is not known. */
  registry: string
  /** Resource ID or name of the cluster; absent for a part of unknown extent. */
  target?: string
  state: State
}

/** How many clusters of a subscription are in each state at a registry. */
interface Cell {
  counts: Record<State, number>
  /** Whether a part of unknown extent was not checked. */
  isBlind: boolean
}

/** The spot of a pair. @param subscription that of its job, for a cluster without an ID */
export function toSpot(
  pair: Pick<Report['pairs'][number], 'target' | 'registry' | 'loginServer' | 'status' | 'lacks'>,
  subscription = '',
): Spot {
  const { target, registry, loginServer } = pair
  const spot = {
    subscription: parseResourceId(target)?.subscriptionId ?? subscription,
    registry: loginServer ?? registry,
    state: stateOf(pair),
  }
  // `*`: other clusters, nobody knows how many.
  return target === '*' ? spot : { ...spot, target }
}

/**
 * Maps the state of a fleet: subscriptions and registries with the state of the clusters in each combination. A cluster that several jobs have checked
 * counts once, in its worst state.
 * @param maxColumns above it, the best registries are one last column of their own
 * @returns the labels of the registries, in the order of their names and empty for those that are not known; the number of those that share the last column;
 * and the rows, worst first, each with one cell per column: `✗ 1 ⟳ 3 ✓ 36`, `?` without a number for a part of unknown extent, and an empty text where
 * nothing was checked and nothing should have been
 */
export function toHeatMap(spots: readonly Spot[], maxColumns = Infinity) {
  const labels = labelsOf(spots)
  const placed = spots.flatMap(spot => {
    const registry = labels.get(spot.registry) ?? ''
    const subscription = spot.subscription.toLowerCase()
    return registry || subscription ? [{ ...spot, registry, subscription }] : []
  })
  const registries = [...new Set(placed.map(({ registry }) => registry))].sort(compareNaturally)
  const rows = [...groupBy(placed, ({ subscription }) => subscription)].map(([subscription, own]) => {
    const columns = groupBy(own, ({ registry }) => registry)
    return { subscription, cells: registries.map(registry => toCell(columns.get(registry) ?? [])) }
  })
  const rankOf = (cells: readonly (Cell | undefined)[]): number => states.indexOf(worstOf(cells))
  rows.sort((a, b) => rankOf(a.cells) - rankOf(b.cells))
  const ranks = registries.map((_, column) => rankOf(rows.map(({ cells }) => cells[column])))
  const columns = registries.map((_, column) => column)
  const worstFirst = columns.toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0))
  const own = registries.length <= maxColumns ? columns : worstFirst.slice(0, maxColumns - 1).sort((a, b) => a - b)
  const merged = columns.filter(column => !own.includes(column))
  return {
    registries: own.map(column => registries[column] ?? ''),
    merged: merged.length,
    rows: rows.map(({ subscription, cells }) => {
      const kept = own.map(column => cells[column])
      const shown = merged.length > 0 ? [...kept, sum(merged.flatMap(column => cells[column] ?? []))] : kept
      return { subscription, cells: shown.map(cell => ({ text: describeCell(cell), state: worstOf([cell]) })) }
    }),
  }
}

/** The label of each registry; one that is only given by its name has that of its login server. */
function labelsOf(spots: readonly Spot[]): ReadonlyMap<string, string> {
  const all = [...new Set(spots.map(({ registry }) => registry))]
  const servers = all.filter(registry => registry.includes('.')).map(labelOf)
  return new Map(
    all.map(registry => {
      const label = labelOf(registry)
      return [registry, servers.find(server => isSameLabel(server, label)) ?? label]
    }),
  )
}

function toCell(spots: readonly Spot[]): Cell | undefined {
  if (spots.length === 0) return undefined
  const worst = new Map<string, State>()
  for (const { target, state } of spots) {
    if (target === undefined) continue
    const key = target.toLowerCase()
    worst.set(key, worseOf(worst.get(key) ?? 'fine', state))
  }
  const counts = { failed: 0, drifted: 0, unknown: 0, fine: 0 }
  for (const state of worst.values()) counts[state] += 1
  return { counts, isBlind: spots.some(({ target }) => target === undefined) }
}

function worstOf(cells: readonly (Cell | undefined)[]): State {
  const found = states.find(state =>
    cells.some(cell => (cell?.counts[state] ?? 0) > 0 || (state === 'unknown' && cell?.isBlind)),
  )
  return found ?? 'fine'
}

function describeCell(cell: Cell | undefined): string {
  if (!cell) return ''
  const { counts, isBlind } = cell
  const parts = states.flatMap(state => {
    if (counts[state] > 0) return `${stateTexts[state].mark} ${counts[state]}`
    return state === 'unknown' && isBlind ? stateTexts.unknown.mark : []
  })
  return parts.join(' ')
}

function sum(cells: readonly Cell[]): Cell | undefined {
  if (cells.length === 0) return undefined
  const counts = { failed: 0, drifted: 0, unknown: 0, fine: 0 }
  for (const cell of cells) for (const state of states) counts[state] += cell.counts[state]
  return { counts, isBlind: cells.some(({ isBlind }) => isBlind) }
}

function worseOf(a: State, b: State): State {
  return states.indexOf(a) < states.indexOf(b) ? a : b
}
