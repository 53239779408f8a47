import schema from '../../../schemas/report.schema.json' with { type: 'json' }
import { formatSize, seeLog } from 'texts'
import { fix, messageOf, plainText, type Fix } from 'kernel'
import type { Report } from 'report-document'
import { Validator } from '@cfworker/json-schema'

/** Maximum size of a report, in bytes; a hundred thousand pairs take less. */
export const maxBytes = 100_000_000

/** Maximum length of what a JSON parser or the validator says. */
const maxMessageLength = 200

/** The version of schemas/report.schema.json. */
const schemaVersion = 1

/** What is in a file: the report of a check or of a merge, or what is wrong with it. */
export interface Content {
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
 * @param content.unreadable why the file can't be read, if it can't
 */
export function readReport(file: string, content: { text: string; size: number; unreadable?: string }): Content {
  const { text, size, unreadable } = content
  const rejected = ({ fault, advice = uploadUnchanged }: Rejection): Content => ({
    problem: `its file ${file} ${fault}`,
    advice,
  })
  if (size > maxBytes) return rejected(tooLarge(size))
  if (unreadable !== undefined) return rejected({ fault: `can't be read (${unreadable})` })
  if (text === '') return rejected({ fault: 'is empty' })
  const parsed = parse(text)
  if ('fault' in parsed) return rejected(parsed)
  const { value } = parsed
  const invalid = findNewer(value) ?? findInvalid(value)
  if (invalid) return rejected(invalid)
  const report = withoutItsCommands(value as Report)
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

function parse(text: string): { value: unknown } | Rejection {
  try {
    return { value: JSON.parse(text) }
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
  const fault = findFaultOf(value)
  return fault === undefined
    ? undefined
    : { fault: `isn't a report of this version of attach-acr: ${excerptOf(fault)}` }
}

/** What the validator can't even look at, because it is nested too deeply, must not end the merge of the others. */
function findFaultOf(value: unknown): string | undefined {
  try {
    return findFault(value)
  } catch (error) {
    return messageOf(error)
  }
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

/** A report of another job without the commands of its fixes: they never become ours. */
export function withoutItsCommands(report: Report): Report {
  const strip = <T extends { fix: Fix }>(item: T): T => ({ ...item, fix: withoutCommands(item.fix) })
  const stripError = <T extends { error: Report['error'] }>(item: T): T =>
    item.error ? { ...item, error: strip(item.error) } : item
  return {
    ...stripError(report),
    pairs: report.pairs.map(stripError),
    images: report.images.map(stripError),
    manifests: report.manifests.map(stripError),
    findings: report.findings.map(strip),
    jobs: report.jobs?.map(stripError) ?? null,
  }
}

/** The fix of another job without its commands, which are not trusted, and with where to find them. */
function withoutCommands({ text, commands }: Fix): Fix {
  // Nothing follows what announces the commands.
  const said = text.replace(/(?:^|(?<=[.!?])) ?[^.!?]*:$/, '')
  return fix(commands.length > 0 ? [said, seeLog()].filter(Boolean).join('\n') : text)
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
  // From the outermost place inwards: the last one names the fault.
  const { instanceLocation = '', error = 'does not match' } = errors.at(-1) ?? {}
  const place = instanceLocation.replace(/^#/, '') || 'the whole'
  return error === 'False boolean schema.' ? `${place} is unknown` : `${place}: ${error}`
}

/** How deep a report may be nested: comparing an entry of any depth would end the process. */
const maxDepth = 100

/** The place of a number that would be written as another one: JSON.parse reads 1e999 as infinite, which JSON.stringify writes as null. */
function findLargeNumber(value: unknown, place = '', depth = 0): string | undefined {
  if (depth > maxDepth) throw new Error(`${place.slice(0, 50)}… is nested too deeply`)
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? place : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, each] of Object.entries(value)) {
    const found = findLargeNumber(each, `${place}/${name}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}
