import { currentRun } from 'texts'
import { basename, dirname, join, relative } from 'node:path'
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs'
import { compareNaturally, messageOf } from 'kernel'
import { isNamedIn, nameEntry, nameJob, toName, type JobName } from './entry.js'
import { maxBytes, readReport, type Content } from './read-report.js'

/** The report of one job of the fleet, or why there is none. */
export interface Leg extends Content, JobName {
  /** Its entry in the fleet; several if it is one of them and nothing shows which. */
  entries: readonly unknown[]
  /** Page of the run of a job without a report; absent if it may have been another run. */
  run?: string
}

/** A file below the folder of the reports. */
interface Found {
  path: string
  /** The number of its job, from 0; undefined if its folder's name has none. */
  index: number | undefined
  /** In bytes. */
  size: number
  /** Empty if it is too large or has no size. */
  text: string
  /** Why it can't be read, in the system's words. */
  unreadable?: string
}

/**
 * Reads every report below a folder, in the order of the jobs. A duplicate counts once, and an unusable report does not hide others. Jobs with the
 * same text share one report object.
 * @param fleet the expected jobs: the report of entry n is in a folder whose name ends in `-n` or, because actions/download-artifact creates no
 * folder for a single artifact, directly in the folder
 */
export function readReports(folder: string, fleet: readonly unknown[]): Leg[] {
  const files = place(
    distinct(
      findFiles(folder).map(path => readFile(folder, path)),
      fleet.length,
    ),
    fleet,
  )
  const sorted = [...files].sort((a, b) => rankOf(a) - rankOf(b) || compareNaturally(a.path, b.path))
  const known = new Map<string, ReturnType<typeof readReport>>()
  const read = sorted.flatMap(({ path, index, ...content }): Leg[] => {
    const entry = index === undefined ? undefined : fleet[index]
    const names = entry === undefined ? nameJob(toName(relative(folder, path))) : nameEntry(entry)
    const { text } = content
    const same = known.get(text)
    const fileName = toName(basename(path))
    const read = same ? asCopy(same, fileName) : readReport(fileName, content)
    // The problem of an unusable file has its own name.
    if (read.report) known.set(text, read)
    return [{ ...names, entries: entry === undefined ? [] : [entry], ...read }, ...lostJobs(read)]
  })
  return [...read, ...missing(files, fleet)]
}

/** A file with the same text as another job's. No two checks have the same times: if the text has pairs, it is the report of the other job. */
function asCopy(read: ReturnType<typeof readReport>, file: string): ReturnType<typeof readReport> {
  if (read.report?.pairs.length === 0) return read
  return {
    problem: `its file ${file} is a copy of another job's report`,
    advice: 'Let that job upload the report-file of its own step.',
  }
}

/** The jobs of a merged report that did not check everything: they did not, however often their report is merged. */
function lostJobs({ report }: Pick<Leg, 'report'>): Leg[] {
  return (report?.jobs ?? []).flatMap(({ name, error, problem }) =>
    error === null && problem === null
      ? []
      : { ...nameJob(name), entries: [], error, ...(problem !== null && { problem }) },
  )
}

const rankOf = ({ index }: Found): number => index ?? Infinity

/** The entries of the fleet without a report. */
function missing(files: Found[], fleet: readonly unknown[]): Leg[] {
  const present = new Set(files.map(({ index }) => index))
  const lost = fleet.filter((_, index) => !present.has(index))
  const unplaced = files.filter(({ index }) => index === undefined).length
  if (unplaced === 0)
    return lost.map(entry => ({ ...nameEntry(entry), entries: [entry], problem: noReport, run: currentRun().url }))
  const count = fleet.length - files.length
  if (count <= 0) return []
  // Which of them it is can't be seen from the others.
  const names = lost.map(nameEntry)
  const describe = (all: readonly string[]): string => toName(`${count} of: ${all.join('; ')}`)
  const [name, called] = [describe(names.map(each => each.name)), describe(names.map(each => each.called))]
  const problem = count === 1 ? noReport : noReports
  return [{ name, called, isPlural: count > 1, where: '', entries: lost, problem, run: currentRun().url }]
}

const noReport = 'its job left no report: it was cancelled or failed'

const noReports = 'their jobs left no report: they were cancelled or failed'

/** Finds the entry of a report that is directly in the folder: the only entry, or the only one whose values are in the text. */
function place(files: Found[], fleet: readonly unknown[]): Found[] {
  const [only] = files
  if (files.length !== 1 || !only || only.index !== undefined) return files
  const text = only.text.toLowerCase()
  const fitting = fleet.flatMap((entry, index) => (isNamedIn(text, entry) ? index : []))
  const [index] = fleet.length === 1 ? [0] : fitting.length === 1 ? fitting : []
  return index === undefined ? files : [{ ...only, index }]
}

function readFile(folder: string, path: string): Found {
  const isDirect = dirname(relative(folder, path)) === '.'
  const [, digits] = (isDirect ? null : /-(\d+)$/.exec(basename(dirname(path)))) ?? []
  const index = digits === undefined ? undefined : Number(digits)
  try {
    const stats = statSync(path)
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) return { path, index, size: 0, text: '', unreadable: 'it is not a file' }
    const { size } = stats
    // Also files below /proc have no size; reading one may never end, or show an environment.
    const isReadable = size > 0 && size <= maxBytes
    return { path, index, size, text: isReadable ? readText(path) : '' }
  } catch (error) {
    return { path, index, size: 0, text: '', unreadable: codeOf(error) }
  }
}

/** `EACCES`: the message would have the whole path. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? messageOf(error)
}

/** Without the byte order mark that PowerShell writes and JSON does not allow. */
function readText(path: string): string {
  return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
}

/**
 * A report that was downloaded twice counts once. Two entries of the fleet have two reports, though: jobs that fail in the same way before they
 * check anything write the same text.
 * @param entries number of entries of the fleet
 */
function distinct(files: Found[], entries: number): Found[] {
  const isEntry = (index = Infinity): boolean => index < entries
  const isCopy = (a: Found, b: Found): boolean =>
    a.text === b.text && !(isEntry(a.index) && isEntry(b.index) && a.index !== b.index)
  return files.filter((file, at) => file.text === '' || files.findIndex(other => isCopy(file, other)) === at)
}

/** Every JSON file below a folder; none if the folder does not exist. */
function findFiles(folder: string, isRoot = true): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    // Its reports can't be found; as a file, it is a job that could not be read.
    return isRoot ? [] : [folder]
  }
  return entries.flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return findFiles(path, false)
    return entry.name.endsWith('.json') ? [path] : []
  })
}
