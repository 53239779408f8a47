import type { Logger } from '../model/progress.js'
import type { Result } from '../model/run.js'
import { addToSummary } from '../services/runner/step-summary.js'
import { annotateFailures, annotateFindings, groupFailures, groupFindings, printFailures } from './annotations.js'
import { annotateDrift, readDrift } from './drift.js'
import { describeEnd } from './narration.js'
import { setOutputs } from './outputs.js'
import { toReportJson } from './report-json.js'
import { toMarkdown } from './summary.js'

/** Reports the end of a run everywhere: outputs first, for a cancelled job has little time, then log, annotations and summary. */
export async function report(result: Result, log: Logger): Promise<void> {
  setOutputs(result)
  for (const { message } of result.unknown) log.line(`? ${message}`)
  for (const note of result.notes) log.line(`note: ${note}`)
  groupFindings(result.findings).forEach(annotateFindings)
  for (const failures of groupFailures(result.errors)) {
    printFailures(failures, log)
    if (failures.first.code !== 'DRIFT') annotateFailures(failures)
  }
  if (result.mode === 'check') annotateDrift(readDrift(toReportJson(result)), result.inputs?.failOnDrift ?? true)
  if (result.errors.length === 0) log.line(describeEnd(result))
  await addToSummary(toMarkdown(result))
}
