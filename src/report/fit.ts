import { runningStatuses } from '../model/workload.js'
import type { Report, ReportList } from './report-json.js'
import { rankOfPair } from './states.js'
import type { ReportedImage } from './image-json.js'

/** GitHub keeps at most 1 MB of a job's outputs (docs.github.com/actions/reference/workflow-syntax, `jobs.<job_id>.outputs`): the two outputs fit together. */
const maxOutputBytes = 950_000

const maxImagesBytes = 300_000

/** Maximum number of entries of each list, other than the pairs, in a report that is cut. */
const maxOthers = 100

/**
 * The report as an output: whole if it fits together with the output `images`, which it does for some hundred pairs.
 * @param json the whole report, which has megabytes in large estates
 */
export function toReportOutput(report: Report, json: string): string {
  return fitReport(report, json, maxOutputBytes - Buffer.byteLength(toImagesOutput(report.images)))
}

/** The images as an output: as many as fit; the report file has all. */
export function toImagesOutput(images: ReportedImage[]): string {
  return JSON.stringify(take(images, maxImagesBytes).items)
}

/**
 * A report as JSON with a maximum size. If it is longer, `omitted` counts what is left out: first the fixes of errors and all but the first entries
 * of the lists, then pairs, the good ones first.
 * @param json the whole report
 */
export function fitReport(report: Report, json: string, maxBytes: number): string {
  if (Buffer.byteLength(json) <= maxBytes) return json
  const pairs = report.pairs.map(pair =>
    pair.error ? { ...pair, error: { ...pair.error, fix: { text: '', commands: [] } } } : pair,
  )
  const worstFirst = [...pairs].sort((a, b) => rankOfPair(a) - rankOfPair(b))
  const others = {
    unknown: report.unknown,
    findings: report.findings,
    images: [...report.images].sort((a, b) => Number(isGood(a)) - Number(isGood(b))),
    manifests: report.manifests,
    workloads: [...(report.workloads ?? [])].sort(
      (a, b) => runningStatuses.indexOf(a.status) - runningStatuses.indexOf(b.status),
    ),
    plan: report.plan,
    notes: report.notes,
    jobs: report.jobs ?? [],
  }
  const brief: Report = { ...report, ...noEntries }
  let left = maxBytes - Buffer.byteLength(JSON.stringify(brief)) - roomForCounts
  const keep = <T>(list: readonly T[], room: number): T[] => {
    const { items, bytes } = take(list, room)
    left -= bytes
    return items
  }
  // No list takes more than a quarter of the rest, so that there is room for pairs.
  const kept = Object.fromEntries(
    Object.entries(others).map(([name, list]) => [name, keep<unknown>(list.slice(0, maxOthers), left / 4)]),
  ) as typeof others
  const fittingPairs = new Set(keep(worstFirst, left))
  const fitting: Report = {
    ...brief,
    ...kept,
    workloads: report.workloads && kept.workloads,
    jobs: report.jobs && kept.jobs,
    pairs: pairs.filter(pair => fittingPairs.has(pair)),
  }
  const lost = (name: ReportList): number => (report[name] ?? []).length - (fitting[name] ?? []).length
  const lists = [...(Object.keys(others) as (keyof typeof others)[]), 'pairs' as const]
  const counts = Object.fromEntries(lists.map(name => [name, lost(name)])) as Record<ReportList, number>
  return JSON.stringify({ ...fitting, omitted: { ...counts, fixes: true } })
}

const roomForCounts = 300

const noEntries = {
  ...{ pairs: [], images: [], manifests: [], plan: [], findings: [], unknown: [], notes: [] },
  workloads: null,
  jobs: null,
}

function isGood({ status, digest }: ReportedImage): boolean {
  return status === 'imported' || (status === 'present' && digest !== null)
}

/** The first entries of a list whose JSON fits into that many bytes, and its size. */
function take<T>(list: readonly T[], maxBytes: number): { items: T[]; bytes: number } {
  let bytes = 2
  const end = list.findIndex(entry => {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1
    if (bytes + size > maxBytes) return true
    bytes += size
    return false
  })
  return { items: end < 0 ? [...list] : list.slice(0, end), bytes }
}
