import { redactJson } from '../../services/runner/secrets.js'
import { maxImagesCharacters, toListOutput } from '../fit.js'
import type { Report } from '../report-json.js'
import { setWithReport } from '../outputs.js'

/** Sets the outputs to the result of several jobs; outputs about a single pair stay empty. */
export function setMergedOutputs(report: Report, errorCode: string): void {
  const { attached, drift, verified, images } = report
  const outputs = {
    attached: String(attached),
    drift: String(drift),
    verified,
    images: redactJson(toListOutput(images, maxImagesCharacters)),
    'error-code': errorCode,
  }
  setWithReport(outputs, report)
}
