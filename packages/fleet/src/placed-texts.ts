import { describePlaceOf, isIdOf, titlesOf, lastSegment, shortenGuids } from 'azure'
import { type Finding, once } from 'kernel'
import { type Report } from 'report-document'
import { errorOf, withError } from 'run-model'
import { listSubscriptions } from './fleet.js'
import type { Leg } from './read-reports.js'

/** What the texts of a report need to know about its job. */
type Job = Pick<Leg, 'called' | 'where' | 'report' | 'entries'>

/** Findings about registries whose messages name clusters, too. */
const namingClusters: readonly Finding['code'][] = ['LIMIT_NOT_IN_FORCE', 'ROLE_IGNORED_BY_ABAC']

/**
 * Adds the place to texts of jobs about clusters whose name another job's cluster has, too: each job knows only its own clusters, and its texts
 * name them without a place.
 * @returns the reports in the order of the jobs, undefined for those without
 */
export function placeTexts(jobs: readonly Job[]): (Report | undefined)[] {
  const ofFleet = countNames(jobs)
  const repeated = findRepeated(jobs)
  const known = new Map<Report, Report>()
  const titleOf = titlesOf(listSubscriptions(jobs))
  return jobs.map(job => {
    const { report } = job
    if (!report) return undefined
    // Jobs with the same text share one report.
    return once(known, report, () => placeReport({ ...job, report }, ofFleet, repeated, titleOf))
  })
}

function placeReport(
  job: Job & { report: Report },
  ofFleet: Names,
  repeated: ReadonlySet<string>,
  titleOf: (id: string) => string,
): Report {
  const { report, called, where } = job
  const own = countNames([job])
  // Two of its own with one name have their places already.
  const isShared = (target: string): boolean => sizeOf(own, target) === 1 && sizeOf(ofFleet, target) > 1
  const isAnyShared = report.pairs.some(({ target }) => isShared(target))
  if (!isAnyShared) return report
  const placeAt = (target: string | null, text: string): string => {
    const place = target !== null && isShared(target) ? describePlaceOf({ target, where }, titleOf) : ''
    return place ? `In ${place}: ${text}` : text
  }
  const placeText = (subject: string, text: string, isAboutOthers: boolean): string => {
    if (isShared(subject)) return placeAt(subject, text)
    return isAboutOthers || repeated.has(text) ? text : `${shortenGuids(called)}: ${text}`
  }
  return {
    ...report,
    pairs: report.pairs.map(pair => {
      const { target, standing } = pair
      const error = errorOf(standing)
      if (!error) return pair
      const { message, quote } = error
      const statement = quote && { quote: { ...quote, statement: placeAt(target, quote.statement) } }
      return {
        ...pair,
        standing: withError(standing, each => ({ ...each, message: placeAt(target, message), ...statement })),
      }
    }),
    plan: report.plan.map(each => ({ ...each, description: placeAt(each.target, each.description) })),
    findings: report.findings.map(each => {
      const isAboutRegistry = isIdOf('registry', each.subject) && !namingClusters.includes(each.code)
      return { ...each, message: placeText(each.subject, each.message, isAboutRegistry) }
    }),
    unknown: report.unknown.map(each => ({
      ...each,
      message: placeText(each.subject, each.message, isIdOf('registry', each.subject)),
    })),
    notes: report.notes.map(note => placeText('', note, false)),
  }
}

/** The targets of each name, in lower case. */
type Names = ReadonlyMap<string, ReadonlySet<string>>

function countNames(jobs: readonly Job[]): Names {
  const names = new Map<string, Set<string>>()
  for (const { report, where } of jobs)
    for (const { target } of report?.pairs ?? []) {
      const name = lastSegment(target).toLowerCase()
      const key = (target.startsWith('/') ? target : `${target} ${where}`).toLowerCase()
      names.set(name, (names.get(name) ?? new Set()).add(key))
    }
  return names
}

const sizeOf = (names: Names, target: string): number => names.get(lastSegment(target).toLowerCase())?.size ?? 0

/** Texts that several jobs have in the same words: they are about something that these share. */
function findRepeated(jobs: readonly Job[]): Set<string> {
  const once = new Set<string>()
  const repeated = new Set<string>()
  for (const report of new Set(jobs.flatMap(each => each.report ?? []))) {
    const texts = [...report.findings, ...report.unknown].map(({ message }) => message)
    for (const text of new Set([...texts, ...report.notes])) (once.has(text) ? repeated : once).add(text)
  }
  return repeated
}
