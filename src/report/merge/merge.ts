import { modes } from '../../inputs/inputs.js'
import { createInputReader, inputText } from '../../inputs/reader.js'
import { ActionError, isErrorCode, toActionError } from '../../model/error.js'
import type { Logger } from '../../model/progress.js'
import { startRun } from '../../model/run.js'
import type { Clock } from '../../model/time.js'
import { addToSummary } from '../../services/runner/step-summary.js'
import { annotateFailures, groupFailures, printFailures } from '../annotations.js'
import { conclude, weakest } from '../conclude.js'
import { describeDriftInFull } from '../drift-issue/text.js'
import { annotateDrift, countDrift, driftFailure, mergeDrifts, readDrift, type Drift } from '../drift.js'
import { setInitialOutputs, setMergedOutputs } from '../outputs.js'
import type { Report } from '../report-json.js'
import { report } from '../report.js'
import { excerpt, mostNamed, plural } from '../text.js'
import { version } from '../version.js'
import { readReports, type Leg } from './read-reports.js'

interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}

interface MergeInputs {
  folder: string
  fleet: unknown[]
  failOnDrift: boolean
  driftIssue: boolean
  token: string
}

/** GitHub refuses the summary of a step above 1 MiB (docs.github.com/actions/reference/workflow-commands-for-github-actions); a character may take three bytes. */
const longestSummary = 330_000

/**
 * Makes one summary, one report and one issue of the reports of a fleet's checks, and asks nothing of Azure.
 * @returns what fails the step
 */
export async function mergeReports(surroundings: Surroundings): Promise<ActionError[]> {
  const { log, clock } = surroundings
  const run = startRun(clock.now(), 'check')
  setInitialOutputs(run)
  try {
    const errors = await merge(readMergeInputs(), surroundings)
    for (const failures of groupFailures(errors)) {
      printFailures(failures, log)
      if (failures.first.code !== 'DRIFT') annotateFailures(failures)
    }
    return errors
  } catch (thrown) {
    const result = conclude({ ...run, finishedAt: clock.now(), error: toActionError(thrown) })
    await report(result, log)
    return result.errors
  }
}

async function merge(inputs: MergeInputs, { log, clock, signal }: Surroundings): Promise<ActionError[]> {
  const { folder, fleet, failOnDrift, driftIssue, token } = inputs
  const legs = readReports(folder, fleet)
  log.line(`attach-acr ${version} · merge of ${plural(legs.length, 'report')}`)
  const drift = mergeDrifts(legs.map(readLeg))
  const isDrift = drift.items.length > 0
  const errors = [...blindness(drift, legs), ...(isDrift && failOnDrift ? [driftFailure(drift)] : [])]
  setMergedOutputs(toMergedReport(legs, isDrift), errors[0]?.code ?? '')
  annotateDrift(drift, failOnDrift)
  await writeSummary(drift, legs)
  if (!isDrift)
    log.line(`${drift.fine.length > 0 ? '✓ no drift' : 'nothing was looked at'}: ${drift.fine.length} as wanted`)
  if (driftIssue) {
    const { keepIssue } = await import('../drift-issue/keep.js')
    await keepIssue(drift, { token, scope: 'fleet', log, clock, signal })
  }
  return errors
}

function readMergeInputs(): MergeInputs {
  const reader = createInputReader()
  const mode = reader.choice('mode', modes)
  if (mode !== 'check') reader.reject('merge-reports', `a folder with mode: ${mode}`, 'it with mode: check only')
  const inputs = {
    folder: reader.text('merge-reports'),
    fleet: readFleet(inputText('fleet'), found => {
      reader.reject('fleet', found, 'a JSON list, the one that the matrix was made of')
    }),
    failOnDrift: reader.boolean('fail-on-drift', true),
    driftIssue: reader.boolean('drift-issue', false),
    token: reader.text('github-token'),
  }
  if (inputs.driftIssue && !inputs.token) reader.reject('github-token', 'nothing', 'a token for drift-issue')
  reader.finish()
  return inputs
}

function readFleet(text: string, reject: (found: string) => void): unknown[] {
  if (!text) return []
  try {
    const fleet: unknown = JSON.parse(text)
    if (Array.isArray(fleet)) return fleet
    reject('JSON that is no list')
  } catch {
    reject('text that is no JSON')
  }
  return []
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
        fix: 'Give the folder in merge-reports that actions/download-artifact has filled, and let the checks upload their report-file.',
      }),
    ]
  }
  const lines = [...blind, ...unknown.map(({ target, registry, what }) => `${target} on ${registry}: ${what}`)]
  if (lines.length === 0) return []
  const code = legs.find(({ report }) => report?.error)?.report?.error?.code ?? unknown[0]?.code ?? 'CANCELLED'
  const message = `${lines.length} could not be looked at${first ? `, the first being ${first}` : ''}.`
  return [
    new ActionError(isErrorCode(code) ? code : 'UNEXPECTED', message, {
      fix: excerpt(lines, mostNamed)
        .map(line => `  ${line}`)
        .join('\n'),
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
function toMergedReport(legs: Leg[], drift: boolean): Report & { legs: unknown[] } {
  const reports = legs.flatMap(({ report }) => report ?? [])
  const pairs = reports.flatMap(report => report.pairs)
  const isWhole = legs.every(({ report }) => report && !report.error)
  return {
    schemaVersion: 1,
    mode: 'check',
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
    legs: legs.map(({ name, report, problem }) => ({ name, error: report?.error ?? null, problem: problem ?? null })),
  }
}
