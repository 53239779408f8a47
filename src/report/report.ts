import type { ActionError } from '../model/error.js'
import type { Logger } from '../model/progress.js'
import type { Result } from '../model/run.js'
import { addToSummary } from '../services/runner/step-summary.js'
import {
  annotateFailures,
  annotateFindings,
  groupFailures,
  groupFindings,
  mostAnnotations,
  printFailures,
} from './annotations.js'
import { annotateDrift, checkFailure } from './drift-text.js'
import { mergeDrifts, readDrift, type Drift } from './drift.js'
import { setOutputs } from './outputs.js'
import { toReportJson } from './report-json.js'
import { toMarkdown } from './summary.js'
import { annotateUnseen } from './unseen.js'
import { describeVerdict, selectUnseen } from './verdict.js'

/** The result of a run as it was reported. */
export interface Told {
  /** What fails the step. */
  errors: ActionError[]
  drift: Drift
}

/**
 * Reports the end of a run everywhere: outputs first, because a cancelled job has little time, then log, annotations and summary. The report is
 * built once, and what has drifted is read out of it.
 */
export async function report(concluded: Result, log: Logger): Promise<Told> {
  const json = toReportJson(concluded)
  // Only a check finds drift: what the other modes leave undone has failed.
  const drift = concluded.mode === 'check' ? readDrift(json) : mergeDrifts([])
  const isFailure = concluded.inputs?.failOnDrift ?? true
  const errors = [...concluded.errors, ...(drift.items.length > 0 && isFailure ? [checkFailure(drift)] : [])]
  setOutputs({ ...concluded, errors }, json)
  // What fails the step is told as its failure.
  const failing = new Set(errors.map(({ message }) => message))
  for (const { message } of concluded.unknown) if (!failing.has(message)) log.line(`? ${message}`)
  for (const note of concluded.notes) log.line(`note: ${note}`)
  for (const group of groupFailures(errors)) printFailures(group, log)
  // Drift is told item by item.
  const failed = groupFailures(concluded.errors)
  failed.forEach(annotateFailures)
  annotateDrift(drift, isFailure, isFailure ? mostAnnotations - failed.length : mostAnnotations)
  annotateUnseen(selectUnseen(concluded))
  groupFindings(concluded.findings).forEach(annotateFindings)
  log.line(describeVerdict(concluded, drift, ({ loginServer, name }) => loginServer || name))
  await addToSummary(toMarkdown(concluded, drift))
  return { errors, drift }
}
