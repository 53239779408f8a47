import type { JobRow, ProblemGroup, Report, State } from 'report-document'

/** What the page shows. It is plain data, so that secrets can be removed from all of it at once. */
export interface PageContent {
  /** The verdict: the last line of the log. */
  headline: string
  report: Report
  /** The jobs of a fleet; empty for a check. */
  jobs: readonly JobRow[]
  /** Subscriptions and registries with the state of the clusters in each combination, in words: `✗ 1 ⟳ 3 ✓ 36`, and empty where nothing was checked. */
  map: {
    /** What the marks mean. */
    legend: string
    registries: readonly string[]
    rows: readonly { subscription: string; cells: readonly { text: string; state: State }[] }[]
  }
  /** Failures and findings, each kind once, with what to do. */
  problems: readonly ProblemGroup[]
  /** The run that wrote the page; empty texts outside of GitHub. */
  run: { name: string; url: string }
  /** When, in ms since the epoch. */
  at: number
}
