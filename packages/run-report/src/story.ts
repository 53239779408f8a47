import {
  findDrift,
  mergeDrifts,
  selectUnseen,
  toReportJson,
  toSpot,
  type Drift,
  type JobRow,
  type Problem,
  type Report,
  type Spot,
} from 'report-document'
import type { Result } from 'run-model'

/** What there is to tell: what a run has found, or what is in the reports of a fleet. */
export interface Story {
  report: Report
  drift: Drift
  /** The failures apart from the drift's. */
  failures: readonly Problem[]
  /** The jobs of a fleet; empty for a run. */
  jobs: readonly JobRow[]
  /** Every cluster at every registry, and the parts that nobody has checked. */
  spots: readonly Spot[]
  /** The run, about which the summary shows more than the report has; absent for a fleet. */
  run?: Result
}

/** What a run has found. */
export function toStory(run: Result): Story {
  const { mode, inputs, errors, unknown } = run
  const json = toReportJson(run)
  // Only a check finds drift: in the other modes, missing access is a failure.
  const drift = mode === 'check' ? findDrift(run, json) : { ...mergeDrifts([]), unseen: selectUnseen(unknown) }
  const spots = json.pairs.map(pair => toSpot(pair, inputs?.subscriptionId))
  return { report: json, drift, failures: errors, jobs: [], spots, run }
}
