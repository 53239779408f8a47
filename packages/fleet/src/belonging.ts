import { basename } from 'node:path'
import { groupBy } from 'kernel'
import { currentRun } from 'texts'
import { createFit, describeAbout, keyOfAbout, type About } from './about.js'
import { toName } from './entry.js'
import type { Content } from './read-report.js'

/** A file below the folder of the reports, and what is in it. */
export interface ReadFile extends Content {
  path: string
  /** The number at the end of its folder's name, from 0; undefined if there is none. */
  index: number | undefined
  text: string
  /** Undefined if nothing in it says what it is about. */
  about: About | undefined
}

/** The files of each entry of a fleet, and those of none. */
export interface Belonging {
  byEntry: readonly (readonly ReadFile[])[]
  others: readonly ReadFile[]
}

/**
 * Finds the entry that each file is about. One that doesn't say it is of entry n if its folder's name ends in `-n`, or of the only entry if it is the only
 * file. The number alone proves nothing: a matrix with a second dimension has more jobs than the fleet has entries.
 */
export function findEntries(files: readonly ReadFile[], fleet: readonly unknown[]): Belonging {
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
      own.push(first === undefined || isSameEntry(fleet[first], fleet[indexOf(file)]) ? file : asCopy(file))
    else if (first === undefined) others.push(file)
  }
  return { byEntry: byEntry.map(selectNewest), others }
}

const isSameEntry = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A file with the text of another job's report: no two checks have the same times. */
function asCopy({ path, index, text }: ReadFile): ReadFile {
  const problem = `its file ${toName(basename(path))} is a copy of another job's report`
  const advice = 'Let that job upload the report-file of its own step.'
  return { path, index, text, about: undefined, problem, advice }
}

function asStranger(file: ReadFile): ReadFile {
  const what = file.report ? describeAbout(file.report) : ''
  const problem = `its report is about ${what}, which no entry of the fleet names`
  const advice = 'Give merge the list that the matrix was made of: each job needs an entry that names what it checks.'
  return { ...file, problem: file.problem ?? problem, advice: file.advice ?? advice }
}

/** Of reports about the same, the newest; all of them if they don't say when they were made. */
function selectNewest(files: readonly ReadFile[]): ReadFile[] {
  const dateOf = ({ report }: ReadFile): string => {
    const { attempt = 0, startedAt = '' } = report?.run ?? {}
    return `${String(attempt).padStart(9, '0')} ${startedAt}`
  }
  const groups = groupBy(files, ({ about, path }) => (about ? keyOfAbout(about) : path))
  return [...groups.values()].flatMap(group => {
    const newest = group.map(dateOf).sort().at(-1)
    return group.filter(file => !file.report?.run || dateOf(file) === newest)
  })
}

/** Whether another run has left a report: for example, on a runner that keeps its folders. */
export function isOfAnotherRun({ report }: Pick<ReadFile, 'report'>): boolean {
  const { id } = currentRun()
  return id !== '' && !!report?.run && report.run.id !== id
}
