import { say, sayOwn, toFixJson, type Fix } from 'kernel'
import type { Report } from './report-json.js'

/** The contract's `report`, which schemas/report.schema.json describes. */
export type ReportJson = ReturnType<typeof toReportJson>

/** A report as files and outputs have it: what its errors and fixes say in parts is said here. */
export function toReportJson(report: Report) {
  const { pairs, images, manifests, findings, error, jobs } = report
  return {
    ...report,
    pairs: pairs.map(withErrorJson),
    images: images.map(withErrorJson),
    manifests: manifests.map(withErrorJson),
    findings: findings.map(withFixJson),
    error: error && toErrorJson(error),
    jobs: jobs?.map(withErrorJson) ?? null,
  }
}

type With<Field extends string, Value, T> = Omit<T, Field> & Record<Field, Value>

const withErrorJson = <T extends { error: Report['error'] }>(
  item: T,
): With<'error', ReturnType<typeof toErrorJson> | null, T> => ({
  ...item,
  error: item.error && toErrorJson(item.error),
})

const withFixJson = <T extends { fix: Fix }>(item: T): With<'fix', ReturnType<typeof toFixJson>, T> => ({
  ...item,
  fix: toFixJson(item.fix),
})

function toErrorJson({ code, said, cause, fix, azure }: NonNullable<Report['error']>) {
  const { what, why, brief, quote } = said
  return {
    code,
    message: say(said),
    reason: brief ?? why ?? (said.quote ? what : null),
    cause,
    quote: quote ? { statement: sayOwn(said), intro: quote.by, text: quote.text } : null,
    fix: toFixJson(fix),
    azure,
  }
}
