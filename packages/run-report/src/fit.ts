import { takeIn } from 'kernel'
import type { ReportJson } from 'report-document'

/**
 * Maximum size of an output that is JSON, in bytes of UTF-8: Linux gives a variable of a later step at most 128 KiB with its name (execve(2), MAX_ARG_STRLEN).
 * Three of them stay below the 1 MB that GitHub keeps of a job's outputs, in UTF-16 (github/docs pull request 36846,
 * data/reusables/actions/output-limitations.md).
 */
export const maxOutputBytes = 120 * 1024

const countBytes = (text: string): number => Buffer.byteLength(text)

/** A list as an output: as many entries as fit; the report file has all. */
export function toListOutput(list: readonly unknown[]): string {
  let size = 2
  const end = list.findIndex(entry => {
    size += countBytes(JSON.stringify(entry)) + 1
    return size > maxOutputBytes
  })
  return JSON.stringify(end < 0 ? list : list.slice(0, end))
}

/**
 * A report as JSON with a maximum size. One that is longer is its result and its counts: all lists are empty, and `omitted` says how long they are.
 * @param json the whole report, which has megabytes in large estates
 * @param max in bytes of UTF-8
 */
export function fitReport(report: ReportJson, json: string, max = maxOutputBytes): string {
  if (countBytes(json) <= max) return json
  const { pairs, images, manifests, plan, findings, unknown, notes, workloads, jobs } = report
  const lists = { pairs, images, manifests, plan, findings, unknown, notes }
  const counts = Object.entries({ ...lists, workloads, jobs }).map(([name, list]) => [name, list?.length ?? 0])
  const omitted = { ...Object.fromEntries(counts), fixes: true } as NonNullable<ReportJson['omitted']>
  const none = Object.fromEntries(Object.keys(lists).map(name => [name, []]))
  const optional = { workloads: workloads && [], jobs: jobs && [] }
  const counted = { ...report, ...none, ...optional, ...toSummary(report), omitted }
  const text = JSON.stringify(counted)
  // An entry of a matrix can name a thousand clusters.
  return countBytes(text) <= max ? text : JSON.stringify({ ...counted, entry: null })
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
