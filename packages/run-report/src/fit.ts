import { takeIn } from 'kernel'
import type { ReportJson } from 'report-document'

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

/**
 * The report as an output: whole if it fits next to the others, which it does for some hundred pairs.
 * @param json the whole report, which has megabytes in large estates
 * @param others the other outputs
 */
export function toReportOutput(report: ReportJson, json: string, others: Readonly<Record<string, string>>): string {
  const taken = Object.entries({ report: '', ...others })
    .flat()
    .join('').length
  return fitReport(report, json, maxOutputCharacters - laterCharacters - taken)
}

/** A list as an output: as many entries as fit; the report file has all. */
export function toListOutput(list: readonly unknown[], maxCharacters: number): string {
  let size = 2
  const end = list.findIndex(entry => {
    size += JSON.stringify(entry).length + 1
    return size > maxCharacters
  })
  return JSON.stringify(end < 0 ? list : list.slice(0, end))
}

/**
 * A report as JSON with a maximum size. One that is longer is its result and its counts: all lists are empty, and `omitted` says how long they are.
 * @param json the whole report
 * @param max by the measure
 * @param measure measures a text; by default in characters
 */
export function fitReport(report: ReportJson, json: string, max: number, measure = countCharacters): string {
  if (measure(json) <= max) return json
  const { pairs, images, manifests, plan, findings, unknown, notes, workloads, jobs } = report
  const lists = { pairs, images, manifests, plan, findings, unknown, notes }
  const counts = Object.entries({ ...lists, workloads, jobs }).map(([name, list]) => [name, list?.length ?? 0])
  const omitted = { ...Object.fromEntries(counts), fixes: true } as NonNullable<ReportJson['omitted']>
  const none = Object.fromEntries(Object.keys(lists).map(name => [name, []]))
  const optional = { workloads: workloads && [], jobs: jobs && [] }
  return JSON.stringify({ ...report, ...none, ...optional, ...toSummary(report), omitted })
}

/** The parts of a report that have no maximum size, cut: they are longer than others in odd cases only, such as invalid inputs of many lines. */
function toSummary({ error }: ReportJson): Pick<ReportJson, 'searched' | 'subscriptions' | 'error'> {
  const { code, message = '' } = error ?? {}
  const short = {
    message: takeIn(message),
    reason: null,
    cause: null,
    quote: null,
    fix: { text: '', commands: [] },
    azure: null,
  }
  return { searched: [], subscriptions: [], error: code === undefined ? null : { code, ...short } }
}
