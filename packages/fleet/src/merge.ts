import { weakest } from 'azure'
import { ActionError, distinctOf, fix, groupBy, isErrorCode, nameSome, type Finding, type Surroundings } from 'kernel'
import {
  countDrift,
  countUnchecked,
  createAnswerDescriber,
  createQuoteFilter,
  describeDriftInFull,
  describeMany,
  driftFailure,
  endSentence,
  escapeMarkdown,
  excerpt,
  failuresToMarkdown,
  findingsToMarkdown,
  fitSummary,
  fromAnswerJson,
  isNotCompared,
  maxNamed,
  mergeDrifts,
  plural,
  selectTargets,
  selectUnchecked,
  shortenGuids,
  toHeatMap,
  type Drift,
  type DriftItem,
  type Report,
  unseenToMarkdown,
  version,
} from 'report-document'
import { hasAccess, type MergeInputs } from 'run-model'
import { describeDoubts, tell, updateIssue } from 'run-report'
import { setMergedOutputs } from './outputs.js'
import { reasonsOf, toJobRows, toSpots } from './fleet.js'
import { createMergeSettler } from './former.js'
import { describeGlance } from './glance.js'
import { placeTexts } from './placed-texts.js'
import { readDrift } from './read-drift.js'
import { readReports, type Leg } from './read-reports.js'
import { scopeOf } from './scope.js'

/** Maximum length of the part of the summary about drift, in characters; a character can take three bytes, and GitHub accepts 1 MiB. */
const maxDriftLength = 250_000

/**
 * Makes one summary, one report and one issue from the reports of a fleet's checks, without any request to Azure.
 * @returns the errors that fail the step
 */
export async function mergeReports(inputs: MergeInputs, deps: Surroundings): Promise<ActionError[]> {
  const { log, clock } = deps
  const { reports, fleet, failOnDrift, jobSummary, reportHtml, driftIssue, githubToken } = inputs
  for (const warning of inputs.ignored) log.warn(warning)
  const legs = readReports(reports, fleet)
  log.line(`attach-acr ${version} · merge · ${plural(legs.length, 'job')}`)
  if (legs.length === 0) throw noReports()
  const placed = placeTexts(legs)
  const drifts = legs.map((leg, index) => readLeg(leg, placed[index]))
  const drift = mergeDrifts(drifts)
  const isDrift = drift.items.length > 0
  // An unchecked part is worse than known drift.
  const blindness = [...legs.flatMap(explainBlindness), ...explainUnchecked(drift)]
  const errors = [...blindness, ...(isDrift && failOnDrift ? [driftFailure(drift)] : [])]
  const report = toMergedReport(legs, placed, isDrift)
  const { findings } = report
  setMergedOutputs(report, errors[0]?.code ?? '')
  const headline = describeFleet(drift, legs, findings)
  const [map, jobs] = [toHeatMap(toSpots(legs)), toJobRows(legs, drifts)]
  const toSummary = (): string => {
    const unchecked = describeMany(selectUnchecked(drift), 'why', maxDriftLength / 4)
    // The failures list everything that could not be checked, and the findings everything that could not be compared.
    const driftAlone = { ...drift, blind: [], unknown: [], unseen: [] }
    return fitSummary([
      `### ${escapeMarkdown(headline)}`,
      unchecked && `**Could not be checked** (not counted as drift):\n\n${unchecked}`,
      ...failuresToMarkdown(blindness),
      isDrift && describeDriftInFull(driftAlone, maxDriftLength),
      describeGlance(map, jobs),
      unseenToMarkdown(drift.unseen),
      ...findingsToMarkdown(findings),
      `From the reports of ${legs.filter(leg => leg.report).length} of ${plural(legs.length, 'job')}.`,
    ])
  }
  const story = {
    ...{ report, drift, failOnDrift, failures: blindness, errors, headline },
    lines: drift.unseen.map(({ message }) => `? ${message}`),
    unseen: drift.unseen,
    targets: selectTargets(drift),
    page: reportHtml ? { jobs, map, at: clock.now() } : undefined,
    summary: jobSummary ? toSummary : undefined,
  }
  await tell(story, log)
  if (driftIssue) {
    const getOptions = () => {
      const settle = createMergeSettler(legs, drift, fleet.length > 0)
      return { token: githubToken, scope: scopeOf(fleet, legs), jobSummary, settle }
    }
    await updateIssue(drift, getOptions, deps)
  }
  return errors
}

function noReports(): ActionError {
  return new ActionError('INVALID_INPUT', 'There is no report to merge.', {
    subject: 'reports',
    fix: fix(
      'Set reports to the folder that actions/download-artifact has filled, and let the checks upload their report-file.',
    ),
  })
}

/** @param placed its report with places in its texts: what stands next to the name of a target needs none */
function readLeg(leg: Leg, placed: Report | undefined): Drift {
  const { name, called, where, report } = leg
  const drift = report ? readDrift({ ...report, unknown: placed?.unknown ?? [] }, name, where) : mergeDrifts([])
  return { ...drift, blind: reasonsOf(leg).map(reason => ({ key: called, text: `${called}: ${reason}` })) }
}

/** Whether a job has not checked everything, or its report is not whole. */
function isBlind(leg: Leg): boolean {
  return reasonsOf(leg).length > 0
}

const describeBlind = ({ called, isPlural, report, error }: Leg): string =>
  `${called} ${isPlural ? 'were' : 'was'} not ${report && !error ? 'completely ' : ''}checked`

/** The failures of jobs without a report or whose check ended early, because an unchecked part must not be green. */
function explainBlindness(leg: Leg): ActionError[] {
  if (!isBlind(leg)) return []
  const { error, problem, advice, run } = leg
  const { code = advice === undefined ? 'REPORT_MISSING' : 'INVALID_INPUT', message = problem ?? '' } = error ?? {}
  const text =
    advice ??
    `${run === undefined ? '' : `Its log shows why: ${run}\n`}Run that job again; its clusters stay in the issue until it has reported.`
  return [
    new ActionError(isErrorCode(code) ? code : 'INVALID_INPUT', `${describeBlind(leg)}: ${endSentence(message)}`, {
      subject: shortenGuids(leg.called),
      fix: error?.fix ?? fix(text),
      azure: error?.azure ? fromAnswerJson(error.azure) : undefined,
    }),
  ]
}

/** One failure for each code with which items could not be checked, most first; images that were only not compared fail nothing. */
function explainUnchecked(drift: Drift): ActionError[] {
  const groups = groupBy(selectUnchecked(drift), ({ code }) => (isErrorCode(code) ? code : 'INVALID_INPUT'))
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([code, items]) => {
    const isNew = createQuoteFilter()
    const describeAnswer = createAnswerDescriber()
    const describe = (item: DriftItem): string => {
      const why = item.quote && !isNew(item) ? item.quote.statement : item.what
      return `${item.name} on ${item.registry}: ${why || 'its job gave no reason'}${describeAnswer(item)}`
    }
    return new ActionError(code, `${countUnchecked(items)}.`, {
      fix: fix(excerpt(items.map(describe), maxNamed).join('\n')),
    })
  })
}

/** The state of the fleet with its mark, on one line; unchecked jobs come first. */
function describeFleet(drift: Drift, legs: Leg[], findings: Finding[]): string {
  const blind = legs.filter(isBlind)
  const unchecked = selectUnchecked(drift)
  const unseen = blind.length > 0 && shortenGuids(countBlind(blind, legs.length))
  const parts = [unseen, countDrift(drift), unchecked.length > 0 && countUnchecked(unchecked)].filter(Boolean)
  const doubts = describeDoubts({ findings, unread: drift.unknown.filter(isNotCompared), unseen: drift.unseen })
  const noted = doubts.map(doubt => ` · ${doubt}`).join('')
  if (parts.length > 0) return `${!unseen && drift.items.length > 0 ? '⟳' : '?'} ${parts.join('; ')}${noted}`
  // A notice alone doesn't make it doubtful.
  const isDoubtful = doubts.length > (findings.some(({ severity }) => severity === 'notice') ? 1 : 0)
  return `${isDoubtful ? '⚠' : '✓'} no drift: ${plural(drift.fine.length, 'cluster or image', 'clusters and images')} checked${noted}`
}

const maxBlind = 2

/** `rg-eu was not checked`, `3 of 5 jobs did not complete their check: rg-eu, aks-1 and 1 more`. */
function countBlind(blind: Leg[], jobs: number): string {
  const [only] = blind
  if (only && blind.length === 1) return describeBlind(only)
  const names = blind.map(({ called }) => called)
  return `${blind.length} of ${plural(jobs, 'job')} did not complete their check: ${nameSome(names, maxBlind)}`
}

function toMergedReport(legs: Leg[], placed: readonly (Report | undefined)[], drift: boolean): Report {
  const reports = [...new Set(placed.flatMap(report => report ?? []))]
  const pairs = reports.flatMap(report => report.pairs)
  const isWhole = !legs.some(isBlind)
  return {
    schemaVersion: 1,
    mode: 'merge',
    attached: isWhole && pairs.length > 0 && pairs.every(hasAccess),
    changed: false,
    drift,
    verified: isWhole ? weakest(pairs) : 'none',
    pairs,
    searched: [...new Set(reports.flatMap(({ searched }) => searched))],
    images: reports.flatMap(({ images }) => images),
    manifests: reports.flatMap(({ manifests }) => manifests),
    workloads: reports.every(({ workloads }) => workloads === null)
      ? null
      : reports.flatMap(({ workloads }) => workloads ?? []),
    plan: reports.flatMap(({ plan }) => plan),
    findings: distinctOf(
      reports.flatMap(each => each.findings),
      ({ code, subject, message }) => [code, subject, message].join('\n'),
    ),
    unknown: [
      ...reports.flatMap(({ unknown }) => unknown),
      ...legs.flatMap(({ name, problem }) =>
        problem === undefined ? [] : { subject: name, message: `${name}: ${problem}`, about: null },
      ),
    ],
    notes: reports.flatMap(({ notes }) => notes),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    jobs: legs.map(({ name, error = null, problem = null }) => ({ name, error, problem })),
    omitted: null,
  }
}
