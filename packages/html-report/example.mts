import { writeHtmlReport } from 'html-report'
import type { Logger } from 'kernel'
import { toHeatMap, toSpot, type Report } from 'report-document'

/** Writes the document to a file in the runner's temporary folder, and sets the output `report-html-file`. */
export function writePage(report: Report, headline: string, log: Logger): void {
  const map = toHeatMap(report.pairs.map(pair => toSpot(pair)))
  writeHtmlReport({ report, headline, map, jobs: [], errors: [], at: Date.now() }, log)
}
