import { ActionError, isErrorCode } from '../../model/error.js'
import type { Finding } from '../../model/finding.js'
import { fix, withoutCommands } from '../../model/fix.js'
import { groupBy } from '../../model/lists.js'
import type { Surroundings } from '../../model/progress.js'
import { hasAccess } from '../../model/run.js'
import type { MergeInputs } from '../../model/wanted.js'
import { addToSummary } from '../../services/runner/step-summary.js'
import {
  annotateFailures,
  annotateFindings,
  groupFailures,
  groupFindings,
  mostAnnotations,
  printFailures,
} from '../annotations.js'
import { weakest } from '../conclude.js'
import { describeDriftInFull, describeMany } from '../drift-issue/text.js'
import { annotateDrift, countDrift, countUnlooked, driftFailure, namesOf } from '../drift-text.js'
import { isNotCompared, mergeDrifts, readDrift, selectUnlooked, type Drift } from '../drift.js'
import { escapeMarkdown } from '../escape.js'
import { setMergedOutputs } from '../outputs.js'
import type { Report } from '../report-json.js'
import { tellFailures, tellFindings } from '../sections.js'
import { endSentence, excerpt, mostNamed, nameSome, plural, sayOnce, shortenGuids } from '../text.js'
import { annotateUnseen, tellUnseen } from '../unseen.js'
import { describeDoubts } from '../verdict.js'
import { version } from '../version.js'
import { createMergeSettler } from './former.js'
import { readReports, type Leg } from './read-reports.js'

/** Maximum length of the part of the summary about drift, in characters, of which one may take three bytes of the 1 MiB that GitHub takes. */
const mostOfDrift = 250_000

/**
 * Makes one summary, one report and one issue of the reports of a fleet's checks, and asks nothing of Azure.
 * @returns what fails the step
 */
export async function mergeReports(inputs: MergeInputs, { log, clock, signal }: Surroundings): Promise<ActionError[]> {
  const { reports, fleet, failOnDrift, driftIssue, githubToken } = inputs
  const legs = readReports(reports, fleet)
  log.line(`attach-acr ${version} · merge · ${plural(legs.length, 'job')}`)
  if (legs.length === 0) throw noReports()
  const drift = mergeDrifts(legs.map(readLeg))
  const isDrift = drift.items.length > 0
  // What no one has looked at is worse than what is known to differ.
  const blindness = [...legs.flatMap(explainBlindness), ...explainUnknown(drift)]
  const errors = [...blindness, ...(isDrift && failOnDrift ? [driftFailure(drift)] : [])]
  const findings = findingsOf(legs)
  setMergedOutputs(toMergedReport(legs, isDrift, findings), errors[0]?.code ?? '')

  for (const message of drift.unseen) log.line(`? ${message}`)
  for (const failures of groupFailures(errors)) printFailures(failures, log)
  const annotated = groupFailures(blindness)
  annotated.forEach(annotateFailures)
  annotateDrift(drift, failOnDrift, failOnDrift ? mostAnnotations - annotated.length : mostAnnotations)
  annotateUnseen(drift.unseen)
  groupFindings(findings).forEach(annotateFindings)
  const verdict = describeFleet(drift, legs, findings)
  log.line(verdict)
  const unlooked = describeMany(selectUnlooked(drift), 'why', mostOfDrift / 4)
  // The failures tell of what could not be looked at, and findings of what could not be compared.
  const told = { ...drift, blind: [], unknown: [], unseen: [] }
  const summary = [
    `### ${escapeMarkdown(verdict)}`,
    unlooked && `**Could not be looked at**, and is not counted as drift:\n\n${unlooked}`,
    ...tellFailures(blindness),
    isDrift ? describeDriftInFull(told, mostOfDrift) : '',
    tellUnseen(drift.unseen),
    ...tellFindings(findings),
    `From the reports of ${legs.filter(({ report }) => report).length} of ${plural(legs.length, 'job')}.`,
  ]
  await addToSummary(summary.filter(Boolean).join('\n\n'))
  if (driftIssue) {
    const { keepIssue } = await import('../drift-issue/keep.js')
    const settle = createMergeSettler(legs, drift, fleet.length > 0)
    await keepIssue(drift, { token: githubToken, scope: 'fleet', wish: 'fleet', settle, log, clock, signal })
  }
  return errors
}

function noReports(): ActionError {
  return new ActionError('INVALID_INPUT', 'There is no report to merge.', {
    subject: 'reports',
    fix: fix(
      'Give in reports the folder that actions/download-artifact has filled, and let the checks upload their report-file.',
    ),
  })
}

function readLeg({ name, called, report, problem = '' }: Leg): Drift {
  if (!report) return { ...mergeDrifts([]), blind: [`${called}: ${problem}`] }
  const drift = readDrift(report, name)
  return { ...drift, blind: [...drift.blind, ...(problem ? [problem] : [])].map(reason => `${called}: ${reason}`) }
}

/** Whether a job has not looked at all that it was to look at, or its report does not tell all. */
function isBlind({ report, problem }: Leg): boolean {
  return problem !== undefined || report?.error !== null
}

const describeBlind = ({ called, isPlural, report }: Leg): string =>
  `${called} ${isPlural ? 'were' : 'was'} not looked at${report?.error === null ? ' as a whole' : ''}`

/** The failures of jobs without a report, or whose check ended early, because what was not checked must not be green. */
function explainBlindness(leg: Leg): ActionError[] {
  if (!isBlind(leg)) return []
  const { report, problem, advice } = leg
  const { code = advice === undefined ? '' : 'INVALID_INPUT', message = problem ?? '', fix: own } = report?.error ?? {}
  const text = advice ?? 'Run that job again; until then, nothing that it checks counts as repaired.'
  return [
    new ActionError(isErrorCode(code) ? code : 'CANCELLED', `${describeBlind(leg)}: ${endSentence(message)}`, {
      fix: own ? withoutCommands(own) : fix(text),
    }),
  ]
}

/** A failure for each code with which clusters or images could not be looked at, most first; what is only not compared fails nothing. */
function explainUnknown(drift: Drift): ActionError[] {
  const nameOf = namesOf(drift.unknown)
  const groups = groupBy(selectUnlooked(drift), ({ code }) => (isErrorCode(code) ? code : 'CANCELLED'))
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length)
  return sorted.map(([code, items]) => {
    const lines = sayOnce(
      items.map(item => `${nameOf(item)} on ${item.registry}: ${item.what || 'its job does not say why'}`),
    )
    return new ActionError(code, `${countUnlooked(items)}.`, {
      fix: fix(excerpt(lines, mostNamed).join('\n')),
    })
  })
}

/** How the fleet stands, in one sentence with its mark; what was not looked at comes first. */
function describeFleet(drift: Drift, legs: Leg[], findings: Finding[]): string {
  const blind = legs.filter(isBlind)
  const unlooked = selectUnlooked(drift)
  const unseen = blind.length > 0 && shortenGuids(countBlind(blind, legs.length))
  const parts = [
    unseen,
    drift.items.length > 0 && countDrift(drift),
    unlooked.length > 0 && countUnlooked(unlooked),
  ].filter(Boolean)
  const doubts = describeDoubts({ findings, unread: drift.unknown.filter(isNotCompared), unseen: drift.unseen.length })
  const noted = doubts.map(doubt => ` · ${doubt}`).join('')
  if (parts.length > 0) return `${!unseen && drift.items.length > 0 ? '⟳' : '?'} ${parts.join('; ')}${noted}`
  // A notice alone is nothing to look at.
  const isDoubtful = doubts.length > (findings.some(({ severity }) => severity === 'notice') ? 1 : 0)
  return `${isDoubtful ? '⚠' : '✓'} no drift: ${plural(drift.fine.length, 'cluster or image', 'clusters and images')} looked at${noted}`
}

/** Jobs named in a headline. */
const mostBlind = 2

/** `rg-eu was not looked at`, `3 of 5 jobs did not look: rg-eu, aks-1 and 1 more`. */
function countBlind(blind: Leg[], jobs: number): string {
  const [only] = blind
  if (only && blind.length === 1) return describeBlind(only)
  const names = blind.map(({ called }) => called)
  return `${blind.length} of ${plural(jobs, 'job')} did not look: ${nameSome(names, mostBlind)}`
}

/** Findings of all jobs, each once, without the commands that another job wrote. */
function findingsOf(legs: Leg[]): Finding[] {
  const all = legs.flatMap(({ report }) => report?.findings ?? [])
  const known = new Map(all.map(finding => [[finding.code, finding.subject, finding.message].join('\n'), finding]))
  return [...known.values()].map(finding => ({ ...finding, fix: withoutCommands(finding.fix) }))
}

/** All reports as one. */
function toMergedReport(legs: Leg[], drift: boolean, findings: Finding[]): Report {
  const reports = [...new Set(legs.flatMap(({ report }) => report ?? []))]
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
    plan: reports.flatMap(({ plan }) => plan),
    findings,
    unknown: [
      ...reports.flatMap(({ unknown }) => unknown),
      ...legs.flatMap(({ name, problem }) =>
        problem === undefined ? [] : { subject: name, message: `${name}: ${problem}` },
      ),
    ],
    notes: reports.flatMap(({ notes }) => notes),
    error: null,
    requests: reports.reduce((sum, { requests }) => sum + requests, 0),
    durationSeconds: Math.max(0, ...reports.map(({ durationSeconds }) => durationSeconds)),
    jobs: legs.map(({ name, report, problem }) => ({ name, error: report?.error ?? null, problem: problem ?? null })),
    omitted: null,
  }
}
