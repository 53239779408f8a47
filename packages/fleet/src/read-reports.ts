import { basename, dirname, join, relative } from 'node:path'
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs'
import { describePlace, lastSegment } from 'azure'
import { compareNaturally, messageOf, plainText } from 'kernel'
import { currentRun, cut, plural } from 'report-document'
import { maxBytes, readReport, type Content } from './read-report.js'

/** Maximum length of a job's name in a headline or a table. */
const maxNameLength = 200

/** The report of one job of the fleet, or why there is none. */
export interface Leg extends Content {
  /** The job's entry in the fleet, or else the path of its report. */
  name: string
  /** What it should check, in words: `rg-eu (registry contosoacr)`, `aks-1 and aks-2 of rg-eu`. */
  called: string
  /** Whether these are several clusters. */
  isPlural: boolean
  /** Where it looks for clusters that it names, in words: `rg-eu, subscription …7f3a`; empty if its entry doesn't say. */
  where: string
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
    const file = toName(relative(folder, path))
    const names = entry === undefined ? { name: file, called: file, isPlural: false, where: '' } : namesOf(entry)
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
      : {
          name,
          called: toName(name),
          isPlural: false,
          where: '',
          entries: [],
          error,
          ...(problem !== null && { problem }),
        },
  )
}

const rankOf = ({ index }: Found): number => index ?? Infinity

/** The entries of the fleet without a report. */
function missing(files: Found[], fleet: readonly unknown[]): Leg[] {
  const present = new Set(files.map(({ index }) => index))
  const lost = fleet.filter((_, index) => !present.has(index))
  const unplaced = files.filter(({ index }) => index === undefined).length
  if (unplaced === 0)
    return lost.map(entry => ({ ...namesOf(entry), entries: [entry], problem: noReport, run: currentRun().url }))
  const count = fleet.length - files.length
  if (count <= 0) return []
  // Which of them it is can't be seen from the others.
  const describe = (nameOne: (entry: unknown) => string): string =>
    toName(`${count} of: ${lost.map(nameOne).join('; ')}`)
  const [name, called] = [describe(describeEntry), describe(entry => nameEntry(entry).called)]
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
  const fitting = fleet.flatMap((entry, index) => (namesAll(text, entry) ? index : []))
  const [index] = fleet.length === 1 ? [0] : fitting.length === 1 ? fitting : []
  return index === undefined ? files : [{ ...only, index }]
}

function namesAll(text: string, entry: unknown): boolean {
  const values = typeof entry === 'object' && entry !== null ? Object.values(entry as Record<string, unknown>) : [entry]
  const words = values.flatMap(value => (typeof value === 'string' ? linesOf(value.toLowerCase()) : []))
  // What filters leave out is in no report.
  return words.every(word => word === '*' || /^(!|tag:)/.test(word) || text.includes(JSON.stringify(word).slice(1, -1)))
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

/** `subscription-id: …, cluster: *`, or the entry itself. */
function describeEntry(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return toName(String(entry))
  const parts = Object.entries(entry).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? linesOf(value).join(', ') : JSON.stringify(value)}`,
  )
  return toName(parts.join(', '))
}

const namesOf = (entry: unknown) => ({ name: describeEntry(entry), ...nameEntry(entry) })

const maxClusters = 2

/** Keys of an entry that don't show what its job checks. */
const credentialKeys = ['client-id', 'tenant-id']

/**
 * What an entry is about, in words, by the inputs of the action in it: the clusters, or for `*` their resource group or subscription. The entry
 * itself if it names no clusters.
 */
function nameEntry(entry: unknown): Pick<Leg, 'called' | 'isPlural' | 'where'> {
  const asGiven = { called: describeEntry(entry), isPlural: false, where: '' }
  if (typeof entry !== 'object' || entry === null) return asGiven
  const {
    cluster,
    'resource-group': group,
    'subscription-id': subscription,
    registry,
    ...others
  } = entry as Record<string, unknown>
  const clusters = namesIn(cluster)
  if (clusters.length === 0) return asGiven
  const isAll = clusters.includes('*')
  const what = clusters.length > maxClusters ? plural(clusters.length, 'cluster') : clusters.join(' and ')
  const [[resourceGroup], [subscriptionId]] = [namesIn(group), namesIn(subscription)]
  const [place = '', ...more] = [...namesIn(group), ...namesIn(subscription).map(id => `subscription ${id}`)]
  const registries = namesIn(registry)
  const rest = [
    ...more,
    ...(registries.length > 0
      ? [`${registries.length > 1 ? 'registries' : 'registry'} ${registries.join(' and ')}`]
      : []),
    ...Object.entries(others)
      .filter(([name]) => !credentialKeys.includes(name))
      .flatMap(([name, value]) => namesIn(value).map(text => `${name} ${text}`)),
  ]
  const all = place || 'the subscription'
  const named = isAll ? all : `${what}${place && ` of ${place}`}`
  const called = toName(`${named}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}`)
  const where = describePlace({ resourceGroup, subscriptionId })
  return { called, isPlural: !isAll && clusters.length > 1, where }
}

/** The lines of a value; resource IDs as names. */
function namesIn(value: unknown): string[] {
  return typeof value === 'string' ? linesOf(value).map(lastSegment) : []
}

function toName(text: string): string {
  return cut(plainText(text), maxNameLength)
}

/** The lines of a text that aren't blank. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
