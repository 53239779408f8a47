import { writeHtmlReport } from 'html-report'
import type { Logger } from 'runner'
import type { Report } from 'report-document'

/** Writes the document to a file in the runner's temporary folder, and sets the output `report-html-file`. */
export function writePage(report: Report, headline: string, log: Logger): void {
  // Nothing has drifted.
  writeHtmlReport(
    {
      report,
      headline,
      worst: '',
      change: '',
      spots: [],
      causes: [],
      ages: {},
      issue: undefined,
      jobs: [],
      errors: [],
      at: Date.now(),
    },
    log,
  )
}
