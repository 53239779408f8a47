import { isSameLabel, labelOf, parseResourceId } from 'azure'
import { compareNaturally, groupBy } from 'kernel'
import { stateOf, states, type Report, type State } from 'report-document'

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

/** The spot of a pair. @param subscription that of its job, for a cluster without an ID */
export function toSpot(
  pair: Pick<Report['pairs'][number], 'target' | 'registry' | 'loginServer' | 'status' | 'lacks'>,
  subscription = '',
): Spot {
  const { target, registry, loginServer } = pair
  const place = {
    subscription: parseResourceId(target)?.subscriptionId ?? subscription,
    registry: loginServer ?? registry,
  }
  // `*`: other clusters, nobody knows how many.
  return target === '*' ? { ...place, state: 'unknown' } : { ...place, target, state: stateOf(pair) }
}

/**
 * Maps the state of a fleet: subscriptions and registries with the state of the clusters in each combination. A cluster that several jobs have checked
 * counts once, in its worst state.
 * @param maxColumns above it, the best registries are one last column of their own
 * @returns the labels of the registries, in the order of their names and empty for those that are not known; the number of those that share the last column;
 * the rows, worst first, each with one cell per column: `✗ 1 ⟳ 3 ✓ 36`, `?` without a number for a part of unknown extent, and an empty text where
 * nothing was checked and nothing should have been; and what the marks mean
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
    const cells = registries.map(registry => onceEach(columns.get(registry) ?? []))
    return { subscription, cells, rank: rankOf(cells.flat()) }
  })
  rows.sort((a, b) => a.rank - b.rank)
  const ranks = registries.map((_, column) => rankOf(rows.flatMap(({ cells }) => cells[column] ?? [])))
  const columns = registries.map((_, column) => column)
  const worstFirst = columns.toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0))
  const own = registries.length <= maxColumns ? columns : worstFirst.slice(0, maxColumns - 1).sort((a, b) => a - b)
  const merged = columns.filter(column => !own.includes(column))
  const shown = rows.map(({ subscription, cells }) => {
    const rest = merged.length > 0 ? [merged.flatMap(column => cells[column] ?? [])] : []
    const all = [...own.map(column => cells[column] ?? []), ...rest]
    return { subscription, cells: all.map(cell => ({ text: describeCell(cell), state: worstOf(cell) })) }
  })
  const used = new Set(shown.flatMap(({ cells }) => cells.flatMap(({ text, state }) => (text === '' ? [] : state))))
  return {
    registries: own.map(column => registries[column] ?? ''),
    merged: merged.length,
    rows: shown,
    legend: [...used]
      .map(state => states[state])
      .sort((a, b) => a.rank - b.rank)
      .map(({ mark, word }) => `${mark} ${word}`)
      .join(', '),
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

/** Each cluster once, in its worst state, and the parts of unknown extent. */
function onceEach(spots: readonly Spot[]): Spot[] {
  return [...groupBy(spots, ({ target }) => target?.toLowerCase())].flatMap(([target, own]) =>
    target === undefined ? own : { ...own[0], state: worstOf(own) },
  )
}

function worstOf(spots: readonly Spot[]): State {
  return spots.reduce<State>((worst, { state }) => (states[state].rank < states[worst].rank ? state : worst), 'fine')
}

const rankOf = (spots: readonly Spot[]): number => states[worstOf(spots)].rank

function describeCell(spots: readonly Spot[]): string {
  const worstFirst = spots.toSorted((a, b) => states[a.state].rank - states[b.state].rank)
  const parts = [...groupBy(worstFirst, ({ state }) => state)].map(([state, own]) => {
    const clusters = own.filter(({ target }) => target !== undefined).length
    return clusters > 0 ? `${states[state].mark} ${clusters}` : states[state].mark
  })
  return parts.join(' ')
}
