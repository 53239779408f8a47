import { excerpt, plural } from 'texts'
import { isAbort, messageOf, printFix, say, sayOwn, sayShort } from 'kernel'
import { addToSummary, annotate, type Logger, type Surroundings } from 'runner'
import {
  annotateDrift,
  countWorst,
  markOf,
  explainDrift,
  findCauses,
  groupProblems,
  keyOf,
  findingsOf,
  listUnseen,
  toGrid,
  worstState,
} from 'report-document'
import type { Drift, Problem, ProblemGroup } from 'report-document'
import { stateOf, states, type Inputs, type Result } from 'run-model'
import type { AskedReports, keepIssue } from 'drift-issue'
import { setOutputs } from './outputs.js'
import { nameByServer, sayHeadline } from './headline.js'
import { toMarkdown } from './summary.js'
import { toTelling, type Telling } from './telling.js'

/** What is shown if the inputs could not be read. */
const withoutInputs: Pick<Inputs, 'failOnDrift' | 'jobSummary' | 'reportHtml' | 'driftIssue' | 'githubToken'> = {
  failOnDrift: true,
  jobSummary: true,
  reportHtml: false,
  driftIssue: '',
  githubToken: '',
}

/**
 * Reports the end of a run everywhere.
 * @param isGone whether Azure itself says that nothing has a resource ID; absent if the step ended before it could ask
 * @returns the failures that fail the step
 */
export function report(
  result: Result,
  deps: Surroundings,
  isGone?: AskedReports['isGone'],
): Promise<readonly Problem[]> {
  const telling = toTelling(result)
  const asked = telling.report.mode === 'check' ? { reports: [telling.report], ...(isGone && { isGone }) } : undefined
  return tell(telling, result.run.inputs ?? withoutInputs, deps, asked)
}

/**
 * Tells everything everywhere: in outputs, log, annotations, HTML report, summary and drift issue, in this order, because a cancelled job has little time.
 * @param asked absent if the mode keeps no drift issue
 * @returns the failures that fail the step
 */
export async function tell(
  telling: Telling,
  inputs: typeof withoutInputs,
  deps: Surroundings,
  asked?: AskedReports,
): Promise<readonly Problem[]> {
  const { report, drift, failures } = telling
  const { failOnDrift, jobSummary, reportHtml } = inputs
  const { log, signal } = deps
  const all = rankFailures(telling)
  const errors: readonly Problem[] = failOnDrift ? all : failures
  setOutputs(report, errors[0]?.code ?? '')
  printAll(telling, all, log)
  annotateAll(telling, failOnDrift)
  // A cancelled job has no time to update the issue.
  const kept = inputs.driftIssue && !signal.aborted ? asked : undefined
  const hasPage = reportHtml && (report.mode === 'check' || report.mode === 'merge')
  if (hasPage && !kept) await writePage(telling, deps)
  log.line(sayHeadline(telling, nameByServer))
  if (jobSummary) await addToSummary(toMarkdown(telling))
  if (!kept) return errors
  const issue = await updateIssue(drift, inputs, kept, deps)
  // The page shows what the issue remembers.
  if (hasPage) await writePage(telling, deps, issue)
  return errors
}

/**
 * The failures and that of the drift, worst first: inputs that make the result doubtful, clusters that can't pull, what failed, clusters that can, and what was
 * not checked.
 */
function rankFailures({ report, drift, failures }: Telling): readonly Problem[] {
  if (drift.items.length === 0) return failures
  const isFailed = report.pairs.some(({ standing }) => stateOf(standing) === 'failed')
  const isWorse = isFailed && states.failed.rank < states[worstState(drift)].rank
  const explained = explainDrift(drift, report.mode === 'merge')
  if (isWorse) return [...failures, explained]
  const isInvalid = ({ code }: Problem): boolean => code === 'INVALID_INPUT'
  return [...failures.filter(isInvalid), explained, ...failures.filter(each => !isInvalid(each))]
}

/** @param all its failures, and that of its drift */
function printAll(telling: Telling, all: readonly Problem[], log: Logger): void {
  for (const line of linesBefore(telling)) log.line(line)
  const grid = gridLines(telling.drift)
  if (grid.length > 0) log.section('Clusters and registries', grid)
  for (const group of groupProblems(all)) printProblem(group, log)
  for (const error of all) if (error.code === 'UNEXPECTED') log.debug(stackOf(error))
}

function stackOf(error: Problem): string {
  return error instanceof Error && error.cause instanceof Error ? (error.cause.stack ?? '') : ''
}

/** Annotates failures and findings group by group, and drift item by item. */
function annotateAll({ report, drift, failures }: Telling, failOnDrift: boolean): void {
  const failed = groupProblems(failures)
  annotateDrift(drift, failOnDrift, failOnDrift ? failed.length : 0)
  failed.forEach(annotateFailures)
  annotateUnseen(listUnseen(drift))
  for (const group of groupProblems(findingsOf(report))) annotateFindings(group)
}

/** Writes the HTML report. @param issue absent if it is not kept, or could not be brought up to date */
async function writePage(
  telling: Telling,
  { clock, log }: Surroundings,
  issue?: Awaited<ReturnType<typeof keepIssue>>,
): Promise<void> {
  const { writeHtmlReport } = await import('html-report')
  const { report, drift, failures: errors, jobs } = telling
  const ages = drift.items.flatMap(item => {
    const age = issue?.ageOf(item)
    return age ? [[keyOf('', item.target, item.registry), age] as const] : []
  })
  const page = {
    headline: sayHeadline(telling, nameByServer),
    worst: drift.items.length > 0 ? `${markOf(drift)} ${countWorst(drift)}` : '',
    change: issue?.change ?? '',
    report: { ...report, own: null },
    jobs,
    spots: drift.spots,
    causes: findCauses(drift),
    ages: Object.fromEntries(ages),
    issue,
    errors,
    at: clock.now(),
  }
  writeHtmlReport(page, log)
}

/** What the log lists before the failures. */
function linesBefore({ drift, report }: Telling): string[] {
  if (!report.own) return listUnseen(drift).map(text => `? ${text}`)
  return [
    // The unknowns of pairs are among the failures.
    ...report.unknown.flatMap(({ message, about }) => (about === 'pair' ? [] : `? ${message}`)),
    ...report.notes.map(note => `note: ${note}`),
  ]
}

/** Maximum number of registries that the grid in the log has. */
const maxColumns = 6

/** The grid of clusters, or of subscriptions, and registries as aligned text; empty for one cluster and one registry. */
function gridLines({ spots }: Drift): string[] {
  const { rows, columns } = toGrid(spots, undefined, maxColumns)
  if (rows.length * columns.length < 2) return []
  const lines = [['', ...columns], ...rows.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)])]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map(cells => cells[column]?.length ?? 0))) ?? []
  const align = (cells: string[]): string =>
    cells
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [...excerpt(lines.map(align), maxLines)]
}

/** Maximum number of lines of the grid in the log. */
const maxLines = 50

/** A failure, or drift, in full, for the log: what failed, on which resources, Azure's answer, and the fix. */
function printProblem(group: ProblemGroup, log: Logger): void {
  const { mark, code, said, answer, others, advice, link } = group
  log.line(`${mark} ${code}  ${say(said)}${answer}`)
  const more = others.map(other => `${mark} ${code}  ${say(other)}`)
  for (const line of excerpt(more)) log.line(line)
  log.line('')
  for (const line of printFix(advice).split('\n')) log.line(`  ${line}`)
  if (link) log.line(`  Why and alternatives: ${link}`)
  log.line('')
}

/** Without Azure's own words if a sentence says the same: log and summary have them. */
function annotateFailures({ code, subject, said, answer, others, advice }: ProblemGroup): void {
  const title = `attach-acr: ${code}${subject ? ` on ${subject}` : ''}`
  const text = withMore(answer ? sayOwn(said) : say(said), others, 'similar failure')
  annotate('error', [text, sayShort(advice)].filter(Boolean).join('\n'), title)
}

function annotateFindings({ code, level, subject = '', said, others, advice }: ProblemGroup): void {
  const text = withMore(say(said), others, 'similar one')
  annotate(level, `${text}\n${printFix(advice)}`, `attach-acr: ${code}${subject && ` on ${subject}`}`)
}

function annotateUnseen([first, ...others]: readonly string[]): void {
  if (!first) return
  annotate('warning', withMore(first, others, 'other'), 'attach-acr: could not be checked')
}

function withMore(message: string, { length }: readonly unknown[], noun: string): string {
  return length > 0 ? `${message}\n${plural(length, noun)}: see the summary.` : message
}

/**
 * Brings the drift issue up to date. Whatever is thrown meanwhile is a warning: the result of the check is already told, and stays. GitHub's client is
 * loaded here, and it refuses a GITHUB_API_URL that isn't a URL.
 */
async function updateIssue(
  drift: Drift,
  inputs: typeof withoutInputs,
  asked: AskedReports,
  deps: Surroundings,
): ReturnType<typeof keepIssue> {
  try {
    const { keepIssue } = await import('drift-issue')
    return await keepIssue(drift, inputs, asked, deps)
  } catch (error) {
    if (isAbort(error)) return undefined
    deps.log.debug(error instanceof Error ? (error.stack ?? '') : String(error))
    deps.log.warn(`The drift issue is not up to date: ${messageOf(error)}`)
    return undefined
  }
}
