import { isDeepStrictEqual } from 'node:util'
import { basename, join, relative } from 'node:path'
import { type Dirent, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { currentRun, toRunJson } from 'texts'
import { compareNaturally, messageOf } from 'kernel'
import { describeEntry, findEntries, nameEntry, nameJob, toName, type JobName } from './entry.js'
import { maxBytes, maxTotalBytes, readReport, type ReportContent } from './read-report.js'

/** The report of one job of the fleet, or why there is none. */
export interface Leg extends ReportContent, JobName {
  /** Its entry in the fleet; several if its matrix has the keys and values of several. */
  entries: readonly unknown[]
  /** Page of the run of a job without a report; absent if it may have been another run. */
  run?: string
}

/** A file below the folder of the reports, and what is in it. */
interface ReadFile extends ReportContent {
  path: string
  /** Empty if there is no report in it. */
  text: string
  /** The number of bytes that were read. */
  bytes: number
}

/**
 * Reads every report below a folder, in the order of the fleet's entries. `fleet-entry` decides which entry a report belongs to; nobody
 * guesses that of a report without it, or of a file that can't be read. None counts that another run has left, or that its job has replaced in a later attempt.
 * @param fleet the expected jobs
 */
export function readReports(folder: string, fleet: readonly unknown[]): Leg[] {
  const known = new Map<string, ReportContent>()
  let room = maxTotalBytes
  const all = findFiles(folder).map(path => {
    const file = readFile(path, known, room)
    room -= file.bytes
    return file
  })
  const files = distinctFiles(all).sort((a, b) => compareNaturally(a.path, b.path))
  const left = files.filter(isOfAnotherRun)
  const current = selectNewest(files.filter(file => !isOfAnotherRun(file)))
  const owned = current.map(file => ({ file, entries: findEntries(file.report?.entry, fleet) }))
  const ofEntry = (entry: unknown) => owned.filter(({ entries }) => entries.includes(entry))
  const firstOf = ({ entries }: (typeof owned)[number]): number => fleet.indexOf(entries[0])
  const nameFile = ({ path }: ReadFile): JobName => nameJob(toName(relative(folder, path)))
  // Several of one entry in the order of their jobs, because their folders say nothing.
  const keyOf = ({ file: { report, text } }: (typeof owned)[number]): string => `${report?.job ?? ''} ${text}`
  const placed = owned
    .filter(({ entries }) => entries.length > 0)
    .sort((a, b) => firstOf(a) - firstOf(b) || (keyOf(a) < keyOf(b) ? -1 : 1))
  const others = owned.filter(({ entries }) => entries.length === 0)
  const toLegs = (names: JobName, entries: readonly unknown[], { path, text, bytes, ...content }: ReadFile): Leg[] => [
    { ...names, entries, ...content },
    ...lostJobs(content),
  ]
  // The same entry twice is the same job.
  const lacking = [...new Map(fleet.map(entry => [JSON.stringify(entry), entry])).values()].filter(
    entry => ofEntry(entry).length === 0,
  )
  return [
    ...placed.flatMap(({ file, entries }) =>
      toLegs(nameJobOf(entries[0], file, ofEntry(entries[0]).length), entries, file),
    ),
    ...others.flatMap(({ file }) => toLegs(nameFile(file), [], fleet.length > 0 ? withoutEntry(file) : file)),
    // Without a fleet, nothing else shows that there was such a job.
    ...(fleet.length > 0
      ? []
      : left.map((file): Leg => ({ ...nameFile(file), entries: [], problem: describeOldReport(file) }))),
    ...lacking.map((entry): Leg => {
      const old = left.find(({ report }) => findEntries(report?.entry, fleet).includes(entry))
      const problem = old ? describeOldReport(old) : `${noReport}: it was cancelled or failed`
      return { ...nameEntry(entry), entries: [entry], problem, run: currentRun().url }
    }),
  ]
}

/** A report that does not say which entry of the fleet it is of, or of one that the fleet does not have. */
function withoutEntry(file: ReadFile): ReadFile {
  const { report, problem } = file
  if (!report || problem !== undefined) return file
  const { entry } = report
  return {
    ...file,
    problem:
      entry === null
        ? 'its report does not say which entry of the fleet it is of'
        : `its report is of an entry that the fleet does not have: ${toName(describeEntry(entry))}`,
    advice:
      entry === null
        ? 'Add this line to the inputs of the step that makes it:\nfleet-entry: ${{ toJSON(matrix) }}'
        : 'Give merge the list that the matrix was made of, and each check the line:\nfleet-entry: ${{ toJSON(matrix) }}',
  }
}

/** Names the job of an entry; if the matrix has several jobs for it, by what else the matrix has, too. */
function nameJobOf(entry: unknown, { report }: ReadFile, count: number): JobName {
  const names = nameEntry(entry)
  const isOfEntry = (key: string): boolean => typeof entry === 'object' && entry !== null && Object.hasOwn(entry, key)
  const more = Object.entries(report?.entry ?? {}).filter(
    ([key, value]) => !isOfEntry(key) && !isDeepStrictEqual(value, entry),
  )
  if (count < 2 || more.length === 0) return names
  return { ...names, called: toName(`${names.called} (${describeEntry(Object.fromEntries(more))})`) }
}

/** The reports without those that a later attempt of their job has replaced. */
const selectNewest = (files: readonly ReadFile[]): ReadFile[] =>
  files.filter(file => !files.some(other => isReplaced(file, other)))

/** Whether the same job wrote a report in a later attempt. Nothing else replaces one: two of one attempt both count. */
function isReplaced({ report }: ReadFile, other: ReadFile): boolean {
  const [old, young] = [report, other.report]
  const isLater = !!old?.run && !!young?.run && young.run.attempt > old.run.attempt
  return isLater && old.job !== null && old.job === young.job
}

/** Whether another run has left a report, for example on a runner that keeps its folders, or an attempt that this run has not had. */
function isOfAnotherRun({ report }: Pick<ReadFile, 'report'>): boolean {
  // A runner that doesn't know its attempt writes 1 into each report.
  const now = toRunJson(0)
  if (!now || !report?.run) return false
  return report.run.id !== now.id || report.run.attempt > now.attempt
}

/** `report.json is that of run 41, which began at 2026-11-28T03:17:04Z`, or of an attempt that has not begun. */
function describeOldReport({ path, report }: ReadFile): string {
  const { number, id, attempt, startedAt } = report?.run ?? {}
  const file = `${noReport}: ${toName(basename(path))}`
  if (id === currentRun().id) return `${file} says attempt ${attempt}, which this run has not had`
  return `${file} is that of run ${number ?? id}, which began at ${startedAt}`
}

/** The jobs of a merged report that did not check everything: merging the report again doesn't change that. */
function lostJobs({ report }: Pick<Leg, 'report'>): Leg[] {
  return (report?.jobs ?? []).flatMap(({ name, error, problem }) =>
    error === null && problem === null
      ? []
      : { ...nameJob(name), entries: [], error, ...(problem !== null && { problem }) },
  )
}

const noReport = 'its job left no report'

/**
 * @param known what is in the usable files, by their texts
 * @param room how many bytes of it may be read
 */
function readFile(path: string, known: Map<string, ReportContent>, room: number): ReadFile {
  const { text, bytes, ...file } = readText(path, room)
  const content = known.get(text) ?? readReport(toName(basename(path)), { text, ...file })
  // The problem of an unusable file has its own name.
  if (!content.report) return { path, text: '', bytes, ...content }
  known.set(text, content)
  return { path, text, bytes, ...content }
}

function readText(path: string, room: number): Parameters<typeof readReport>[1] & { bytes: number } {
  const nothing = { size: 0, text: '', bytes: 0 }
  try {
    // Reading a pipe or a device may never end, and a link can lead to a file that is no report.
    const stats = lstatSync(path)
    if (!stats.isFile()) return { ...nothing, unreadable: 'it is not a file' }
    const { size } = stats
    const hasRoom = size <= room
    // Also files below /proc have no size; reading one may never end, or show an environment.
    if (size === 0 || size > maxBytes || !hasRoom) return { ...nothing, size, hasRoom }
    const content = readFileSync(path)
    // Without the byte order mark that PowerShell writes and JSON does not allow.
    return { size, text: content.toString('utf8').replace(/^\uFEFF/, ''), bytes: content.length }
  } catch (error) {
    // `EACCES`: the message would have the whole path.
    return { ...nothing, unreadable: (error as NodeJS.ErrnoException).code ?? messageOf(error) }
  }
}

/** A report that was downloaded twice counts once. */
function distinctFiles(files: ReadFile[]): ReadFile[] {
  return files.filter(({ text }, at) => text === '' || files.findIndex(other => other.text === text) === at)
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
