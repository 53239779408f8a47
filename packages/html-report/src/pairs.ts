import { cut, plural } from 'texts'
import { labelOf, titlesOf, lastSegment, namesOf, parseResourceId } from 'azure'
import { groupBy, compareNaturally } from 'kernel'
import { keyOf, sayWhy, toGrid, type Pair } from 'report-document'
import { stateOf, states, worstOf } from 'run-model'
import { Markup, countOmitted, fragmentOf, isSmall, markup, drawSection, type PageState } from './markup.js'
import type { PageContent } from './sections.js'

/** A registry by its login server, which it has once it exists. */
const registryOf = ({ loginServer, registry }: Pair): string => loginServer || registry

const stateOfPair = ({ standing }: Pair): PageState => stateOf(standing)

const describeState = (kind: PageState): string => `${states[kind].mark} ${states[kind].word}`

const ranked = Object.keys(states) as PageState[]

/** How bad it is: a figure per state, worst first, and a bar. Each counts clusters, every cluster once, in its worst state. */
export function drawFigures({ report }: Pick<PageContent, 'report'>): Markup {
  const { pairs, findings } = report
  if (isSmall(report)) return markup``
  const clusters = groupBy(
    pairs.filter(({ target }) => target !== '*'),
    ({ target }) => target.toLowerCase(),
  )
  const worst = groupBy([...clusters.values()], own => worstOf(own.map(stateOfPair)))
  let end = 0
  const drawn = ranked.flatMap(state => {
    const count = worst.get(state)?.length ?? 0
    const isOpen = state === 'unknown' && pairs.some(({ target }) => target === '*')
    if (count === 0 && !isOpen) return []
    end += count
    // Nobody knows how many clusters an incomplete list omits.
    const rest = isOpen ? 'and other clusters' : state === 'fine' && `of ${plural(clusters.size, 'cluster')}`
    const more = rest !== false && markup` <small>${rest}</small>`
    return {
      item: markup`<li class="${state}"><a href="#state=${state}"><b>${count}</b> ${describeState(state)}${more}</a>\n`,
      part: markup`<rect class="${state}" x="${end - count}" width="${count}" height="1"/>`,
    }
  })
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  const warned = markup`<li class="warning"><a href="#warnings"><b>${warnings}</b> ⚠ ${warnings === 1 ? 'warning' : 'warnings'}</a>\n`
  return markup`<section aria-label="At a glance">
<ul class="figures">
${drawn.map(({ item }) => item)}${warnings > 0 && warned}</ul>
<svg class="bar" viewBox="0 0 ${end} 1" preserveAspectRatio="none" aria-hidden="true">${drawn.map(({ part }) => part)}</svg>
</section>\n`
}

/** Number of clusters up to which each has a row of its own in the map, and of registries up to which each has a column. */
const [mapRows, maxColumns] = [16, 8]

/** Number of squares above which a map only counts: each takes 13 bytes. */
const maxSquares = 2000

/** Where it is: clusters, or subscriptions, and registries. */
export function drawMap({ spots, report }: Pick<PageContent, 'spots' | 'report'>): Markup {
  const targets = new Set(spots.map(({ target, job }) => target?.toLowerCase() ?? `${job}`))
  const isByCluster = targets.size <= mapRows
  const { columns, rows, legend } = toGrid(spots, isByCluster ? 'cluster' : 'subscription', maxColumns)
  if (isSmall(report)) return markup``
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
      return markup`<td class="${state}" data-label="${columns[column]}" data-words="${sayStates(own)}">${text}${squares}`
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

/** What a cell says without its marks, for whoever hears it: `1 can't pull, 14 as expected`. */
function sayStates(spots: PageContent['spots']): string {
  const counts = groupBy(spots, ({ state }) => state)
  return ranked
    .flatMap(state => (counts.has(state) ? `${counts.get(state)?.length} ${states[state].word}` : []))
    .join(', ')
}

/** Squares side by side, in units: those of a kind differ in form, too. */
const perLine = 20

const forms: Readonly<Record<PageState, string>> = {
  fine: 'm3 3h4v4h-4z',
  drifted: 'h10v10h-10z',
  gone: 'm5 0l5 5l-5 5l-5-5z',
  refused: 'l10 10m0-10l-10 10',
  failed: 'l10 10m0-10l-10 10',
  unknown: 'm1 1h8v8h-8z',
  remaining: 'm3 3h4v4h-4z',
}

/** A square per cluster, undefined where it is not expected; in every column of a row, a cluster has the same place. */
function drawSquares(all: readonly (PageState | undefined)[]): Markup {
  const placed = all.map((kind, index) => ({
    kind,
    at: `M${(index % perLine) * 13 + 1} ${Math.floor(index / perLine) * 13 + 1}`,
  }))
  const paths = ranked.map(kind => {
    const own = placed.filter(each => each.kind === kind).map(({ at }) => `${at}${forms[kind]}`)
    return own.length > 0 ? markup`<path class="${kind}" d="${new Markup(own.join(''))}"/>` : markup``
  })
  const width = Math.min(all.length, perLine) * 13
  const height = Math.ceil(all.length / perLine) * 13
  return markup`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${paths}</svg>`
}

/** Maximum number of rows: a browser takes some seconds for more. */
const maxRows = 50_000

/** Maximum length of a reason, in characters: that of few rows, and that of more rows than this, which then fit into 5 MB. */
const [maxReason, maxShortReason, manyRows] = [1000, 60, 4000]

/** The table of all pairs, worst first, with what filters it. A part of the table per state is what the figures link to. */
export function drawPairs(content: PageContent): Markup {
  const { report, ages } = content
  const { pairs } = report
  if (pairs.length === 0) return markup``
  const worstFirst = pairs.toSorted((a, b) => states[stateOfPair(a)].rank - states[stateOfPair(b)].rank)
  const shown = worstFirst.slice(0, maxRows)
  return drawSection({
    id: 'pairs',
    title: 'Clusters and registries',
    ...(Object.keys(ages).length > 0 && { note: 'Each bar is one of the last 30 nights on which a run saw the drift' }),
    isWhole: isSmall(report),
    above:
      !isSmall(report) &&
      markup`<div class="head">${drawTools(pairs.filter(pair => stateOfPair(pair) === 'fine').length)}
<p id="status" role="status" class="soft">${plural(shown.length, 'row')}.</p></div>
${countOmitted(pairs.length - shown.length)}`,
    columns: ['State', 'Cluster', 'Registry', 'Why', 'Subscription'],
    rows: drawRows(shown, content),
  })
}

/** Hidden until the page's script runs, without which it would do nothing. */
function drawTools(fine: number): Markup {
  return markup`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<label><input id="fine" type="checkbox"> also ${fine} as expected</label>
<button type="button" id="clear" hidden>Show all</button>
<button type="button" id="more" hidden>Show all rows</button>
</div>`
}

function drawRows(pairs: readonly Pair[], content: PageContent): Markup {
  const drawPair = createDrawing(pairs, content)
  const parts = [...groupBy(pairs, stateOfPair)].map(
    ([kind, own]) => markup`<tbody id="state=${kind}">\n${own.map(drawPair)}</tbody>\n`,
  )
  return markup`${parts}`
}

/** Draws rows. Links to a cluster lead to its first row. */
function createDrawing(
  pairs: readonly Pair[],
  { report: { subscriptions }, spots, ages }: PageContent,
): (pair: Pair) => Markup {
  const max = pairs.length > manyRows ? maxShortReason : maxReason
  const titleOf = titlesOf(subscriptions)
  const nameTarget = namesOf(pairs, titleOf)
  const firsts = new Map(pairs.toReversed().map(pair => [lastSegment(pair.target), pair]))
  const places = new Map(spots.map(({ target = '*', registry, place }) => [keyOf('', target, registry), place]))
  return pair => {
    const { target } = pair
    // Its spot and its age have the same one.
    const key = keyOf('', target, registryOf(pair))
    const kind = stateOfPair(pair)
    const { mark, word, rank } = states[kind]
    const id = target !== '*' && firsts.get(lastSegment(target)) === pair && fragmentOf(lastSegment(target))
    const group = parseResourceId(target)?.resourceGroup
    const cells = [
      markup`<th scope="row">${target === '*' ? 'other clusters' : nameTarget(pair)}`,
      markup`<td>${labelOf(registryOf(pair))}`,
      markup`<td>${cut(sayWhy(pair, titleOf), max)}${drawAge(ages[key])}`,
      markup`<td>${places.get(key)}${group !== undefined && markup` <small>${group}</small>`}`,
    ]
    return markup`<tr class="${kind}"${id !== false && markup` id="${id}"`}><td data-key="${rank}">${mark} ${word}${cells}\n`
  }
}

/** How long a drift has lasted, and a strip of the nights in which it was seen: nobody knows anything about those before the first, which are left out. */
function drawAge(age: PageContent['ages'][string] | undefined): Markup {
  if (!age) return markup``
  const nights = age.nights.toString(2)
  const bars = Array.from(
    nights,
    (seen, index) => `M${index * 4} ${seen === '1' ? '0v10' : '8v2'}h3v-${seen === '1' ? 10 : 2}z`,
  )
  const count = nights.replaceAll('0', '').length
  const strip = markup` <svg role="img" aria-label="seen on ${plural(count, 'night')}" width="${nights.length * 4}" height="10"><path d="${new Markup(bars.join(''))}"/></svg>`
  return markup` <small>${age.age}, since ${age.since}${age.nights > 0 && strip}</small>`
}
