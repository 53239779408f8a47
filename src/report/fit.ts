import type { Report, ReportList, ReportedImage } from './report-json.js'

/** GitHub keeps at most 1 MB of a job's outputs (docs.github.com/actions/reference/workflow-syntax, `jobs.<job_id>.outputs`): both fit together. */
const mostOutputBytes = 950_000

const mostImagesBytes = 300_000

/** Entries of each list besides the pairs that a report keeps at most where it is too long as a whole. */
const mostOthers = 100

/**
 * The report as an output: whole as long as it fits beside the output `images`, which it does for some hundred pairs.
 * @param json the report as a whole, which has megabytes in large estates
 */
export function toReportOutput(report: Report, json: string): string {
  return fitReport(report, json, mostOutputBytes - Buffer.byteLength(toImagesOutput(report.images)))
}

/** The images as an output: the first ones, as many as fit; the report file has all. */
export function toImagesOutput(images: ReportedImage[]): string {
  return JSON.stringify(take(images, mostImagesBytes).items)
}

/**
 * A report as JSON of so many bytes at most. Of a longer one `omitted` counts what is left out: first the advice of errors and all but the first
 * entries of the lists, then pairs, the good ones first.
 * @param json the report as a whole
 */
export function fitReport(report: Report, json: string, mostBytes: number): string {
  if (Buffer.byteLength(json) <= mostBytes) return json
  const pairs = report.pairs.map(pair =>
    pair.error ? { ...pair, error: { ...pair.error, fix: { text: '', commands: [] } } } : pair,
  )
  const worstFirst = [...pairs].sort((a, b) => ranks.indexOf(a.status) - ranks.indexOf(b.status))
  const others = {
    unknown: report.unknown,
    findings: report.findings,
    images: [...report.images].sort((a, b) => Number(isGood(a)) - Number(isGood(b))),
    manifests: report.manifests,
    plan: report.plan,
    notes: report.notes,
    jobs: report.jobs ?? [],
  }
  const brief: Report = { ...report, ...noEntries, jobs: report.jobs && [] }
  let left = mostBytes - Buffer.byteLength(JSON.stringify(brief)) - roomForCounts
  const keep = <T>(list: readonly T[], room: number): T[] => {
    const { items, bytes } = take(list, room)
    left -= bytes
    return items
  }
  // No list takes more than a quarter of what is left, so that there is room for pairs.
  const kept = Object.fromEntries(
    Object.entries(others).map(([name, list]) => [name, keep<unknown>(list.slice(0, mostOthers), left / 4)]),
  ) as typeof others
  const fittingPairs = new Set(keep(worstFirst, left))
  const fitting: Report = {
    ...brief,
    ...kept,
    jobs: report.jobs && kept.jobs,
    pairs: pairs.filter(pair => fittingPairs.has(pair)),
  }
  const lost = (name: ReportList): number => (report[name] ?? []).length - (fitting[name] ?? []).length
  const lists = [...(Object.keys(others) as (keyof typeof others)[]), 'pairs' as const]
  const counts = Object.fromEntries(lists.map(name => [name, lost(name)])) as Record<ReportList, number>
  return JSON.stringify({ ...fitting, omitted: { ...counts, fixes: true } })
}

const roomForCounts = 300

const noEntries = { pairs: [], images: [], manifests: [], plan: [], findings: [], unknown: [], notes: [] }

const ranks: Report['pairs'][number]['status'][] = ['failed', 'missing', 'unknown', 'attached', 'detached']

function isGood({ status, digest }: ReportedImage): boolean {
  return status === 'imported' || (status === 'present' && digest !== null)
}

/** The first entries of a list whose JSON has so many bytes at most, and how many it has. */
function take<T>(list: readonly T[], mostBytes: number): { items: T[]; bytes: number } {
  let bytes = 2
  const end = list.findIndex(entry => {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1
    if (bytes + size > mostBytes) return true
    bytes += size
    return false
  })
  return { items: end < 0 ? [...list] : list.slice(0, end), bytes }
}
