import { cut, plural } from 'texts'
import { lastSegment, parseResourceId, describeSource } from 'azure'
import { groupBy } from 'kernel'
import { stateOf, states, type Report } from 'report-document'
import { Markup, countOmitted, markup, drawRow, drawSection } from './markup.js'

type Pair = Report['pairs'][number]

/** Maximum number of rows: a browser takes some seconds for more. */
const maxRows = 50_000

/** Maximum length of the reasons, in characters: the longest with which the rows fit, else the shortest. */
const reasonLengths = [1000, 400, 160, 60]

/** Maximum size of the rows, in bytes: 4.5 MB for ten thousand. */
const maxRowBytes = 450

/** The rows that always fit, in bytes. */
const minBytes = 4_500_000

/** The table of all pairs, worst first, with what filters it. */
export function drawPairs(pairs: readonly Pair[]): Markup {
  if (pairs.length === 0) return markup``
  const rankOf = (pair: Pair): number => states[stateOf(pair)].rank
  const worstFirst = pairs.toSorted((a, b) => rankOf(a) - rankOf(b))
  const shown = worstFirst.slice(0, maxRows)
  const omitted = pairs.length - shown.length
  return drawSection({
    id: 'pairs',
    title: 'Clusters and registries',
    above: markup`${drawTools(worstFirst)}
<p id="status" role="status" class="soft">${plural(shown.length, 'row')}.</p>
${countOmitted(omitted)}`,
    columns: ['State', 'Cluster', 'Resource group', 'Subscription', 'Registry', 'Access', 'Role', 'Verified', 'Why'],
    rows: drawRows(shown),
    isSortable: true,
  })
}

/** Hidden until the page's script runs, without which it would do nothing. */
function drawTools(pairs: readonly Pair[]): Markup {
  const boxes = [...groupBy(pairs, stateOf)].map(([state, { length }]) => {
    const label = `${states[state].mark} ${states[state].word} (${length})`
    return markup`<label><input type="checkbox" value="${state}" checked> ${label}</label>\n`
  })
  return markup`<div id="tools" role="search" hidden>
<label>Filter <input id="filter" type="search" autocomplete="off" spellcheck="false" aria-controls="pairs"></label>
<fieldset><legend>State</legend>
${boxes}</fieldset>
<button type="button" id="more" hidden>Show all rows</button>
</div>`
}

/** The rows, with reasons that are cut if many of them are long. */
function drawRows(pairs: readonly Pair[]): Markup {
  const room = Math.max(minBytes, pairs.length * maxRowBytes)
  let text = ''
  for (const length of reasonLengths) {
    text = pairs.map(pair => drawPair(pair, length).text).join('')
    if (Buffer.byteLength(text) <= room) break
  }
  return new Markup(text)
}

function drawPair(pair: Pair, maxReason: number): Markup {
  const { target, registry, loginServer, grantedBy, scope, role, verified, pulls } = pair
  const id = parseResourceId(target)
  const name = id?.name ?? (target === '*' ? 'other clusters' : lastSegment(target))
  const access = grantedBy === null ? '' : grantedBy === 'direct' ? 'direct' : describeSource(grantedBy, scope ?? '')
  const text = describeReason(pair)
  return drawRow(stateOf(pair), name, [
    ...[id?.resourceGroup ?? '', id?.subscriptionId ?? '', loginServer ?? lastSegment(registry), access, role ?? ''],
    verified === 'none' ? '' : `${verified}${verified === 'pull' ? noteLayers(pulls) : ''}`,
    cut(text, maxReason),
  ])
}

/** What a proof by these pulls leaves open; empty if a node is known to have fetched layers. */
function noteLayers(pulls: Pair['pulls']): string {
  if (pulls.length === 0 || pulls.some(({ layers }) => layers === 'fetched')) return ''
  return pulls.every(({ layers }) => layers === 'on-node') ? ' (role only)' : ' (layers not known)'
}

/** Why a pair is not as expected: what it lacks, or its error. */
function describeReason({ error, lacks }: Pair): string {
  return error ? `${error.code}: ${error.message}` : lacks.join('; ')
}
