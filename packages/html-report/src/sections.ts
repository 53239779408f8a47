import { titlesOf, namesOf } from 'azure'
import { currentRun, plural } from 'texts'
import { clauseOf, groupBy, say, type Fix, type FixPart, type Group, wrapCommand } from 'kernel'
import { nameSubjects, toHeadline, type Drift, type findCauses, type ProblemGroup, type Report } from 'report-document'
import { states } from 'run-model'
import {
  Markup,
  countOmitted,
  fragmentOf,
  linkTo,
  markup,
  drawRow,
  drawSection,
  isSmall,
  type PageState,
} from './markup.js'

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
  /** The drift issue, and what it remembers of pairs, by their keys: the day on which they began, their age in words, and the last 30 nights in which a run has seen them, the lowest bit for today. */
  issue: { name: string; url: string } | undefined
  ages: Readonly<Record<string, { since: string; age: string; nights: number }>>
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
  const { causes, problems, report } = content
  if (causes.length + problems.length === 0) return markup``
  const [groups, others] = splitMissing(causes)
  const draw: Draw = {
    isOpen: isSmall(report),
    clusters: new Set(report.pairs.map(namesOf(report.pairs, titlesOf(report.subscriptions)))),
    ages: content.ages,
  }
  const cards = [
    ...groups.map(missing => ({ state: missing[0].state, card: drawMissing(missing, draw) })),
    ...others.map(cause => ({ state: cause.state, card: drawCause(cause, draw) })),
    ...problems
      .filter(({ level }) => level === 'error')
      .map(problem => ({ state: problem.state, card: drawFailure(problem, draw) })),
  ].sort((a, b) => states[a.state].rank - states[b.state].rank)
  const findings = problems.filter(({ level }) => level !== 'error')
  return markup`<section aria-labelledby="advice">
<div class="head"><h2 id="advice">What to do</h2></div>
${cards.map(({ card }) => card)}${findings.map(drawFinding)}</section>\n`
}

type PageCause = PageContent['causes'][number]

/** How cards are drawn. */
interface Draw {
  /** Whether what they fold is shown from the beginning, because there is little else on the page. */
  isOpen: boolean
  /** The names of the clusters in the table. */
  clusters: ReadonlySet<string>
  ages: PageContent['ages']
}

/** What one run with `mode: attach` repairs: one card per state, unless it is one cluster at one registry; and all others. */
function splitMissing(causes: readonly PageCause[]): [groups: Group<PageCause>[], others: readonly PageCause[]] {
  const missing = groupBy(
    causes.filter(({ role }) => role !== ''),
    ({ state }) => state,
  )
  const groups = [...missing.values()].filter(group => group.flatMap(({ names }) => names).length > 1)
  return [groups, causes.filter(cause => !groups.flat().includes(cause))]
}

const repair = 'The same step with mode: attach assigns it.'

/** Has a row per registry: its clusters, for how long, and the command. */
function drawMissing(missing: Group<PageCause>, draw: Draw): Markup {
  const [{ state }] = missing
  const roles = new Set(missing.map(({ role }) => role))
  const names = new Set(missing.flatMap(each => each.names))
  const isByHand = missing.some(({ advice }) => advice.some(({ commands }) => commands.length > 0))
  const rows = missing.map(cause => {
    const { registry, role, list } = cause
    const [oldest] = cause.keys.flatMap(key => draw.ages[key] ?? []).sort((a, b) => (a.since < b.since ? -1 : 1))
    return markup`<li class="line"><b>${registry}${roles.size > 1 && ` (${role})`}</b><span class="names">${list || cause.names.join(', ')}</span>${oldest && markup`<small>${oldest.age}</small>`}
${drawFold(markup`${drawChips(cause.names, draw)}${cause.advice.map(drawPart)}`, cause.advice, draw)}\n`
  })
  const body = markup`<ul class="rows">\n${rows}</ul>\n`
  const title = `${roles.size === 1 ? [...roles].join() : 'A pull role'} is missing`
  if (state !== 'refused')
    return drawCard({ state, title: `${title} where clusters still pull`, short: repair, advice: [], body }, draw)
  return markup`<article class="${state}">
<h3>${states[state].mark} ${title} for ${plural(names.size, 'cluster')}</h3>
<p><b>${repair}</b>${isByHand && ' Or by hand, with one command per registry:'}</p>
${body}</article>\n`
}

function drawCause(cause: PageCause, draw: Draw): Markup {
  const { state, role, title, names, details, advice } = cause
  const said = details.map(detail => markup`<p>${say(detail.said)}${detail.answer}</p>\n`)
  const chips = names.length > 1 ? drawChips(names, draw) : markup``
  const short = role !== '' ? repair : draw.isOpen ? '' : shortOf(advice)
  // A sentence beside the title says it already.
  const parts = advice.map(part => drawPart(part.text === short ? { ...part, text: '' } : part))
  return drawCard({ state, title, short, advice, body: markup`${chips}${parts}${said}` }, draw)
}

/** A line: what it is, the first thing to do, and the rest folded. */
function drawCard(
  card: { state: PageState; title: string; short: string; advice: Fix; body: Markup },
  draw: Draw,
): Markup {
  const { state, title, short, advice, body } = card
  return markup`<article class="${state} line">
<h3>${states[state].mark} ${title}${short !== '' && markup` <small>· ${clauseOf(short)}</small>`}</h3>
${drawFold(body, advice, draw)}</article>\n`
}

/** What a line says of a fix: its short form, or its text if it is all of it. */
function shortOf([part]: Fix): string {
  const { text = '', short = '', commands = [], block } = part ?? {}
  return short || (commands.length > 0 || block || text.includes('\n') ? '' : text)
}

/** What a line folds; its script puts a button before it that copies the first command. */
function drawFold(body: Markup, advice: Fix, { isOpen }: Draw): Markup {
  if (body.text.trim() === '') return markup``
  const title = advice.some(({ commands }) => commands.length > 0) ? 'Command' : 'In full'
  return markup`<details${isOpen && markup` open`}><summary>${title}</summary>\n${body}</details>\n`
}

/** The names of clusters; those in the table are links to it. */
function drawChips(names: readonly string[], { clusters }: Draw): Markup {
  const chips = names
    .slice(0, maxChips)
    .map(name => markup`<li>${clusters.has(name) ? markup`<a href="#${fragmentOf(name)}">${name}</a>` : name}\n`)
  return markup`<ul class="chips">\n${chips}</ul>\n${countOmitted(names.length - maxChips)}`
}

function drawFailure(problem: PageContent['problems'][number], draw: Draw): Markup {
  const { state, said, code, link, advice } = problem
  const title = toHeadline(state === 'unknown' ? { what: said.what } : said)
  const body = markup`${drawProblem(problem, `${title}.`)}<p>${linkTo(link, code)}</p>\n`
  const short = draw.isOpen ? '' : (said.brief ?? shortOf(advice))
  return drawCard({ state, title, short, advice, body }, draw)
}

/** Folded. The number of warnings links to the first one. */
function drawFinding(problem: PageContent['problems'][number], index: number): Markup {
  const { mark, code, subject = '', others } = problem
  const about = subject && ` · ${subject}`
  const count = others.length > 0 && ` and ${others.length} more`
  return markup`<details class="card warning"${index === 0 && markup` id="warnings"`}><summary>${mark} ${code}${about}${count}</summary>\n${drawProblem(problem)}</details>\n`
}

/** @param above what stands above it */
function drawProblem({ said, answer, advice, others }: PageContent['problems'][number], above = ''): Markup {
  const text = `${say(said)}${answer}`
  const messages = others.map(say)
  const more = messages.length > 0 && drawFolded(`${messages.length} more like it`, messages)
  return markup`${text !== above && markup`<p>${text}</p>\n`}${advice.map(drawPart)}${more}`
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
