import { lastSegment } from 'azure'
import { compareNaturally, groupBy, isGone } from 'kernel'
import { keyOf, stateOf, states, toGrid, type Report } from 'report-document'
import { plural } from 'texts'
import { Markup, drawSection, markup, type State } from './markup.js'
import type { PageContent } from './sections.js'

type Pair = Report['pairs'][number]

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

/** The key of a pair, which that of its spot and of its age is, too. */
export const keyOfPair = ({ target, loginServer, registry }: Pair): string => keyOf('', target, loginServer ?? registry)

const worstOf = (all: readonly Kind[]): Kind =>
  all.reduce<Kind>((worst, kind) => (kinds[kind].rank < kinds[worst].rank ? kind : worst), 'fine')

/** The figures: for each, the kinds that it counts. */
const figures = [['fine'], ['drifted'], ['gone'], ['failed', 'unknown']] as const

/**
 * How bad it is: five figures and a bar. A large number counts rows of the table, the number below it the clusters of which this is the worst, so that these add up
 * to the number of clusters.
 */
export function drawFigures({ report: { pairs, findings } }: Pick<PageContent, 'report'>): Markup {
  if (pairs.length + findings.length === 0) return markup``
  const all = pairs.map(kindOf)
  const byTarget = groupBy(
    pairs.filter(({ target }) => target !== '*'),
    ({ target }) => target.toLowerCase(),
  )
  const worst = [...byTarget.values()].map(own => worstOf(own.map(kindOf)))
  const counted = figures.map(own => {
    const isOwn = (kind: Kind): boolean => own.some(each => each === kind)
    const shown = own.filter(kind => all.includes(kind))
    const words = (shown.length > 0 ? shown : own.slice(-1)).map(kind => kinds[kind].word).join(' or ')
    const { mark } = kinds[shown[0] ?? own[own.length - 1] ?? 'fine']
    return {
      kind: own[own.length - 1] ?? 'fine',
      words: `${mark} ${words}`,
      count: all.filter(isOwn).length,
      clusters: worst.filter(isOwn).length,
    }
  })
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const items = counted.map(
    ({ kind, words, count, clusters }) =>
      markup`<li class="${count > 0 ? kind : 'none'}"><a href="#state=${kind}"><b>${count}</b> ${words} <small>${plural(clusters, 'cluster')}</small></a>\n`,
  )
  let from = 0
  const parts = counted.map(({ kind, count }) => {
    from += count
    return markup`<rect class="${kind}" x="${from - count}" width="${count}" height="1"/>`
  })
  return markup`<section aria-label="At a glance">
<ul class="figures">
${items}<li class="${warnings > 0 ? 'warning' : 'none'}"><a href="#warnings"><b>${warnings}</b> ⚠ ${warnings === 1 ? 'warning' : 'warnings'}</a>
</ul>
${pairs.length > 0 && markup`<svg class="bar" viewBox="0 0 ${pairs.length} 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`}
<p class="soft">Large numbers count each cluster at each registry, ${pairs.length} in all; small ones clusters by the worst of it, ${byTarget.size} in all.</p>
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
    const all = cells.map(cell =>
      cell.spots.map(spot => ({ target: spot.target?.toLowerCase(), kind: kindOfSpot(spot) })),
    )
    const order = [...new Set(all.flat().flatMap(({ target }) => target ?? []))].sort((a, b) =>
      compareNaturally(lastSegment(a), lastSegment(b)),
    )
    const tiles = cells.map(({ text }, column) => {
      const own = all[column] ?? []
      if (own.length === 0) return markup`<td>`
      const isFew = isByCluster && column < registries.length
      const kindsOf = new Map(own.map(({ target, kind }) => [target, kind]))
      const squares = hasSquares && drawSquares(order.map(target => kindsOf.get(target)))
      return markup`<td class="${worstOf(own.map(({ kind }) => kind))}" data-label="${columns[column]}">${isFew ? text : count(own)}${squares}`
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

const describe = (kind: Kind): string => `${kinds[kind].mark} ${kinds[kind].word}`

/** `⟳ 3 ✓ 36`, and a mark without a number for a part of unknown extent. */
function count(all: readonly { kind: Kind; target: string | undefined }[]): string {
  const worstFirst = all.toSorted((a, b) => kinds[a.kind].rank - kinds[b.kind].rank)
  const parts = [...groupBy(worstFirst, ({ kind }) => kind)].map(([kind, own]) => {
    const clusters = own.filter(({ target }) => target !== undefined).length
    return `${kinds[kind].mark} ${clusters || ''}`.trim()
  })
  return parts.join(' ')
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
