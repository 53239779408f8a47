import type { Nameable } from 'azure'
import { addToSummary, type ActionError, type Logger, type Unknown } from 'kernel'
import {
  annotateDrift,
  annotateFailures,
  annotateFindings,
  annotateUnseen,
  groupByFix,
  groupFindings,
  maxAnnotations,
  printFailures,
  type Drift,
  type HeatMap,
  type JobRow,
  type Report,
} from 'report-document'

/** What a step has found, alone or from the reports of other jobs. */
interface Story {
  report: Report
  drift: Drift
  /** Whether drift fails the step. */
  failOnDrift: boolean
  /** The failures apart from the drift's. */
  failures: readonly ActionError[]
  /** All errors that fail the step. */
  errors: readonly ActionError[]
  /** What the log lists before the failures. */
  lines: readonly string[]
  unseen: readonly Unknown[]
  /** All targets, which findings are named apart from. */
  targets: readonly Nameable[]
  /** The result on one line. */
  headline: string
  /** For the HTML report; absent without one. */
  page?: { jobs: readonly JobRow[]; map: HeatMap; at: number } | undefined
  /** The job summary; absent if nobody wants one. */
  summary?: (() => string) | undefined
}

/** Tells a story in log, annotations, HTML report and summary. */
export async function tell(story: Story, log: Logger): Promise<void> {
  const { report, drift, failOnDrift, failures, errors, headline, page, summary } = story
  for (const line of story.lines) log.line(line)
  for (const group of groupByFix(errors)) printFailures(group, log)
  // Drift is annotated item by item.
  const failed = groupByFix(failures)
  failed.forEach(annotateFailures)
  annotateDrift(drift, failOnDrift, failOnDrift ? maxAnnotations - failed.length : maxAnnotations)
  annotateUnseen(story.unseen)
  for (const group of groupFindings(report.findings)) annotateFindings(group, story.targets)
  if (page) {
    const { writeHtmlReport } = await import('html-report')
    writeHtmlReport({ headline, report, errors, ...page }, log)
  }
  log.line(headline)
  if (summary) await addToSummary(summary())
}
