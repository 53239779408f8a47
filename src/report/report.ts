import type { ActionError } from '../model/error.js'
import type { Logger } from '../model/progress.js'
import type { Result } from '../model/run.js'
import { addToSummary } from '../services/runner/step-summary.js'
import {
  annotateFailures,
  annotateFindings,
  annotateUnseen,
  groupByFix,
  groupFindings,
  maxAnnotations,
  printFailures,
} from './annotations.js'
import { annotateDrift, checkFailure } from './drift-text.js'
import { findDrift, mergeDrifts, selectUnseen, type Drift } from './drift.js'
import { toHeatMap, toSpot } from './heat-map.js'
import { setOutputs } from './outputs.js'
import { toNameable } from './pair-names.js'
import { toReportJson } from './report-json.js'
import { toMarkdown } from './summary.js'
import { describeVerdict } from './verdict.js'

/**
 * Reports the end of a run everywhere: outputs first, because a cancelled job has little time, then log, annotations and summary.
 * @returns the errors that fail the step, and the drift
 */
export async function report(concluded: Result, log: Logger): Promise<{ errors: ActionError[]; drift: Drift }> {
  // Only a check finds drift: in the other modes, missing access is a failure.
  const drift = concluded.mode === 'check' ? findDrift(concluded) : mergeDrifts([])
  const isFailure = concluded.inputs?.failOnDrift ?? true
  const errors = [...concluded.errors, ...(drift.items.length > 0 && isFailure ? [checkFailure(drift)] : [])]
  const json = toReportJson(concluded)
  setOutputs({ ...concluded, errors }, json)
  // The unknowns of pairs are among the failures.
  for (const { message, about } of concluded.unknown) if (about !== 'pair') log.line(`? ${message}`)
  for (const note of concluded.notes) log.line(`note: ${note}`)
  for (const group of groupByFix(errors)) printFailures(group, log)
  // Drift is annotated item by item.
  const failed = groupByFix(concluded.errors)
  failed.forEach(annotateFailures)
  annotateDrift(drift, isFailure, isFailure ? maxAnnotations - failed.length : maxAnnotations)
  annotateUnseen(selectUnseen(concluded.unknown))
  const targets = concluded.pairs.map(pair => toNameable(pair, concluded.inputs))
  for (const group of groupFindings(concluded.findings)) annotateFindings(group, targets)
  const headline = describeVerdict(concluded, drift, ({ loginServer, name }) => loginServer || name)
  if (concluded.mode === 'check' && concluded.inputs?.reportHtml) {
    const { writeHtmlReport } = await import('./html/write.js')
    const map = toHeatMap(json.pairs.map(pair => toSpot(pair, concluded.inputs?.subscriptionId)))
    writeHtmlReport({ headline, report: json, jobs: [], map, errors, at: concluded.finishedAt }, log)
  }
  log.line(headline)
  // Invalid inputs are always shown.
  if (concluded.inputs?.jobSummary ?? true) await addToSummary(toMarkdown(concluded, drift))
  return { errors, drift }
}
