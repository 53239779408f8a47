import { basename, join, relative } from 'node:path'
import { type Dirent, readFileSync, readdirSync, statSync } from 'node:fs'
import type { Report } from '../report-json.js'
import { formatSize } from '../text.js'
import { findFault } from './validate.js'

/** Of a report that is read; one of a hundred thousand pairs has less. */
const mostBytes = 100_000_000

/** What one job of the fleet left. */
export interface Leg {
  /** Where its report lies, or what the fleet has in its place. */
  name: string
  report?: Report
  /** Why there is no report to read. */
  problem?: string
}

/**
 * Reads every report below a folder, in the order of its legs.
 * @param fleet what a report is expected of; the report of entry n is in a folder whose name ends in `-n`
 */
export function readReports(folder: string, fleet: readonly unknown[]): Leg[] {
  const files = findFiles(folder).sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
  const read = files.map((file): Leg => {
    const index = numberOf(file)
    const entry = fleet[index]
    return { name: entry === undefined ? relative(folder, file) : describeEntry(entry), ...readReport(file) }
  })
  const present = new Set(files.map(numberOf))
  const missing = fleet.flatMap((entry, index): Leg[] => {
    if (present.has(index)) return []
    const problem = 'left no report: its job was cancelled, or failed before it could look'
    return [{ name: describeEntry(entry), problem }]
  })
  return [...read, ...missing]
}

function readReport(file: string): Omit<Leg, 'name'> {
  try {
    const { size } = statSync(file)
    if (size > mostBytes)
      return { problem: `its report has ${formatSize(size)}, and more than ${formatSize(mostBytes)} are not read` }
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const fault = findFault(report)
    return fault === undefined
      ? { report: report as Report }
      : { problem: `its report is none of this version of attach-acr: ${fault}` }
  } catch (error) {
    return { problem: `its report can't be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Every JSON file below a folder; none where there is no such folder. */
function findFiles(folder: string): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
  return entries.flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return findFiles(path)
    return entry.name.endsWith('.json') ? [path] : []
  })
}

/** The number at the end of the folder's name; Infinity without one. */
function numberOf(file: string): number {
  const [, digits] = /-(\d+)$/.exec(basename(join(file, '..'))) ?? []
  return digits === undefined ? Infinity : Number(digits)
}

/** `subscription-id: …, cluster: *`, or the entry itself. */
function describeEntry(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry)
  return Object.entries(entry)
    .map(
      ([name, value]) =>
        `${name}: ${typeof value === 'string' ? value.trim().replace(/\s*\n\s*/g, ', ') : JSON.stringify(value)}`,
    )
    .join(', ')
}
