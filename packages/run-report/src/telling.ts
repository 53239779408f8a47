import { findDrift, listFailures, toReport, type Drift, type Problem, type Report } from 'report-document'
import type { JobRow } from 'html-report'
import type { Result } from 'run-model'

/** What a run or a fleet reports: everything that anybody reads is made of this. */
export interface Telling {
  report: Report
  drift: Drift
  /** The failures apart from the drift's. */
  failures: readonly Problem[]
  /** The jobs of a fleet; empty for a run. */
  jobs: readonly JobRow[]
}

/** What a run reports. */
export function toTelling(result: Result): Telling {
  const report = toReport(result)
  return { report, drift: findDrift(report), failures: listFailures(report), jobs: [] }
}
