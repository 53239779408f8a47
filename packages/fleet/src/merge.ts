import { currentRun, plural, toRunJson, version } from 'texts'
import { shortenGuids, weakest } from 'azure'
import { inShort, ActionError, compareNaturally, distinctOf, fix, groupBy, nameSome, sayClause } from 'kernel'
import { hashJob, type Surroundings } from 'runner'
import { explainUnchecked, mergeDrifts, type Drift, type Problem, type Report } from 'report-document'
import { tell } from 'run-report'
import {
  describeUncheckedJob,
  hasGap,
  listFleetSubscriptions,
  nameLeg,
  reasonsOf,
  toJobRows,
  toSpots,
} from './fleet.js'
import { joinImages, joinManifests, joinPairs, joinWorkloads, shareProofs } from './join.js'
import { readDrift } from './read-drift.js'
import { readReports, type Leg } from './read-reports.js'
import { askForReader } from './unread.js'

/** The inputs of `mode: merge`, which sends no requests to Azure, checked. */
export type MergeInputs = Parameters<typeof tell>[1] & {
  mode: 'merge'
  reports: string
  /** One entry per job that must have a report; empty if that is unknown. */
  fleet: readonly unknown[]
  /** Warnings about inputs that the mode doesn't use. */
  ignored: readonly string[]
}

/**
 * Makes one report and one issue from the reports of a fleet's checks, without any request to Azure, and tells them as a run's.
 * @returns the failures that fail the step
 */
export async function mergeReports(inputs: MergeInputs, deps: Surroundings): Promise<readonly Problem[]> {
  const startedAt = deps.clock.now()
  const { reports, fleet } = inputs
  for (const warning of inputs.ignored) deps.log.warn(warning)
  const legs = askForReader(shareProofs(readReports(reports, fleet)))
  deps.log.line(`attach-acr ${version} · merge · ${plural(legs.length, 'job')}`)
  if (legs.length === 0) {
    const advice =
      'Set reports to the folder that actions/download-artifact has filled, and let the checks upload their report-file.'
    throw new ActionError('INVALID_INPUT', 'There is no report to merge', { subject: 'reports', fix: fix(advice) })
  }
  const drifts = legs.map(readLeg)
  const pairs = joinPairs(legs.flatMap(leg => (leg.report ? { report: leg.report, leg: nameLeg(leg) } : [])))
  const drift: Drift = {
    ...mergeDrifts(drifts, toSpots(legs, pairs)),
    isMerged: true,
    ...describeEarlier(legs, startedAt),
  }
  // An unchecked part is worse than known drift.
  const failures = [...legs.flatMap(explainGap), ...explainUnchecked(drift)]
  const hasDrift = drift.items.length > 0
  const isFailed = failures.length > 0 || (hasDrift && inputs.failOnDrift)
  const story = {
    report: { ...toMergedReport(legs, [...pairs.values()], { hasDrift, isFailed }), run: toRunJson(startedAt) },
    drift,
    failures,
    jobs: toJobRows(legs, drifts),
  }
  const whole = legs.flatMap(({ report: each, problem }) => (each && problem === undefined ? each : []))
  return tell(story, inputs, deps, { reports: whole })
}

/** What of a fleet was not checked again when the run was re-run: _Re-run failed jobs_ leaves the reports of the others. */
function describeEarlier(legs: readonly Leg[], now: number): Pick<Drift, 'earlier'> {
  const attempt = Number(currentRun().attempt)
  const runs = legs.flatMap(({ report }) => (report?.run && report.run.attempt < attempt ? report.run : []))
  const [first] = runs.sort((a, b) => a.attempt - b.attempt || compareNaturally(a.startedAt, b.startedAt))
  if (!first) return {}
  const jobs =
    runs.length < legs.length ? `${runs.length} of ${plural(legs.length, 'job')}` : plural(legs.length, 'job')
  const age = formatAge(now - Date.parse(first.startedAt))
  const subject = `attempt ${first.attempt}`
  return { earlier: { subject, message: `${jobs} checked ${age} ago, in ${subject}` } }
}

/** `3 h`, in the largest unit of which at least two have passed. */
function formatAge(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (minutes < 120) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

function readLeg(leg: Leg): Drift {
  const { called, where, report } = leg
  const drift = report ? readDrift(report, nameLeg(leg), where) : mergeDrifts([])
  return { ...drift, gaps: reasonsOf(leg).map(reason => ({ subject: called, message: `${called}: ${reason}` })) }
}

/** The failures of jobs without a report or whose check ended early, because an unchecked part must not be green. */
function explainGap(leg: Leg): Problem[] {
  if (!hasGap(leg)) return []
  const { error, problem, advice, run } = leg
  const { code = advice === undefined ? 'REPORT_MISSING' : 'INVALID_INPUT', said = { what: problem ?? '' } } =
    error ?? {}
  const text =
    advice ??
    `${run === undefined ? '' : `Its log in this run shows why: ${run}\n`}Run that job again; its clusters stay in the issue until it has reported.`
  return [
    {
      code,
      state: 'unknown',
      said: { ...said, what: describeUncheckedJob(leg), why: sayClause(said) },
      subject: shortenGuids(leg.called),
      fix:
        error?.fix ??
        (advice === undefined
          ? inShort(run === undefined ? 'Run that job again.' : `Its log in this run shows why: ${run}`, text)
          : fix(text)),
      azure: error?.azure,
    },
  ]
}

/** Whether a report says that all of its pairs have access, and no pair of it says the opposite. One without pairs says nothing about access. */
function isAttached({ attached, pairs }: Report): boolean {
  return (
    pairs.length === 0 || (attached && pairs.every(({ standing }) => standing.is === 'granted' || standing.by !== null))
  )
}

function toMergedReport(
  legs: Leg[],
  pairs: Report['pairs'],
  { hasDrift, isFailed }: { hasDrift: boolean; isFailed: boolean },
): Omit<Report, 'run'> {
  const reports = [...new Set(legs.flatMap(({ report }) => report ?? []))]
  const notes = legs.flatMap(({ called, report }) => (report?.notes ?? []).map(note => ({ called, note })))
  const workloads = reports.flatMap(each => each.workloads ?? [])
  const isWhole = !legs.some(hasGap)
  // What one job could not check is not known to be attached, whatever another one has seen. Only that job knows whether a failure was about rights.
  const attached = isWhole && pairs.length > 0 && reports.every(isAttached)
  return {
    mode: 'merge',
    job: hashJob(),
    entry: null,
    attached,
    ready: attached && !isFailed && reports.every(each => each.ready || (each.pairs.length === 0 && !each.drift)),
    changed: false,
    drift: hasDrift,
    verified: isWhole ? weakest(pairs.map(({ standing }) => standing.proof)) : 'none',
    pairs,
    searched: [...new Set(reports.flatMap(({ searched }) => searched))],
    subscriptions: listFleetSubscriptions(legs),
    images: joinImages(reports.flatMap(({ images }) => images)),
    manifests: joinManifests(reports.flatMap(({ manifests }) => manifests)),
    workloads: reports.every(each => each.workloads === null) ? null : joinWorkloads(workloads),
    plan: distinctOf(
      reports.flatMap(({ plan }) => plan),
      each => JSON.stringify(each),
    ),
    findings: distinctOf(
      reports.flatMap(each => each.findings),
      ({ code, subject, message }) => [code, subject, message].join('\n'),
    ),
    unknown: [
      ...reports.flatMap(({ unknown }) => unknown),
      ...legs.flatMap(({ name, problem }) =>
        problem === undefined ? [] : { subject: name, message: problem, about: null },
      ),
    ],
    notes: [...groupBy(notes, ({ note }) => note)].map(
      ([note, by]) => `${shortenGuids(nameSome(by.map(({ called }) => called)))}: ${note}`,
    ),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    jobs: legs.map(({ name, error = null, problem = null }) => ({ name, error, problem })),
    omitted: null,
    own: null,
  }
}
