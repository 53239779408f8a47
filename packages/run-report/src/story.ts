import { findDrift, toReportJson, type Drift, type Problem, type Report, type states } from 'report-document'
import type { Result } from 'run-model'

/** What all renderings show: what a run has found, or what is in the reports of a fleet. */
export interface Story {
  report: Report
  drift: Drift
  /** The failures apart from the drift's. */
  failures: readonly Problem[]
  /** The jobs of a fleet; empty for a run. */
  jobs: readonly JobRow[]
  /** The run, about which the summary shows more than the report has; absent for a fleet. */
  run?: Result
}

/** The result of one job of a fleet, at a glance. */
export interface JobRow {
  /** What it should check, in words. */
  name: string
  state: keyof typeof states
  /** Number of clusters in its report. */
  clusters: number
  /** Number of clusters and images that drifted, and of those that could not be checked. */
  drifted: number
  unchecked: number
  /** Why it has not checked everything; empty if it has. */
  gap: string
  /** `rg-eu was not checked`; empty if it has checked everything. */
  lack: string
  /** Whether it left a report, though perhaps of a part. */
  hasReport: boolean
}

/** What a run has found. */
export function toStory(run: Result): Story {
  const report = toReportJson(run)
  return { report, drift: findDrift(run, report), failures: run.errors, jobs: [], run }
}
