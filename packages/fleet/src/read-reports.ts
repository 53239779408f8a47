import { currentRun, plural } from 'texts'
import { basename, dirname, join, relative } from 'node:path'
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs'
import { compareNaturally, messageOf } from 'kernel'
import { createFit, describeAbout, keyOfAbout, readAbout } from './about.js'
import { findEntries, isOfAnotherRun, type Belonging, type ReadFile } from './belonging.js'
import { nameEntry, nameJob, toName, type JobName } from './entry.js'
import { maxBytes, readReport, type Content } from './read-report.js'

/** The report of one job of the fleet, or why there is none. */
export interface Leg extends Content, JobName {
  /** Its entry in the fleet; several if it is one of them and nothing shows which. */
  entries: readonly unknown[]
  /** Page of the run of a job without a report; absent if it may have been another run. */
  run?: string
}

/** A file below the folder of the reports; its text is empty if it is too large or has no size. */
interface Found extends Pick<ReadFile, 'path' | 'index' | 'text'> {
  /** In bytes. */
  size: number
  /** Why it can't be read, in the system's words. */
  unreadable?: string
}

/**
 * Reads every report below a folder, in the order of the jobs. A report counts for the entry of the fleet that it is about; of several, the newest
 * counts, and none that another run has left. A duplicate counts once, and an unusable report does not hide others. Jobs with the same text share one
 * report object.
 * @param fleet the expected jobs
 */
export function readReports(folder: string, fleet: readonly unknown[]): Leg[] {
  const found = findFiles(folder).map(path => readFile(folder, path))
  const sorted = distinct(found, fleet.length).sort((a, b) => rankOf(a) - rankOf(b) || compareNaturally(a.path, b.path))
  const files = readAll(sorted)
  const left = files.filter(isOfAnotherRun)
  const belonging = findEntries(
    files.filter(file => !isOfAnotherRun(file)),
    fleet,
  )
  const toLegs = (
    names: JobName,
    entries: readonly unknown[],
    { path, index, text, about, ...content }: ReadFile,
  ): Leg[] => [{ ...names, entries, ...content }, ...lostJobs(content)]
  const nameFile = ({ path }: ReadFile): JobName => nameJob(toName(relative(folder, path)))
  return [
    ...belonging.byEntry.flatMap((own, at) =>
      own.flatMap(file => toLegs(nameJobOf(fleet[at], file, own), [fleet[at]], file)),
    ),
    ...belonging.others.flatMap(file => toLegs(nameFile(file), [], file)),
    // Without a fleet, nothing else shows that there was such a job.
    ...(fleet.length > 0
      ? []
      : left.map((file): Leg => ({ ...nameFile(file), entries: [], problem: describeLeft(file) }))),
    ...findMissing(belonging, files, fleet),
  ]
}

/** Names the job of an entry; by its registries, too, if the matrix has several jobs for it. */
function nameJobOf(entry: unknown, { about }: ReadFile, own: readonly ReadFile[]): JobName {
  const names = nameEntry(entry)
  return own.length > 1 && about
    ? { ...names, called: toName(`${names.called} on ${about.registries.join(', ')}`) }
    : names
}

/** Equal texts have one report object, which is read once. */
function readAll(files: readonly Found[]): ReadFile[] {
  const known = new Map<string, Content & Pick<ReadFile, 'about'>>()
  return files.map(({ path, index, ...file }) => {
    const content = known.get(file.text) ?? readReport(toName(basename(path)), file)
    const read = { about: content.report && readAbout(content.report), ...content }
    // The problem of an unusable file has its own name.
    if (read.report) known.set(file.text, read)
    return { path, index, text: file.text, ...read }
  })
}

/** `report.json is that of run 41, which began at 2026-11-28T03:17:04Z`. */
function describeLeft({ path, report }: ReadFile): string {
  const { number, id, startedAt } = report?.run ?? {}
  return `${noReport}: ${toName(basename(path))} is that of run ${number ?? id}, which began at ${startedAt}`
}

/** The jobs of a merged report that did not check everything: merging the report again doesn't change that. */
function lostJobs({ report }: Pick<Leg, 'report'>): Leg[] {
  return (report?.jobs ?? []).flatMap(({ name, error, problem }) =>
    error === null && problem === null
      ? []
      : { ...nameJob(name), entries: [], error, ...(problem !== null && { problem }) },
  )
}

const rankOf = ({ index }: Found): number => index ?? Infinity

/** The jobs without a report: of entries that have none or, if the matrix has several jobs for each, fewer than the others. */
function findMissing({ byEntry, others }: Belonging, files: readonly ReadFile[], fleet: readonly unknown[]): Leg[] {
  const run = currentRun().url
  const counts = byEntry.map(own => new Set(own.map(({ about }) => (about ? keyOfAbout(about) : ''))).size)
  const most = Math.max(1, ...counts)
  const short = fleet.flatMap((entry, at): Leg[] => {
    const count = counts[at] ?? 0
    const problem = `its jobs left ${plural(count, 'report')} instead of ${most}`
    return count > 0 && count < most ? [{ ...nameEntry(entry), entries: [entry], problem, run }] : []
  })
  const lost = fleet.flatMap((entry, at) =>
    counts[at] === 0 ? [{ ...nameEntry(entry), entries: [entry], at, run }] : [],
  )
  const isUnplaced = ({ index = 0, about, problem }: ReadFile): boolean =>
    index < fleet.length && (!about || problem === undefined)
  const unplaced = others.filter(isUnplaced).length
  if (unplaced === 0)
    return [...short, ...lost.map(({ at, ...leg }): Leg => ({ ...leg, problem: explainMissing(files, fleet[at], at) }))]
  const count = lost.length - unplaced
  if (count <= 0) return short
  // Which of them it is can't be seen from the others.
  const describe = (names: readonly string[]): string => toName(`${count} of: ${names.join('; ')}`)
  const [name, called] = [describe(lost.map(each => each.name)), describe(lost.map(each => each.called))]
  const isPlural = count > 1
  const problem = isPlural
    ? 'their jobs left no report: they were cancelled or failed'
    : `${noReport}: it was cancelled or failed`
  return [
    ...short,
    { name, called, isPlural, where: '', entries: lost.flatMap(({ entries }) => entries), problem, run },
  ]
}

/** Why an entry has no report; files of another run, or about something else, may be in its place. */
function explainMissing(files: readonly ReadFile[], entry: unknown, at: number): string {
  const old = files.find(
    file => isOfAnotherRun(file) && (file.index === at || (!!file.about && createFit(entry, [])(file.about) === 'yes')),
  )
  if (old) return describeLeft(old)
  const stray = files.find(({ index, about }) => index === at && about)?.report
  return `${noReport}: ${stray ? `the one in its folder is about ${describeAbout(stray)}` : 'it was cancelled or failed'}`
}

const noReport = 'its job left no report'

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
