import { lastSegment } from 'azure'
import { compareNaturally, groupBy } from 'kernel'
import { keyOf, stateOf, states, toGrid, type Report } from 'report-document'
import { plural } from 'texts'
import { Markup, drawSection, markup, type State } from './markup.js'
import type { PageContent } from './sections.js'

export type Pair = Report['pairs'][number]

/** The key of a pair; its spot and its age have the same one. */
export const keyOfPair = ({ target, loginServer, registry }: Pair): string => keyOf('', target, loginServer ?? registry)

const describe = (kind: State): string => `${states[kind].mark} ${states[kind].word}`

const worstOf = (all: readonly State[]): State =>
  all.reduce<State>((worst, kind) => (states[kind].rank < states[worst].rank ? kind : worst), 'fine')

/** What a figure counts; what failed is among what was not checked. */
const figures = ['fine', 'drifted', 'gone', 'unknown'] as const
const figureOf = (kind: State): State => (kind === 'failed' ? 'unknown' : kind)

/**
 * How bad it is: five figures and a bar. A large number counts rows of the table, the number below it the clusters of which this is the worst, so that these add up
 * to the number of clusters.
 */
export function drawFigures({ report: { pairs, findings } }: Pick<PageContent, 'report'>): Markup {
  if (pairs.length + findings.length === 0) return markup``
  const all = pairs.map(stateOf)
  const clusters = groupBy(
    pairs.filter(({ target }) => target !== '*'),
    ({ target }) => target.toLowerCase(),
  )
  const worst = [...clusters.values()].map(own => figureOf(worstOf(own.map(stateOf))))
  const failed = all.includes('failed') ? `${describe('failed')} or ${states.unknown.word}` : describe('unknown')
  let end = 0
  const drawn = figures.map(figure => {
    const count = all.filter(kind => figureOf(kind) === figure).length
    const own = plural(worst.filter(each => each === figure).length, 'cluster')
    end += count
    return {
      item: markup`<li class="${count > 0 ? figure : 'none'}"><a href="#state=${figure}"><b>${count}</b> ${figure === 'unknown' ? failed : describe(figure)} <small>${own}</small></a>\n`,
      part: markup`<rect class="${figure}" x="${end - count}" width="${count}" height="1"/>`,
    }
  })
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  return markup`<section aria-label="At a glance">
<ul class="figures">
${drawn.map(({ item }) => item)}<li class="${warnings > 0 ? 'warning' : 'none'}"><a href="#warnings"><b>${warnings}</b> ⚠ ${warnings === 1 ? 'warning' : 'warnings'}</a>
</ul>
<svg class="bar" viewBox="0 0 ${end} 1" preserveAspectRatio="none" aria-hidden="true">${drawn.map(({ part }) => part)}</svg>
${end > clusters.size && markup`<p class="soft">Large numbers count a cluster once per registry (${end} in all), small numbers count it once, in its worst state (${clusters.size} in all).</p>`}
</section>\n`
}

/** Number of clusters up to which each has a row of its own in the map, and of registries up to which each has a column. */
const [maxRows, maxColumns] = [16, 8]

/** Number of squares above which a map only counts: each takes 13 bytes. */
const maxSquares = 2000

/** Where it is: clusters, or subscriptions, and registries. Nothing for one cluster and one registry. */
export function drawMap({ spots }: Pick<PageContent, 'spots'>): Markup {
  const targets = new Set(spots.map(({ target, job }) => target?.toLowerCase() ?? `${job}`))
  const isByCluster = targets.size <= maxRows
  const { columns, rows, legend } = toGrid(spots, isByCluster ? 'cluster' : 'subscription', maxColumns)
  if (columns.length * targets.size < 2) return markup``
  const hasSquares = !isByCluster && spots.length <= maxSquares
  const drawn = rows.map(({ name, cells }) => {
    const targetsOf = (cell: (typeof cells)[number]) => cell.spots.flatMap(({ target }) => target?.toLowerCase() ?? [])
    const order = [...new Set(cells.flatMap(targetsOf))].sort((a, b) =>
      compareNaturally(lastSegment(a), lastSegment(b)),
    )
    const tiles = cells.map(({ text, state, spots: own }, column) => {
      if (own.length === 0) return markup`<td>`
      const statesOf = new Map(own.map(spot => [spot.target?.toLowerCase(), spot.state]))
      const squares = hasSquares && drawSquares(order.map(target => statesOf.get(target)))
      return markup`<td class="${state}" data-label="${columns[column]}">${text}${squares}`
    })
    return markup`<tr><th scope="row">${name || 'not known'}${tiles}\n`
  })
  return drawSection({
    id: 'map',
    title: 'Where',
    ...(!isByCluster && { note: `Numbers of clusters${hasSquares ? ', and a square for each' : ''}: ${legend}` }),
    columns: [isByCluster ? 'Cluster' : 'Subscription', ...columns],
    rows: markup`<tbody>\n${drawn}</tbody>\n`,
  })
}

/** Squares side by side, in units: those of a kind differ in form, too. */
const perLine = 20

const forms: Readonly<Record<State, string>> = {
  fine: 'm3 3h4v4h-4z',
  drifted: 'h10v10h-10z',
  gone: 'l10 10m0-10l-10 10',
  failed: 'l10 10m0-10l-10 10',
  unknown: 'm1 1h8v8h-8z',
}

/** A square per cluster, undefined where it is not expected; in every column of a row, a cluster has the same place. */
function drawSquares(all: readonly (State | undefined)[]): Markup {
  const placed = all.map((kind, index) => ({
    kind,
    at: `M${(index % perLine) * 13 + 1} ${Math.floor(index / perLine) * 13 + 1}`,
  }))
  const paths = (Object.keys(states) as State[]).map(kind => {
    const own = placed.filter(each => each.kind === kind).map(({ at }) => `${at}${forms[kind]}`)
    return own.length > 0 ? markup`<path class="${kind}" d="${new Markup(own.join(''))}"/>` : markup``
  })
  const width = Math.min(all.length, perLine) * 13
  const height = Math.ceil(all.length / perLine) * 13
  return markup`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${paths}</svg>`
}
