import type { Logger } from '../log.js'
import type { Result } from '../result.js'
import { annotateDrift } from './drift-failure.js'
import { readDrift } from './drift.js'
import { annotateFailures, groupFailures, printFailures } from './failures.js'
import { annotateFindings, groupFindings } from './findings.js'
import { describeEnd } from './narration.js'
import { setOutputs } from './outputs.js'
import { toReportJson } from './report-json.js'
import { addToSummary } from './step-summary.js'
import { toMarkdown } from './summary.js'

/** Reports the end of a run everywhere: outputs first, for a cancelled job has little time, then log, annotations and summary. */
export async function report(result: Result, log: Logger): Promise<void> {
  setOutputs(result)
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
