import { cut, plural } from 'texts'
import { describeSource, labelOf, titlesOf, lastSegment, namesOf, parseResourceId, withoutIds } from 'azure'
import { groupBy } from 'kernel'
import { keyOf, stateOf, states } from 'report-document'
import { keyOfPair, type Pair } from './glance.js'
import { Markup, countOmitted, fragmentOf, markup, drawSection } from './markup.js'
import type { PageContent } from './sections.js'

/** Maximum number of rows: a browser takes some seconds for more. */
const maxRows = 50_000

/** Maximum length of the reasons, in characters: the longest with which the rows fit, else the shortest. */
const reasonLengths = [1000, 400, 160, 60]

/** Maximum size of the rows, in bytes: 4.5 MB for ten thousand. */
const maxRowBytes = 450

/** The rows that always fit, in bytes. */
const minBytes = 4_500_000

/** The table of all pairs, worst first, with what filters it. A part of the table per state is what the figures link to. */
export function drawPairs(content: PageContent): Markup {
  const { report, ages } = content
  const { pairs } = report
  if (pairs.length === 0) return markup``
  const worstFirst = pairs.toSorted((a, b) => states[stateOf(a)].rank - states[stateOf(b)].rank)
  const shown = worstFirst.slice(0, maxRows)
  return drawSection({
    id: 'pairs',
    title: 'Clusters and registries',
    ...(Object.keys(ages).length > 0 && { note: 'Each bar is one of the last 30 nights on which a run saw the drift' }),
    above: markup`<div class="head">${drawTools(pairs.filter(pair => stateOf(pair) === 'fine').length)}
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
<span class="soft"><label><input id="keys" type="checkbox" checked> Keys:</label> <kbd>/</kbd> filter <kbd>n</kbd> next problem <kbd>t</kbd> also as expected</span>
</div>`
}

/** The rows, a part of the table per state, with reasons that are cut if many of them are long. */
function drawRows(pairs: readonly Pair[], content: PageContent): Markup {
  const byKind = groupBy(pairs, stateOf)
  const drawPair = createDrawing(pairs, content)
  const room = Math.max(minBytes, pairs.length * maxRowBytes)
  let text = ''
  for (const length of reasonLengths) {
    const parts = [...byKind].map(([kind, own]) => {
      // The two share a figure.
      const id = kind === 'failed' && !byKind.has('unknown') ? 'unknown' : kind
      return markup`<tbody id="state=${id}">\n${own.map(pair => drawPair(pair, length))}</tbody>\n`
    })
    text = markup`${parts}`.text
    if (Buffer.byteLength(text) <= room) break
  }
  return new Markup(text)
}

/** Draws rows. Links to a cluster lead to its first row. */
function createDrawing(
  pairs: readonly Pair[],
  { report: { subscriptions }, spots, ages }: PageContent,
): (pair: Pair, maxReason: number) => Markup {
  const titleOf = titlesOf(subscriptions)
  const nameTarget = namesOf(pairs, titleOf)
  const firsts = new Map(pairs.toReversed().map(pair => [lastSegment(pair.target), pair]))
  const places = new Map(spots.map(({ target = '*', registry, place }) => [keyOf('', target, registry), place]))
  return (pair, maxReason) => {
    const { target, registry, loginServer } = pair
    const key = keyOfPair(pair)
    const kind = stateOf(pair)
    const { mark, word, rank } = states[kind]
    const id = target !== '*' && firsts.get(lastSegment(target)) === pair && fragmentOf(lastSegment(target))
    const group = parseResourceId(target)?.resourceGroup
    const cells = [
      markup`<th scope="row">${target === '*' ? 'other clusters' : nameTarget(pair)}`,
      markup`<td>${labelOf(loginServer ?? lastSegment(registry))}`,
      markup`<td>${cut(describeReason(pair, titleOf), maxReason)}${drawAge(ages[key])}`,
      markup`<td>${places.get(key)}${group !== undefined && markup` <small>${group}</small>`}`,
    ]
    return markup`<tr class="${kind}"${id !== false && markup` id="${id}"`}><td data-key="${rank}">${mark} ${word}${cells}\n`
  }
}

/** Since when a drift lasts, and a strip of the nights in which it was seen: nobody knows anything about those before the first, which are left out. */
function drawAge(age: PageContent['ages'][string] | undefined): Markup {
  if (!age) return markup``
  const nights = age.nights.toString(2)
  const bars = Array.from(
    nights,
    (seen, index) => `M${index * 4} ${seen === '1' ? '0v10' : '8v2'}h3v-${seen === '1' ? 10 : 2}z`,
  )
  const count = nights.replaceAll('0', '').length
  const strip = markup` <svg role="img" aria-label="seen on ${plural(count, 'night')}" width="${nights.length * 4}" height="10"><path d="${new Markup(bars.join(''))}"/></svg>`
  return markup` <small>since ${age.since}${age.nights > 0 && strip}</small>`
}

/** Why a pair is not as expected: what it lacks, or its error; else how it is known that it can pull. */
function describeReason(pair: Pair, titleOf: (id: string) => string): string {
  const { error, lacks, role, grantedBy, scope, verified, pulls } = pair
  if (error) return `${error.code}: ${withoutIds(error.reason ?? error.message)}`
  const source = grantedBy === null || grantedBy === 'direct' ? '' : describeSource(grantedBy, scope ?? '', titleOf)
  if (lacks.length > 0) return [...lacks, source].filter(Boolean).join('; ')
  const proof = verified === 'pull' ? `pulled${noteLayers(pulls)}` : ''
  return [role && `${role} ${source || 'assigned'}`, proof].filter(Boolean).join('; ')
}

/** What a proof by these pulls leaves open; empty if a node is known to have fetched layers. */
function noteLayers(pulls: Pair['pulls']): string {
  if (pulls.length === 0 || pulls.some(({ layers }) => layers === 'fetched')) return ''
  return pulls.every(({ layers }) => layers === 'on-node') ? ' (role only)' : ' (layers not known)'
}
