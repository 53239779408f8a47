import type { JobRow } from 'html-report'
import { nameSome, type Finding } from 'kernel'
import {
  countDrift,
  countUnchecked,
  findDrift,
  markOf,
  markUnchecked,
  selectUnchecked,
  stateOfFailure,
  toReport,
} from 'report-document'
import type { Drift, Problem, Report } from 'report-document'
import type { Result } from 'run-model'
import { plural } from 'texts'
import { shortenGuids } from 'azure'
import { describeDoubts, describeVerdict, type NameRegistry } from './verdict.js'

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

/** What a run has found. */
export function toStory(run: Result): Story {
  const report = toReport(run)
  const failures = run.errors.map(each =>
    stateOfFailure(report, each.code) === 'unknown' ? markUnchecked(each) : each,
  )
  return { report, drift: findDrift(run, report), failures, jobs: [], run }
}

/** The result of a run or a fleet with its mark, on one line: the last line of the log, and the headline of summary and page. */
export function describeStory({ run, drift, jobs, report }: Story, nameRegistry: NameRegistry): string {
  return run ? describeVerdict(run, drift, nameRegistry) : describeFleet(drift, jobs, report.findings)
}

/** The state of a fleet, worst first; jobs that did not complete their check come after what the others found. */
function describeFleet(drift: Drift, jobs: readonly JobRow[], findings: readonly Finding[]): string {
  const unchecked = selectUnchecked(drift)
  const lacking = jobs.filter(({ lack }) => lack !== '')
  const gap = shortenGuids(nameLacking(lacking, jobs.length))
  const parts = [countDrift(drift), unchecked.length > 0 && countUnchecked(unchecked), gap].filter(Boolean)
  const doubts = describeDoubts(findings, drift.unknown.length - unchecked.length, drift.unseen.length)
  const { isDoubtful } = doubts
  const noted = `${doubts.noted}${drift.earlier ? ` · ${drift.earlier.message}: re-run all jobs to check again` : ''}`
  if (parts.length > 0) return `${drift.items.length > 0 ? markOf(drift) : '?'} ${parts.join('; ')}${noted}`
  return `${isDoubtful ? '⚠' : '✓'} no drift: ${plural(drift.fine.length, 'cluster or image', 'clusters and images')} checked${noted}`
}

const maxLacking = 2

/** `rg-eu was not checked`, `3 of 5 jobs did not complete their check: rg-eu, aks-1 and 1 more`. */
function nameLacking(lacking: readonly JobRow[], jobs: number): string {
  const [only] = lacking
  if (!only || lacking.length === 1) return only?.lack ?? ''
  const names = lacking.map(({ name }) => name)
  return `${lacking.length} of ${plural(jobs, 'job')} did not complete their check: ${nameSome(names, maxLacking)}`
}
