import { ActionError, isErrorCode } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import type { Logger } from '../../model/progress.js'
import type { Clock } from '../../model/time.js'
import type { MergeInputs } from '../../model/wanted.js'
import { addToSummary } from '../../services/runner/step-summary.js'
import { annotateFailures, groupFailures, printFailures } from '../annotations.js'
import { weakest } from '../conclude.js'
import { describeDriftInFull } from '../drift-issue/text.js'
import { annotateDrift, countDrift, driftFailure, mergeDrifts, readDrift, type Drift } from '../drift.js'
import { setMergedOutputs } from '../outputs.js'
import type { Report } from '../report-json.js'
import { excerpt, mostNamed, plural } from '../text.js'
import { version } from '../version.js'
import { readReports, type Leg } from './read-reports.js'

interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}

/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions); a character may take three bytes. */
const longestSummary = 330_000

/**
 * Makes one summary, one report and one issue of the reports of a fleet's checks, and asks nothing of Azure.
 * @returns what fails the step
 */
export async function mergeReports(inputs: MergeInputs, { log, clock, signal }: Surroundings): Promise<ActionError[]> {
  const { reports, fleet, failOnDrift, driftIssue, githubToken } = inputs
  const legs = readReports(reports, fleet)
  log.line(`attach-acr ${version} · merge of ${plural(legs.length, 'report')}`)
  const drift = mergeDrifts(legs.map(readLeg))
  const isDrift = drift.items.length > 0
  const errors = [...blindness(drift, legs), ...(isDrift && failOnDrift ? [driftFailure(drift)] : [])]
  setMergedOutputs(toMergedReport(legs, isDrift), errors[0]?.code ?? '')
  for (const failures of groupFailures(errors)) {
    printFailures(failures, log)
    if (failures.first.code !== 'DRIFT') annotateFailures(failures)
  }
  annotateDrift(drift, failOnDrift)
  await writeSummary(drift, legs)
  if (!isDrift && errors.length === 0)
    log.line(`${drift.fine.length > 0 ? '✓ no drift' : 'nothing was looked at'}: ${drift.fine.length} as wanted`)
  if (driftIssue) {
    const { keepIssue } = await import('../drift-issue/keep.js')
    await keepIssue(drift, { token: githubToken, scope: 'fleet', log, clock, signal })
  }
  return errors
}

function readLeg({ name, report, problem = '' }: Leg): Drift {
  if (!report) return { items: [], unknown: [], fine: [], blind: [`${name}: ${problem}`], commands: [] }
  const drift = readDrift(report, name)
  return { ...drift, blind: drift.blind.map(reason => `${name}: ${reason}`) }
}

/** What could not be looked at is a failure, as it is in one step: a check that looked away must not be green. */
function blindness({ unknown, blind }: Drift, legs: Leg[]): ActionError[] {
  const [first] = blind
  if (legs.length === 0) {
    return [
      new ActionError('INVALID_INPUT', 'There is no report to merge.', {
        fix: fix(
          'Give the folder in reports that actions/download-artifact has filled, and let the checks upload their report-file.',
        ),
      }),
    ]
  }
  const lines = [...blind, ...unknown.map(({ target, registry, what }) => `${target} on ${registry}: ${what}`)]
  if (lines.length === 0) return []
  const code = legs.find(({ report }) => report?.error)?.report?.error?.code ?? unknown[0]?.code ?? 'CANCELLED'
  const message = `${lines.length} could not be looked at${first ? `, the first being ${first}` : ''}.`
  return [
    new ActionError(isErrorCode(code) ? code : 'UNEXPECTED', message, {
      fix: fix(
        excerpt(lines, mostNamed)
          .map(line => `  ${line}`)
          .join('\n'),
      ),
    }),
  ]
}

async function writeSummary(drift: Drift, legs: Leg[]): Promise<void> {
  const doubt = drift.unknown.length + drift.blind.length
  const headline =
    drift.items.length > 0
      ? `⟳ drift: ${countDrift(drift)} not as wanted`
      : doubt > 0
        ? `✗ ${doubt} could not be looked at`
        : `✓ no drift: ${drift.fine.length} as wanted`
  const detail =
    drift.items.length + doubt > 0 ? describeDriftInFull(drift, process.env.GITHUB_WORKFLOW ?? '', longestSummary) : ''
  const text = [`### ${headline}`, detail, `Of ${plural(legs.length, 'report')}.`].filter(Boolean).join('\n\n')
  await addToSummary(text)
}

/** All reports as one. */
function toMergedReport(legs: Leg[], drift: boolean): Report {
  const reports = legs.flatMap(({ report }) => report ?? [])
  const pairs = reports.flatMap(report => report.pairs)
  const isWhole = legs.every(({ report }) => report && !report.error)
  return {
    schemaVersion: 1,
    mode: 'merge',
    attached: isWhole && pairs.length > 0 && pairs.every(({ status }) => status === 'attached'),
    changed: false,
    drift,
    verified: isWhole ? weakest(pairs) : 'none',
    pairs,
    images: reports.flatMap(({ images }) => images),
    manifests: reports.flatMap(({ manifests }) => manifests),
    plan: reports.flatMap(({ plan }) => plan),
    findings: reports.flatMap(({ findings }) => findings),
    unknown: reports.flatMap(({ unknown }) => unknown),
    notes: reports.flatMap(({ notes }) => notes),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    jobs: legs.map(({ name, report, problem }) => ({ name, error: report?.error ?? null, problem: problem ?? null })),
    omitted: null,
  }
}
