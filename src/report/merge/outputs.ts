import { redactJson } from '../../services/runner/secrets.js'
import { toImagesOutput, toReportOutput } from '../fit.js'
import type { Report } from '../report-json.js'
import { setAll, writeReportFile } from '../outputs.js'

/** Sets the outputs to the result of several jobs; outputs about a single pair stay empty. */
export function setMergedOutputs(report: Report, errorCode: string): void {
  const { attached, drift, verified, images } = report
  const json = JSON.stringify(report)
  setAll({
    attached: String(attached),
    drift: String(drift),
    verified,
    images: redactJson(toImagesOutput(images)),
    'error-code': errorCode,
    report: redactJson(toReportOutput(report, json)),
    'report-file': writeReportFile(report, json),
  })
}
