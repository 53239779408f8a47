import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import { formatSize } from 'texts'
import { messageOf, plainText, redactJson } from 'kernel'
import { judgeReport, type Report, type ReportJson } from 'report-document'
import { Validator } from '@cfworker/json-schema'
import { quoteReport } from './quotes.js'

/** Maximum size of a report, in bytes; a hundred thousand pairs take less. */
export const maxBytes = 100_000_000

/** Maximum size of all reports together, in bytes: the merged one has to fit into a text of 512 MB. */
export const maxTotalBytes = 300_000_000

/** How deep a report may be nested, the outermost object included: ours have less than 20 levels and those of an entry, and comparing any depth would end the process. */
export const maxDepth = 100

/** Maximum length of what a JSON parser or the validator says. */
const maxMessageLength = 200

/** The version of schemas/report.schema.json. */
const schemaVersion = 1

/** What is in a file: the report of a check or of a merge, or what is wrong with it. */
export interface ReportContent {
  report?: Report
  /** The error that ended its check early, if there is a report of it. */
  error?: Report['error']
  /** Why there is no usable report, or only a part of it. */
  problem?: string
  /** What to do about a file that is unusable or incomplete; absent without a file. */
  advice?: string
}

const uploadUnchanged =
  'Let that job upload the file of its output report-file, unchanged, with the same version of the action.'

/**
 * Reads the report in a file. Only what a check or a merge has found can be merged: anything else counts as not checked, never as free of drift.
 * @param content.text empty if the file is too large
 * @param content.hasRoom whether it fits beside the others; by default, it does
 * @param content.unreadable why the file can't be read, if it can't
 */
export function readReport(
  file: string,
  content: { text: string; size: number; hasRoom?: boolean; unreadable?: string },
): ReportContent {
  const { text, size, hasRoom = true, unreadable } = content
  const rejected = ({ fault, advice = uploadUnchanged }: Rejection): ReportContent => ({
    problem: `its file ${file} ${fault}`,
    advice,
  })
  if (size > maxBytes) return rejected(tooLarge(size))
  if (!hasRoom) return rejected(noRoom)
  if (unreadable !== undefined) return rejected({ fault: `can't be read (${unreadable})` })
  if (text === '') return rejected({ fault: 'is empty' })
  const parsed = parse(text)
  if ('fault' in parsed) return rejected(parsed)
  const { value } = parsed
  // First of all: what walks through it may be recursive.
  if (isTooDeep(value)) return rejected({ fault: `is nested more than ${maxDepth} levels deep` })
  const invalid = findNewer(value) ?? findInvalid(value)
  if (invalid) return rejected(invalid)
  const report = judgeReport(quoteReport(value as ReportJson))
  const useless = findUseless(report)
  if (useless) return rejected(useless)
  const { error, omitted } = report
  if (omitted) return { report, error, ...rejected({ fault: `leaves out ${listOmitted(omitted)}` }) }
  if (!hasLooked(report)) return rejected({ fault: 'names no cluster that was checked' })
  return { report: withoutLostJobs(report), error }
}

/** Why a file can't be used. */
interface Rejection {
  /** As a clause about the file. */
  fault: string
  /** By default, to upload the file unchanged. */
  advice?: string
}

function tooLarge(size: number): Rejection {
  return {
    fault: `has ${formatSize(size)}; the maximum is ${formatSize(maxBytes)}`,
    advice: 'Give that job fewer clusters: split its entry in the matrix, and let each job upload its report-file.',
  }
}

const noRoom: Rejection = {
  fault: `was not read: all reports together have more than ${formatSize(maxTotalBytes)}`,
  advice: 'Look which reports are that large. If all of them are, split the fleet into two workflows.',
}

/** Level by level, because recursion would need as many calls as there are levels. */
function isTooDeep(value: unknown): boolean {
  const isNested = (each: unknown): each is object => typeof each === 'object' && each !== null
  let level = [value].filter(isNested)
  for (let depth = 0; depth < maxDepth; depth += 1) level = level.flatMap(each => Object.values(each).filter(isNested))
  return level.length > 0
}

function parse(text: string): { value: unknown } | Rejection {
  try {
    return { value: JSON.parse(redactJson(text)) }
  } catch (error) {
    return { fault: `can't be read: ${excerptOf(messageOf(error))}` }
  }
}

function findNewer(value: unknown): Rejection | undefined {
  const { schemaVersion: version } = (value ?? {}) as { schemaVersion?: unknown }
  if (!Number.isInteger(version) || Number(version) <= schemaVersion) return undefined
  const versions = `schemaVersion ${Number(version)}, and this version reads ${schemaVersion}`
  return {
    fault: `was written by a newer version of attach-acr (${versions})`,
    advice: 'Use the same version of the action in every job.',
  }
}

function findInvalid(value: unknown): Rejection | undefined {
  const fault = findFault(value)
  return fault === undefined
    ? undefined
    : { fault: `isn't a report of this version of attach-acr: ${excerptOf(fault)}` }
}

/** Finds out whether a report is of a step that does not look for drift, or can't be read as a merged one. */
function findUseless({ mode, jobs }: Report): Rejection | undefined {
  if (mode === 'attach' || mode === 'detach')
    return {
      fault: `is the report of a step with mode: ${mode}, which does not look for drift`,
      advice: 'Let that job upload the report-file of its step with mode: check.',
    }
  return mode === 'merge' && jobs === null ? { fault: 'is a merged report without its jobs' } : undefined
}

/** Whether a report says that something was checked, or why nothing was. */
function hasLooked({ pairs, error, jobs, findings }: Report): boolean {
  const isLost = (jobs ?? []).some(job => job.error !== null || job.problem !== null)
  // A * that matches nothing isn't a gap: a finding says so.
  const isEmpty = findings.some(({ code, severity }) => code === 'FILTER_WITHOUT_EFFECT' && severity === 'notice')
  return pairs.length > 0 || error !== null || isLost || isEmpty
}

/** Cut first: a message can name a field of the file, of any length. */
function excerptOf(text: string): string {
  return plainText(text.slice(0, maxMessageLength))
}

/** A report without what it says about jobs that left none: in a merged report, `jobs` says it, too. */
function withoutLostJobs(report: Report): Report {
  const lost = new Set((report.jobs ?? []).flatMap(({ name, problem }) => (problem === null ? [] : name)))
  return { ...report, unknown: report.unknown.filter(({ subject, about }) => about !== null || !lost.has(subject)) }
}

function listOmitted(omitted: NonNullable<Report['omitted']>): string {
  const counts = Object.entries(omitted).flatMap(([list, count]) =>
    typeof count === 'number' && count > 0 ? `${count} ${list}` : [],
  )
  return counts.join(' and ') || 'a part of it'
}

// Interpreted, not compiled: the compiler of a faster validator would be a tenth of the bundle.
const validator = new Validator(schema as ConstructorParameters<typeof Validator>[0], '2020-12')

/**
 * What is wrong with another job's report, in words; undefined if schemas/report.schema.json allows it. A report is data from elsewhere: none of it
 * is used before this check.
 */
export function findFault(value: unknown): string | undefined {
  const { valid, errors } = validator.validate(value)
  if (valid) {
    const number = findLargeNumber(value)
    return number === undefined ? undefined : `${number}: the number is too large`
  }
  // From the outermost place inwards: the innermost one names the fault, unless something else would have been allowed in its place.
  const depthOf = (location: string): number => location.split('/').length
  const innermost = Math.max(...errors.map(each => depthOf(each.instanceLocation)))
  const fault = errors.findLast(each => depthOf(each.instanceLocation) === innermost)
  const { instanceLocation = '', error = 'does not match' } = fault ?? {}
  const place = instanceLocation.replace(/^#/, '') || 'the whole'
  return error === 'False boolean schema.' ? `${place} is unknown` : `${place}: ${error}`
}

/** The place of a number that would be written as another one: JSON.parse reads 1e999 as infinite, which JSON.stringify writes as null. */
function findLargeNumber(value: unknown, place = ''): string | undefined {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? place : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, each] of Object.entries(value)) {
    const found = findLargeNumber(each, `${place}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
