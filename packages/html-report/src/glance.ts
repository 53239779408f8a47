import { lastSegment } from 'azure'
import { compareNaturally, groupBy, isGone } from 'kernel'
import { keyOf, stateOf, states, toGrid, type Report } from 'report-document'
import { plural } from 'texts'
import { Markup, drawSection, markup, type State } from './markup.js'
import type { PageContent } from './sections.js'

export type Pair = Report['pairs'][number]

/** The state of a row; `gone` if its cluster or registry does not exist. */
type Kind = State | 'gone'

/** The mark and the word of each kind, worst first. */
export const kinds: Readonly<Record<Kind, { mark: string; word: string; rank: number }>> = {
  gone: { mark: states.failed.mark, word: 'not found', rank: -1 },
  ...states,
  drifted: { ...states.drifted, word: 'drifted' },
}

export const kindOf = ({ error, ...pair }: Pair): Kind =>
  error && isGone(error.code) && error.code !== 'NO_KUBELET_IDENTITY' ? 'gone' : stateOf(pair)

/** The key of a pair; its spot and its age have the same one. */
export const keyOfPair = ({ target, loginServer, registry }: Pair): string => keyOf('', target, loginServer ?? registry)

const describe = (kind: Kind): string => `${kinds[kind].mark} ${kinds[kind].word}`

const worstOf = (all: readonly Kind[]): Kind =>
  all.reduce<Kind>((worst, kind) => (kinds[kind].rank < kinds[worst].rank ? kind : worst), 'fine')

/** What a figure counts; what failed is among what was not checked. */
const figures = ['fine', 'drifted', 'gone', 'unknown'] as const
const figureOf = (kind: Kind): Kind => (kind === 'failed' ? 'unknown' : kind)

/**
 * How bad it is: five figures and a bar. A large number counts rows of the table, the number below it the clusters of which this is the worst, so that these add up
 * to the number of clusters.
 */
export function drawFigures({ report: { pairs, findings } }: Pick<PageContent, 'report'>): Markup {
  if (pairs.length + findings.length === 0) return markup``
  const all = pairs.map(kindOf)
  const clusters = groupBy(
    pairs.filter(({ target }) => target !== '*'),
    ({ target }) => target.toLowerCase(),
  )
  const worst = [...clusters.values()].map(own => figureOf(worstOf(own.map(kindOf))))
  const failed = all.includes('failed') ? `${describe('failed')} or ${kinds.unknown.word}` : describe('unknown')
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
<p class="soft">Large numbers count a cluster once per registry (${end} in all), small numbers count it once, in its worst state (${clusters.size} in all).</p>
</section>\n`
}

/** Number of clusters up to which each has a row of its own in the map, and of registries up to which each has a column. */
const [maxRows, maxColumns] = [16, 8]

/** Number of squares above which a map only counts: each takes 13 bytes. */
const maxSquares = 2000

/** Where it is: clusters, or subscriptions, and registries. Nothing for one cluster and one registry. */
export function drawMap({ report, spots }: Pick<PageContent, 'report' | 'spots'>): Markup {
  const targets = new Set(spots.map(({ target, job }) => target?.toLowerCase() ?? `${job}`))
  const isByCluster = targets.size <= maxRows
  const { registries, merged, rows } = toGrid(spots, isByCluster ? 'cluster' : 'subscription', maxColumns)
  if (registries.length * targets.size < 2) return markup``
  const gone = new Set(report.pairs.filter(pair => kindOf(pair) === 'gone').map(keyOfPair))
  const kindOfSpot = ({ target = '', registry, state }: PageContent['spots'][number]): Kind =>
    gone.has(keyOf('', target, registry)) ? 'gone' : state
  const columns = [...registries.map(registry => registry || 'not known'), ...(merged > 0 ? [`${merged} more`] : [])]
  const hasSquares = !isByCluster && spots.length <= maxSquares
  const drawn = rows.map(({ name, cells }) => {
    const targetsOf = (cell: (typeof cells)[number]) => cell.spots.flatMap(({ target }) => target?.toLowerCase() ?? [])
    const order = [...new Set(cells.flatMap(targetsOf))].sort((a, b) =>
      compareNaturally(lastSegment(a), lastSegment(b)),
    )
    const tiles = cells.map(({ text, spots: own }, column) => {
      if (own.length === 0) return markup`<td>`
      const isFew = isByCluster && column < registries.length
      const kindsOf = new Map(own.map(spot => [spot.target?.toLowerCase(), kindOfSpot(spot)]))
      const squares = hasSquares && drawSquares(order.map(target => kindsOf.get(target)))
      return markup`<td class="${worstOf(own.map(kindOfSpot))}" data-label="${columns[column]}">${isFew ? text : count(own, kindOfSpot)}${squares}`
    })
    return markup`<tr><th scope="row">${name || 'not known'}${tiles}\n`
  })
  const used = new Set(spots.map(kindOfSpot))
  const legend = (Object.keys(kinds) as Kind[])
    .filter(kind => used.has(kind))
    .map(describe)
    .join(', ')
  return drawSection({
    id: 'map',
    title: 'Where',
    ...(!isByCluster && { note: `Numbers of clusters${hasSquares ? ', and a square for each' : ''}: ${legend}` }),
    columns: [isByCluster ? 'Cluster' : 'Subscription', ...columns],
    rows: markup`<tbody>\n${drawn}</tbody>\n`,
  })
}

/** `⟳ 3 ✓ 36`, and a mark without a number for a part of unknown extent. */
function count(spots: PageContent['spots'], kindOfSpot: (spot: PageContent['spots'][number]) => Kind): string {
  const byKind = [...groupBy(spots, kindOfSpot)].sort(([a], [b]) => kinds[a].rank - kinds[b].rank)
  const sizeOf = (own: PageContent['spots']): number => own.filter(({ target }) => target !== undefined).length
  return byKind.map(([kind, own]) => `${kinds[kind].mark} ${sizeOf(own) || ''}`.trim()).join(' ')
}

/** Squares side by side, in units: those of a kind differ in form, too. */
const perLine = 20

const forms: Readonly<Record<Kind, string>> = {
  fine: 'm3 3h4v4h-4z',
  drifted: 'h10v10h-10z',
  gone: 'l10 10m0-10l-10 10',
  failed: 'l10 10m0-10l-10 10',
  unknown: 'm1 1h8v8h-8z',
}

/** A square per cluster, undefined where it is not expected; in every column of a row, a cluster has the same place. */
function drawSquares(all: readonly (Kind | undefined)[]): Markup {
  const placed = all.map((kind, index) => ({
    kind,
    at: `M${(index % perLine) * 13 + 1} ${Math.floor(index / perLine) * 13 + 1}`,
  }))
  const paths = (Object.keys(kinds) as Kind[]).map(kind => {
    const own = placed.filter(each => each.kind === kind).map(({ at }) => `${at}${forms[kind]}`)
    return own.length > 0 ? markup`<path class="${kind}" d="${new Markup(own.join(''))}"/>` : markup``
  })
  const width = Math.min(all.length, perLine) * 13
  const height = Math.ceil(all.length / perLine) * 13
  return markup`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${paths}</svg>`
}
