import { titlesOf, namesOf } from 'azure'
import { currentRun, plural } from 'texts'
import { say, type FixPart, wrapCommand } from 'kernel'
import { nameSubjects, type Drift, type findCauses, type ProblemGroup, type Report } from 'report-document'
import { states } from 'run-model'
import { Markup, countOmitted, fragmentOf, linkTo, markup, drawRow, drawSection, type PageState } from './markup.js'

/** The result of one job of a fleet, at a glance. */
export interface JobRow {
  /** What it should check, in words. */
  name: string
  state: PageState
  clusters: number
  /** Number of clusters and images that drifted, and of those that could not be checked. */
  drifted: number
  unchecked: number
  /** Why it has not checked everything; empty if it has. */
  gap: string
  /** `rg-eu was not checked`; empty if it has checked everything. */
  lack: string
  /** Whether it left a report, though perhaps of a part. */
  hasReport: boolean
}

/** What the page shows. It is plain data, so that secrets can be removed from all of it at once. */
export interface PageContent {
  /** The verdict: the last line of the log. */
  headline: string
  /** The worst of it, in one figure, and how that has changed; empty without drift, and if nobody knows. */
  worst: string
  change: string
  report: Report
  /** The jobs of a fleet; empty for a check. */
  jobs: readonly Omit<JobRow, 'lack' | 'hasReport'>[]
  /** Every cluster at every registry, and the parts that nobody has checked. */
  spots: Drift['spots']
  /** Drift by its causes, worst first, and what to do about each. */
  causes: readonly Omit<ReturnType<typeof findCauses>[number], 'items'>[]
  /** The drift issue, and what it remembers of pairs, by their keys: their age in words, and the last 30 nights in which a run has seen them, the lowest bit for today. */
  issue: { name: string; url: string } | undefined
  ages: Readonly<Record<string, { since: string; nights: number }>>
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

const maxChips = 100

/** A card per cause, failure and finding, worst first, with what to do. */
export function drawAdvice(content: PageContent): Markup {
  const { causes, problems, report, ages } = content
  if (causes.length + problems.length === 0) return markup``
  const clusters = new Set(report.pairs.map(namesOf(report.pairs, titlesOf(report.subscriptions))))
  const missing = causes.filter(({ state, role }) => state === 'refused' && role !== '')
  const others = causes.filter(cause => missing.length < 2 || !missing.includes(cause))
  const cards = [
    ...(missing.length > 1 ? [{ state: 'refused' as const, card: drawMissing(missing, clusters, ages) }] : []),
    ...others.map(cause => ({ state: cause.state, card: drawCause(cause, clusters) })),
    ...problems
      .filter(({ level }) => level === 'error')
      .map(problem => ({ state: problem.state, card: drawFailure(problem) })),
  ].sort((a, b) => states[a.state].rank - states[b.state].rank)
  const findings = problems.filter(({ level }) => level !== 'error')
  return markup`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
<div class="cards">
${cards.map(({ card }) => card)}${findings.map(drawFinding)}</div>
</section>\n`
}

type PageCause = PageContent['causes'][number]

/** What one run with `mode: attach` repairs: it comes first, and is one card with a row per registry. */
function drawMissing(missing: readonly PageCause[], clusters: ReadonlySet<string>, ages: PageContent['ages']): Markup {
  const roles = new Set(missing.map(({ role }) => role))
  const names = new Set(missing.flatMap(each => each.names))
  const rows = missing.map(({ registry, names: own, keys, advice }) => {
    const [oldest] = keys.flatMap(key => ages[key]?.since ?? []).sort()
    const age = oldest !== undefined && markup`<small>since ${oldest}</small>`
    return markup`<dt>${registry} ${age}<dd>${drawChips(own, clusters)}${advice.map(drawPart)}\n`
  })
  return markup`<article class="refused">
<h3>${states.refused.mark} ${roles.size === 1 ? [...roles].join() : 'A pull role'} is missing for ${plural(names.size, 'cluster')}</h3>
<p><b>${attach}</b> Or by hand, registry by registry:</p>
<dl>\n${rows}</dl>\n</article>\n`
}

const attach = 'The same step with mode: attach assigns all of them.'

/** @param clusters the names of those in the table */
function drawCause(cause: PageCause, clusters: ReadonlySet<string>): Markup {
  const { state, role, text, names, details, advice } = cause
  const said = details.map(detail => `${say(detail.said)}${detail.answer}`)
  const isByHand = advice.some(({ commands }) => commands.length > 0)
  const step =
    role !== '' && markup`<p><b>The same step with mode: attach assigns it.</b>${isByHand && ' Or by hand:'}</p>\n`
  return markup`<article class="${state}">
<h3>${states[state].mark} ${text}</h3>
${drawChips(names, clusters)}${step}${advice.map(drawPart)}${said.length > 0 && drawFolded('In full', said)}</article>\n`
}

/** The names of clusters; those in the table are links to it. */
function drawChips(names: readonly string[], clusters: ReadonlySet<string>): Markup {
  if (names.length === 0) return markup``
  const chips = names
    .slice(0, maxChips)
    .map(name => markup`<li>${clusters.has(name) ? markup`<a href="#${fragmentOf(name)}">${name}</a>` : name}\n`)
  return markup`<ul class="chips">\n${chips}</ul>\n${countOmitted(names.length - maxChips)}`
}

function drawFailure(problem: PageContent['problems'][number]): Markup {
  const { link, code, state } = problem
  return markup`<article class="${state}">\n<h3>${states[state].mark} ${linkTo(link, code)}</h3>\n${drawProblem(problem)}</article>\n`
}

/** Folded. The number of warnings links to the first one. */
function drawFinding(problem: PageContent['problems'][number], index: number): Markup {
  const { mark, code, subject = '', others } = problem
  const about = subject && ` · ${subject}`
  const count = others.length > 0 && ` and ${others.length} more`
  return markup`<details class="card warning"${index === 0 && markup` id="warnings"`}><summary>${mark} ${code}${about}${count}</summary>\n${drawProblem(problem)}</details>\n`
}

function drawProblem({ said, answer, advice, others }: PageContent['problems'][number]): Markup {
  const messages = others.map(say)
  const more = messages.length > 0 && drawFolded(`${messages.length} more like it`, messages)
  return markup`<p>${say(said)}${answer}</p>\n${advice.map(drawPart)}${more}`
}

/** A part of a fix. One that opens, costs or interrupts something is folded behind its caution. */
function drawPart({ text, block, commands, caution }: FixPart): Markup {
  const lines = text.split('\n').filter(Boolean)
  const paragraphs = lines.map(line => markup`<p>${withRun(line)}</p>\n`)
  const body = markup`${paragraphs}${block && drawBlock(block.lines)}${commands.length > 0 && drawBlock(commands.map(wrapCommand))}`
  return caution === undefined ? body : markup`<details><summary>${caution}</summary>\n${body}</details>\n`
}

/** A line in which the address of the run is a link with the run's name. */
function withRun(line: string): Markup {
  const { name, url } = currentRun()
  const [before = '', ...after] = line.split(url)
  return after.length > 0 ? markup`${before}${linkTo(url, name)}${after.join(url)}` : markup`${line}`
}

function drawBlock(lines: readonly string[]): Markup {
  const all = lines.flatMap(line => line.split('\n')).map(line => markup`${line}\n`)
  return markup`<div class="code"><pre tabindex="0">${all}</pre></div>\n`
}

function drawFolded(title: string, items: readonly string[]): Markup {
  const shown = items.slice(0, maxListed).map(item => markup`<li>${item}\n`)
  return markup`<details><summary>${title}</summary>
<ul>
${shown}</ul>
${countOmitted(items.length - maxListed)}</details>\n`
}

/** What could not be checked, and the notes, folded. */
export function drawLists(report: Report): Markup {
  const { mode, unknown, notes } = report
  const nameSubject = nameSubjects(report)
  const name = (subject: string): string => (mode === 'merge' ? `${nameSubject(subject)}: ` : '')
  const lists = [
    [
      unknown.map(({ subject, message }) => `${name(subject)}${message}`),
      'item could not be checked',
      'items could not be checked',
    ],
    [notes, 'note', 'notes'],
  ] as const
  return markup`${lists.map(([items, one, many]) =>
    items.length > 0 ? drawFolded(plural(items.length, one, many), items) : markup``,
  )}`
}

/** The jobs of a fleet, healthy ones, too; folded if all have checked everything. */
export function drawJobs(jobs: PageContent['jobs']): Markup {
  if (jobs.length === 0) return markup``
  const table = drawSection({
    id: 'jobs',
    title: 'Jobs',
    columns: ['State', 'Job', 'Clusters', 'Drift', 'Not checked', 'Why'],
    rows: jobs.map(({ state, name, clusters, drifted, unchecked, gap }) =>
      drawRow(state, name, [clusters, drifted, unchecked, gap]),
    ),
  })
  if (jobs.some(({ gap }) => gap !== '')) return table
  return markup`<details><summary>${plural(jobs.length, 'job')}, all complete</summary>\n${table}</details>\n`
}

export function drawImages({ images, manifests }: Report): Markup {
  const rows = [
    ...images.map(({ image, name, source, ...row }) => ({ ...row, image: image ?? name, source })),
    ...manifests.map(({ file, resource, ...row }) => ({ ...row, source: `${file}: ${resource}` })),
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
        drawRow(state, image, [source, error ? `${error.code}: ${say(error.said)}` : ''], status),
      ),
  })
}
