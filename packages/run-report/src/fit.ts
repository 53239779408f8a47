import { cut, fix } from 'kernel'
import { stateOf, states, type Report } from 'report-document'
import { runningStatuses } from 'run-model'

/** What GitHub keeps of a job's outputs, in bytes of UTF-16 (github/docs pull request 36846, data/reusables/actions/output-limitations.md). */
const jobBytes = 1_000_000

/** The size of one character, as `length` counts them, in UTF-16. */
const bytesPerCharacter = 2

/** Maximum size of all outputs of the step together, in characters: 5 % of the job's are left for other steps. */
export const maxOutputCharacters = (0.95 * jobBytes) / bytesPerCharacter

/** Maximum size of the output `images`, in characters. */
export const maxImagesCharacters = 150_000

/** Maximum size of the output `registry-login-servers`, in characters. */
export const maxLoginServersCharacters = 50_000

/** Room for outputs that are set later, in characters: a path, and the number and the URL of an issue. */
const laterCharacters = 8000

const countCharacters = (text: string): number => text.length

/** Maximum number of entries of each list, other than the pairs, in a report that is cut. */
const maxOthers = 100

/**
 * The report as an output: whole if it fits next to the others, which it does for some hundred pairs.
 * @param json the whole report, which has megabytes in large estates
 * @param others the other outputs
 */
export function toReportOutput(report: Report, json: string, others: Readonly<Record<string, string>>): string {
  const taken = Object.entries({ report: '', ...others })
    .flat()
    .join('').length
  return fitReport(report, json, maxOutputCharacters - laterCharacters - taken)
}

/** A list as an output: as many entries as fit; the report file has all. */
export function toListOutput(list: readonly unknown[], maxCharacters: number): string {
  return JSON.stringify(take(list, maxCharacters).items)
}

/**
 * A report as JSON with a maximum size. If it is longer, `omitted` counts what is left out: first the fixes of errors and all but the first entries
 * of the lists, then pairs, the good ones first. The result of the step always stays.
 * @param json the whole report
 * @param measure measures a text; by default in characters
 * @param max by the measure
 */
export function fitReport(report: Report, json: string, max: number, measure = countCharacters): string {
  if (measure(json) <= max) return json
  const pairs = report.pairs.map(pair =>
    pair.error ? { ...pair, error: { ...pair.error, fix: { text: '', commands: [] } } } : pair,
  )
  const worstFirst = {
    unknown: report.unknown,
    findings: report.findings,
    images: report.images.toSorted((a, b) => Number(isGood(a)) - Number(isGood(b))),
    manifests: report.manifests,
    workloads: (report.workloads ?? []).toSorted(
      (a, b) => runningStatuses.indexOf(a.status) - runningStatuses.indexOf(b.status),
    ),
    plan: report.plan,
    notes: report.notes,
    jobs: report.jobs ?? [],
    pairs: pairs.toSorted((a, b) => states[stateOf(a)].rank - states[stateOf(b)].rank),
  }
  const brief: Report = { ...report, ...noEntries }
  let left = max - measure(JSON.stringify(brief)) - roomForCounts
  const kept = Object.entries<readonly unknown[]>(worstFirst).map(([name, list]) => {
    // No list takes more than a quarter of the rest, so that there is room for pairs.
    const { items, size } =
      name === 'pairs' ? take(list, left, measure) : take(list.slice(0, maxOthers), left / 4, measure)
    left -= size
    return { name, items, lost: list.length - items.length }
  })
  const lists = Object.fromEntries(kept.map(({ name, items }) => [name, items])) as typeof worstFirst
  const counts = Object.fromEntries(kept.map(({ name, lost }) => [name, lost]))
  const omitted = { ...counts, fixes: true } as NonNullable<Report['omitted']>
  const fittingPairs = new Set(lists.pairs)
  const fitting: Report = {
    ...brief,
    ...lists,
    workloads: report.workloads && lists.workloads,
    jobs: report.jobs && lists.jobs,
    pairs: pairs.filter(pair => fittingPairs.has(pair)),
    omitted,
  }
  const text = JSON.stringify(fitting)
  return measure(text) <= max ? text : JSON.stringify({ ...brief, ...toSummary(report), omitted })
}

/** The parts of a report that have no maximum size, cut: they are longer than others in odd cases only, such as invalid inputs of many lines. */
function toSummary({ error }: Report): Pick<Report, 'searched' | 'subscriptions' | 'error'> {
  const { code, message = '' } = error ?? {}
  const short = { message: cut(message), reason: null, cause: null, quote: null, fix: fix(''), azure: null }
  return { searched: [], subscriptions: [], error: code === undefined ? null : { code, ...short } }
}

const roomForCounts = 300

const noEntries = {
  ...{ pairs: [], images: [], manifests: [], plan: [], findings: [], unknown: [], notes: [] },
  workloads: null,
  jobs: null,
}

function isGood({ status, digest }: Report['images'][number]): boolean {
  return status === 'imported' || (status === 'present' && digest !== null)
}

/** The first entries of a list whose JSON has that size, and their own. */
function take<T>(list: readonly T[], max: number, measure = countCharacters): { items: T[]; size: number } {
  let size = 2
  const end = list.findIndex(entry => {
    const own = measure(JSON.stringify(entry)) + 1
    if (size + own > max) return true
    size += own
    return false
  })
  return { items: end < 0 ? [...list] : list.slice(0, end), size }
}
