import type { HeatMap, JobRow, ProblemGroup, Report } from 'report-document'

/** What the page shows. It is plain data, so that secrets can be removed from all of it at once. */
export interface PageContent {
  /** The verdict: the last line of the log. */
  headline: string
  report: Report
  /** The jobs of a fleet; empty for a check. */
  jobs: readonly JobRow[]
  map: Pick<HeatMap, 'registries' | 'rows'>
  /** Failures and findings, each kind once, with what to do. */
  problems: readonly ProblemGroup[]
  /** The run that wrote the page; empty texts outside of GitHub. */
  run: { name: string; url: string }
  /** When, in ms since the epoch. */
  at: number
}
