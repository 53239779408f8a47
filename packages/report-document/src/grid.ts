import { isSameLabel, labelOf, namesOf, parseResourceId, shortGuid } from 'azure'
import { compareNaturally, groupBy } from 'kernel'
import { stateOf, states, worstOf, type State } from 'run-model'
import { placesOf, type Spot } from './drift.js'
import { sayCell } from './pair-words.js'
import type { Pair } from './report.js'

/**
 * The spot of a pair.
 * @param asked the subscription of its job, for a cluster without an ID
 * @param titleOf names subscriptions
 */
export function toSpot(pair: Pair, asked = '', titleOf = shortGuid): Spot {
  const { target, registry, loginServer } = pair
  const subscription = parseResourceId(target)?.subscriptionId ?? asked
  const spot: Spot = {
    subscription,
    place: subscription && titleOf(subscription),
    registry: loginServer || registry,
    state: stateOf(pair.standing),
    text: sayCell(pair),
  }
  // `*`: other clusters, nobody knows how many.
  return target === '*' ? spot : { ...spot, target }
}

/**
 * The grid of clusters, or of subscriptions, and registries. A cluster that several jobs have checked counts once, in its worst state.
 * @param rowsOf what each row stands for: one cluster, or all clusters of a subscription; by default the latter for many clusters in several subscriptions
 * @param maxColumns above it, the best registries are one last column of their own
 * @returns the labels of the registries, in the order of their names and empty for those that are not known; the number of those that share the last column;
 * the rows, worst first, each with one cell per column: the text of a single cluster, else `✗ 1 ⟳ 3 ✓ 36`, with its spots, and an empty text where nothing was checked and
 * nothing should have been; and what the marks of such numbers mean
 */
export function toGrid(spots: readonly Spot[], rowsOf = chooseRows(spots), maxColumns = Infinity) {
  const labels = labelsOf(spots)
  const titleOf = placesOf(spots)
  const nameTarget = namesOf(
    spots.flatMap(({ target }) => (target === undefined ? [] : { target })),
    titleOf,
  )
  const keyOf = ({ subscription, target, job = '' }: Spot): string =>
    (rowsOf === 'cluster' ? (target ?? `${subscription} ${job}`) : subscription || job).toLowerCase()
  const nameOf = ({ subscription, target, job }: Spot): string => {
    if (rowsOf === 'subscription') return titleOf(subscription) || job || ''
    if (target !== undefined) return nameTarget({ target })
    return job ?? `other clusters${subscription && ` of ${titleOf(subscription)}`}`
  }
  const columnOf = ({ registry }: Spot): string => labels.get(registry) ?? ''
  const placed = spots.filter(spot => columnOf(spot) || keyOf(spot))
  const byRegistry = groupBy(placed, columnOf)
  const registries = [...byRegistry.keys()].sort(compareNaturally)
  const worstFirst = registries.toSorted((a, b) => rankOf(byRegistry.get(a) ?? []) - rankOf(byRegistry.get(b) ?? []))
  const shown = new Set(registries.length > maxColumns ? worstFirst.slice(0, maxColumns - 1) : registries)
  const rest = registries.filter(registry => !shown.has(registry))
  const own = registries.filter(registry => shown.has(registry)).map(registry => [registry])
  const rows = [...groupBy(placed, keyOf)].map(([key, group]) => {
    const found = groupBy(group, columnOf)
    const cells = [...own, ...(rest.length > 0 ? [rest] : [])].map(column => {
      const spots = column.flatMap(registry => onceEach(found.get(registry) ?? []))
      const isOfOne = rowsOf === 'cluster' && column !== rest
      const text = isOfOne ? spots.map(each => each.text).join(', ') : countStates(spots)
      return { text, state: worstSpot(spots), spots }
    })
    return { key, name: nameOf(group[0]), cells, state: worstSpot(group) }
  })
  rows.sort((a, b) => states[a.state].rank - states[b.state].rank || compareNaturally(a.name, b.name))
  const used = new Set(rows.flatMap(({ cells }) => cells.flatMap(cell => cell.spots.map(({ state }) => state))))
  return {
    rowsOf,
    columns: [
      ...own.map(([registry]) => registry || 'not known'),
      ...(rest.length > 0 ? [`${rest.length} more registries`] : []),
    ],
    rows,
    legend: describeMarks([...used]),
  }
}

/** What each mark means among some states, worst first: `✗ can't pull, ⟳ pulls, not as wanted, or was not found`. */
function describeMarks(used: readonly State[]): string {
  const worstFirst = used.map(state => states[state]).sort((a, b) => a.rank - b.rank)
  return [...groupBy(worstFirst, ({ mark }) => mark)]
    .map(([mark, own]) => `${mark} ${own.map(({ word }) => word).join(', or ')}`)
    .join(', ')
}

/** Maximum number of clusters that have a row each, if their subscriptions can have one. */
const maxClusters = 25

function chooseRows(spots: readonly Spot[]): 'cluster' | 'subscription' {
  const countBy = (keyOf: (spot: Spot) => string): number => new Set(spots.map(each => keyOf(each).toLowerCase())).size
  const isMany = countBy(({ target, job = '' }) => target ?? job) > maxClusters
  return isMany && countBy(({ subscription, job = '' }) => subscription || job) > 1 ? 'subscription' : 'cluster'
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
function onceEach(spots: readonly Spot[]): readonly Spot[] {
  if (spots.length < 2) return spots
  return [...groupBy(spots, ({ target }) => target?.toLowerCase())].flatMap(([target, own]) => {
    const [worst] = own.toSorted((a, b) => states[a.state].rank - states[b.state].rank)
    return target === undefined ? own : (worst ?? [])
  })
}

const worstSpot = (spots: readonly Spot[]): State => worstOf(spots.map(({ state }) => state))

const rankOf = (spots: readonly Spot[]): number => states[worstSpot(spots)].rank

function countStates(spots: readonly Spot[]): string {
  const worstFirst = spots.toSorted((a, b) => states[a.state].rank - states[b.state].rank)
  const parts = [...groupBy(worstFirst, ({ state }) => states[state].mark)].map(([mark, own]) => {
    const clusters = own.filter(({ target }) => target !== undefined).length
    return clusters > 0 ? `${mark} ${clusters}` : mark
  })
  return parts.join(' ')
}
