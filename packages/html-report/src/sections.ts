import { plural } from 'texts'
import { type FixPart, partsOf, wrapCommand } from 'kernel'
import { states, type ProblemGroup, type Report } from 'report-document'
import { Markup, countOmitted, linkTo, markup, drawRow, drawSection, type State } from './markup.js'

/** What the page shows. It is plain data, so that secrets can be removed from all of it at once. */
export interface PageContent {
  /** The verdict: the last line of the log. */
  headline: string
  report: Report
  /** The jobs of a fleet; empty for a check. */
  jobs: readonly {
    state: State
    name: string
    clusters: number
    drifted: number
    unchecked: number
    gap: string
  }[]
  /** Subscriptions and registries with the state of the clusters in each combination, in words: `✗ 1 ⟳ 3 ✓ 36`, and empty where nothing was checked. */
  map: {
    /** What the marks mean. */
    legend: string
    registries: readonly string[]
    rows: readonly { name: string; cells: readonly { text: string; state: State }[] }[]
  }
  /** Failures and findings, each kind once, with what to do. */
  problems: readonly ProblemGroup[]
  /** The run that wrote the page; empty texts outside of GitHub. */
  run: { name: string; url: string }
  /** When, in ms since the epoch. */
  at: number
}

/** Maximum number of entries of a list, and of rows of the table of images: the report file has all. */
const maxListed = 1000

const maxImages = 20_000

/** The failures and findings, each kind once, with what to do. */
export function drawProblems(problems: PageContent['problems']): Markup {
  if (problems.length === 0) return markup``
  const sections = problems.map(({ mark, code, link, message, answer, advice, others }) => {
    const messages = others.map(other => other.message)
    const more = messages.length > 0 && drawFolded(`${messages.length} more like it`, messages)
    return markup`<h3>${mark} ${linkTo(link, code)}</h3>\n<p>${message}${answer}</p>\n${partsOf(advice).map(drawPart)}${more}`
  })
  return markup`<section aria-labelledby="problems-title">
<h2 id="problems-title">What to do</h2>
${sections}</section>\n`
}

/** A part of a fix. One that opens, costs or interrupts something is folded behind its caution. */
function drawPart({ text, block, commands, caution }: FixPart): Markup {
  const lines = text.split('\n').filter(Boolean)
  const paragraphs = lines.map(line => markup`<p>${line}</p>\n`)
  const body = markup`${paragraphs}${block && drawBlock(block.lines)}${commands.length > 0 && drawBlock(commands.map(wrapCommand))}`
  return caution === undefined ? body : markup`<details><summary>${caution}</summary>\n${body}</details>\n`
}

/** Lines that keep their form. */
function drawBlock(lines: readonly string[]): Markup {
  const all = lines.flatMap(line => line.split('\n')).map(line => markup`${line}\n`)
  return markup`<pre tabindex="0">${all}</pre>\n`
}

function drawFolded(title: string, items: readonly string[]): Markup {
  const shown = items.slice(0, maxListed).map(item => markup`<li>${item}\n`)
  return markup`<details><summary>${title}</summary>
<ul>
${shown}</ul>
${countOmitted(items.length - maxListed)}</details>\n`
}

/** What could not be checked, and the notes, folded. */
export function drawLists({ unknown, notes }: Report): Markup {
  const lists = [
    [unknown.map(({ message }) => message), 'item could not be checked', 'items could not be checked'],
    [notes, 'note', 'notes'],
  ] as const
  return markup`${lists.map(([items, one, many]) =>
    items.length > 0 ? drawFolded(plural(items.length, one, many), items) : markup``,
  )}`
}

/** Subscriptions and registries at a glance; nothing for one subscription and one registry. */
export function drawMap({ registries, rows, legend }: PageContent['map']): Markup {
  if (registries.length * rows.length < 2) return markup``
  return drawSection({
    id: 'map',
    title: 'Subscriptions and registries',
    above: markup`<p class="soft">The numbers count clusters: ${legend}.</p>`,
    columns: ['Subscription', ...registries.map(registry => registry || 'not known')],
    rows: rows.map(({ name, cells: own }) => {
      const rest = own.map(({ text, state }) => (text === '' ? markup`<td>` : markup`<td class="${state}">${text}`))
      return markup`<tr><th scope="row">${name || 'not known'}${rest}\n`
    }),
    isSortable: false,
  })
}

/** The jobs of a fleet, healthy ones, too. */
export function drawJobs(jobs: PageContent['jobs']): Markup {
  if (jobs.length === 0) return markup``
  return drawSection({
    id: 'jobs',
    title: 'Jobs',
    columns: ['State', 'Job', 'Clusters', 'Drift', 'Not checked', 'Why'],
    rows: jobs.map(({ state, name, clusters, drifted, unchecked, gap }) =>
      drawRow(state, name, [clusters, drifted, unchecked, gap]),
    ),
    isSortable: true,
  })
}

export function drawImages({ images, manifests }: Report): Markup {
  const rows = [
    ...images.map(({ image, name, source, status, digest, error }) => ({
      ...{ image: image ?? name, source, status, error },
      state: stateOfImage(status, digest !== null),
    })),
    ...manifests.map(({ image, file, resource, status, error }) => ({
      ...{ image, source: `${file}: ${resource}`, status, error },
      state: stateOfImage(status, status === 'present'),
    })),
  ].sort((a, b) => states[a.state].rank - states[b.state].rank)
  if (rows.length === 0) return markup``
  return drawSection({
    id: 'images',
    title: 'Images',
    above: countOmitted(rows.length - maxImages),
    columns: ['State', 'Image', 'From', 'Why'],
    rows: rows
      .slice(0, maxImages)
      .map(({ state, status, image, source, error }) =>
        drawRow(state, image, [source, error ? `${error.code}: ${error.message}` : ''], status),
      ),
    isSortable: true,
  })
}

function stateOfImage(status: string, isRead: boolean): State {
  if (status === 'missing' || status === 'locked') return 'drifted'
  if (status === 'failed') return 'failed'
  return status === 'imported' || (status === 'present' && isRead) ? 'fine' : 'unknown'
}
