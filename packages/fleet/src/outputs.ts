import { redactJson } from 'kernel'
import { maxImagesCharacters, toListOutput, type Report } from 'report-document'
import { setWithReport } from 'run-report'

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
