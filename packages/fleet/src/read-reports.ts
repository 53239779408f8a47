import { basename, dirname, join, relative } from 'node:path'
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs'
import { currentRun, plural } from 'texts'
import { compareNaturally, messageOf } from 'kernel'
import { createFit, readAbout, type About } from './about.js'
import { nameEntry, nameJob, toName, type JobName } from './entry.js'
import { maxBytes, readReport, type Content } from './read-report.js'

/** The report of one job of the fleet, or why there is none. */
export interface Leg extends Content, JobName {
  /** Its entry in the fleet; several if it is one of them and nothing shows which. */
  entries: readonly unknown[]
  /** Page of the run of a job without a report; absent if it may have been another run. */
  run?: string
}

/** A file below the folder of the reports, and what is in it. */
interface ReadFile extends Content {
  path: string
  /** The number at the end of its folder's name, from 0; undefined if there is none. */
  index: number | undefined
  /** Empty if it can't be read. */
  text: string
  /** Undefined if nothing in it says what it is about. */
  about: About | undefined
}

/**
 * Reads every report below a folder, in the order of the jobs. A report counts for the entry of the fleet that it is about; of several, the newest
 * counts, and none that another run has left. A duplicate counts once, and an unusable report does not hide others. Jobs with the same text share one
 * report object.
 * @param fleet the expected jobs
 */
export function readReports(folder: string, fleet: readonly unknown[]): Leg[] {
  const known = new Map<string, Omit<ReadFile, 'path' | 'index' | 'text'>>()
  const rankOf = ({ index }: ReadFile): number => index ?? Infinity
  const files = distinct(
    findFiles(folder).map(path => readFile(folder, path, known)),
    fleet.length,
  ).sort((a, b) => rankOf(a) - rankOf(b) || compareNaturally(a.path, b.path))
  const left = files.filter(isOfAnotherRun)
  const current = selectNewest(files.filter(file => !isOfAnotherRun(file)))
  const belonging = findEntries(current, fleet)
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

/**
 * Finds the entry that each file is about. One that doesn't say it is of entry n if its folder's name ends in `-n`, or of the only entry if it is the only
 * file. The number alone proves nothing: a matrix with a second dimension has more jobs than the fleet has entries.
 */
function findEntries(files: readonly ReadFile[], fleet: readonly unknown[]) {
  const byEntry = fleet.map((): ReadFile[] => [])
  const others: ReadFile[] = []
  const abouts = files.flatMap(({ about }) => about ?? [])
  const fits = fleet.map(entry => createFit(entry, abouts))
  const indexOf = ({ index }: ReadFile): number => index ?? (files.length === 1 && fleet.length === 1 ? 0 : -1)
  const told = files.flatMap(file => {
    const { about } = file
    if (!about) return []
    const verdicts = fits.map(fit => fit(about))
    const named = [...verdicts.keys()].filter(at => verdicts[at] === 'yes')
    const index = indexOf(file)
    const isOwn = named.includes(index) || verdicts[index] === 'unknown'
    return {
      file,
      isOwn,
      possible: isOwn ? [index] : named,
      isStranger: verdicts.length > 0 && verdicts.every(each => each === 'no'),
    }
  })
  const placed = new Map<string, number>()
  const copies: ReadFile[] = []
  const rankOf = ({ isOwn, possible }: (typeof told)[number]): number => (isOwn ? 0 : possible.length)
  // What is in its own folder comes first, then what can be of one entry only: the others get what is left.
  for (const { file, possible, isStranger } of told.sort((a, b) => rankOf(a) - rankOf(b))) {
    const countAt = (at: number): number => byEntry[at]?.length ?? 0
    const [at = -1] = possible.sort((a, b) => countAt(a) - countAt(b))
    if (placed.has(file.text)) copies.push(file)
    else if (byEntry[at]) byEntry[at].push(file)
    else others.push(isStranger ? asStranger(file) : file)
    placed.set(file.text, placed.get(file.text) ?? at)
  }
  for (const file of [...copies, ...files.filter(({ about }) => !about)]) {
    const own = byEntry[indexOf(file)]
    const first = placed.get(file.text)
    if (own?.every(({ about }) => !about))
      own.push(
        first === undefined || JSON.stringify(fleet[first]) === JSON.stringify(fleet[indexOf(file)])
          ? file
          : asCopy(file),
      )
    else if (first === undefined) others.push(file)
  }
  return { byEntry, others }
}

/** A file with the text of another job's report: no two checks have the same times. */
function asCopy({ path, index, text }: ReadFile): ReadFile {
  const problem = `its file ${toName(basename(path))} is a copy of another job's report`
  const advice = 'Let that job upload the report-file of its own step.'
  return { path, index, text, about: undefined, problem, advice }
}

function asStranger(file: ReadFile): ReadFile {
  const problem = `its report is about ${file.about?.text}, which no entry of the fleet names`
  const advice = 'Give merge the list that the matrix was made of: each job needs an entry that names what it checks.'
  return { ...file, problem: file.problem ?? problem, advice: file.advice ?? advice }
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

/** Whether another run has left a report: for example, on a runner that keeps its folders. */
function isOfAnotherRun({ report }: Pick<ReadFile, 'report'>): boolean {
  const { id } = currentRun()
  return id !== '' && !!report?.run && report.run.id !== id
}

/** Names the job of an entry; by its registries, too, if the matrix has several jobs for it. */
function nameJobOf(entry: unknown, { about }: ReadFile, own: readonly ReadFile[]): JobName {
  const names = nameEntry(entry)
  return own.length > 1 && about
    ? { ...names, called: toName(`${names.called} on ${about.registries.join(', ')}`) }
    : names
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

/** The jobs without a report: of entries that have none or, if the matrix has several jobs for each, fewer than the others. */
function findMissing(
  { byEntry, others }: ReturnType<typeof findEntries>,
  files: readonly ReadFile[],
  fleet: readonly unknown[],
): Leg[] {
  const run = currentRun().url
  const counts = byEntry.map(own => own.filter(({ about }, at) => about !== undefined || at === 0).length)
  const most = Math.max(1, ...counts)
  const short = fleet.flatMap((entry, at): Leg[] => {
    const count = counts[at] ?? 0
    const problem = `its jobs left ${plural(count, 'report')} instead of ${most}`
    return count > 0 && count < most ? [{ ...nameEntry(entry), entries: [entry], problem, run }] : []
  })
  const lost = fleet.flatMap((entry, at): Leg[] =>
    counts[at] === 0 ? [{ ...nameEntry(entry), entries: [entry], problem: explainMissing(files, entry, at), run }] : [],
  )
  const isUnplaced = ({ index = 0, about, problem }: ReadFile): boolean =>
    index < fleet.length && (!about || problem === undefined)
  const unplaced = others.filter(isUnplaced).length
  if (unplaced === 0) return [...short, ...lost]
  const count = lost.length - unplaced
  if (count <= 0) return short
  // Which of them it is can't be seen from the others.
  const describe = (key: 'name' | 'called') => toName(`${count} of: ${lost.map(each => each[key]).join('; ')}`)
  const [name, called] = [describe('name'), describe('called')]
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
  const stray = files.find(({ index, about }) => index === at && about)?.about
  return `${noReport}: ${stray ? `the one in its folder is about ${stray.text}` : 'it was cancelled or failed'}`
}

const noReport = 'its job left no report'

/** @param known what is in the usable files, by their texts */
function readFile(
  folder: string,
  path: string,
  known: Map<string, Omit<ReadFile, 'path' | 'index' | 'text'>>,
): ReadFile {
  const isDirect = dirname(relative(folder, path)) === '.'
  const [, digits] = (isDirect ? null : /-(\d+)$/.exec(basename(dirname(path)))) ?? []
  const file = readText(path)
  const content = known.get(file.text) ?? readReport(toName(basename(path)), file)
  const read = { about: content.report && readAbout(content.report), ...content }
  // The problem of an unusable file has its own name.
  if (read.report) known.set(file.text, read)
  return { path, index: digits === undefined ? undefined : Number(digits), text: file.text, ...read }
}

function readText(path: string): Parameters<typeof readReport>[1] {
  try {
    const stats = statSync(path)
    // Reading a pipe or a device may never end.
    if (!stats.isFile()) return { size: 0, text: '', unreadable: 'it is not a file' }
    const { size } = stats
    // Also files below /proc have no size; reading one may never end, or show an environment.
    const isReadable = size > 0 && size <= maxBytes
    // Without the byte order mark that PowerShell writes and JSON does not allow.
    return { size, text: isReadable ? readFileSync(path, 'utf8').replace(/^\uFEFF/, '') : '' }
  } catch (error) {
    // `EACCES`: the message would have the whole path.
    return { size: 0, text: '', unreadable: (error as NodeJS.ErrnoException).code ?? messageOf(error) }
  }
}

/**
 * A report that was downloaded twice counts once. Two entries of the fleet have two reports, though: jobs that fail in the same way before they
 * check anything write the same text.
 * @param entries number of entries of the fleet
 */
function distinct(files: ReadFile[], entries: number): ReadFile[] {
  const isEntry = (index = Infinity): boolean => index < entries
  const isCopy = (a: ReadFile, b: ReadFile): boolean =>
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
