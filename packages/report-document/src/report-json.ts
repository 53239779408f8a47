import { isUnread, lastSegment } from 'azure'
import { say, sayOwn, toFixJson, type ActionError } from 'kernel'
import { cut } from 'texts'
import { errorOf, judge, judgeImage, statusOf } from 'run-model'
import type { Problem } from './problems.js'
import { judgeManifest, listPulled, maxLengths, type Pair, type Report } from './report.js'

/** The contract's `report`, which schemas/report.schema.json describes: absent values are null, and no field is left out. */
export type ReportJson = ReturnType<typeof toReportJson>

/** The report as it is written: without what is judged of it, and what only the run itself knows. */
export function toReportJson({ own, ...report }: Report) {
  return {
    schemaVersion: 1,
    ...report,
    pairs: report.pairs.map(toPairJson),
    images: report.images.map(({ state, from, changed, error, ...row }) => ({ ...row, error: toErrorJson(error) })),
    manifests: report.manifests.map(({ state, error, ...row }) => ({ ...row, error: toErrorJson(error) })),
    workloads: report.workloads?.map(({ state, error, ...row }) => row) ?? null,
    findings: report.findings.map(({ fix, ...finding }) => ({ ...finding, fix: toFixJson(fix) })),
    error: toErrorJson(report.error),
    jobs: report.jobs?.map(({ error, ...job }) => ({ ...job, error: toErrorJson(error) })) ?? null,
  }
}

function toPairJson(pair: Pair) {
  const { target, targetKind, principalId, identitySeen, registry, loginServer, standing, role, scope } = pair
  const { roleAssignmentId, changed, propagationSeconds, pulls, unasked, asked } = pair
  return {
    ...{ target, targetKind, principalId, identitySeen, registry, loginServer },
    status: statusOf(standing),
    grantedBy: standing.by,
    ...{ role, scope, roleAssignmentId, changed },
    verified: standing.proof,
    ...{ propagationSeconds, pulls, unasked },
    lacks: standing.lacks,
    limitedTo: standing.onlyTo,
    asked,
    error: toErrorJson(errorOf(standing)),
  }
}

type Quoted<T> = Omit<T, 'error'> & { error: Problem | null }

/** The report of another job, of which only a quote is said. */
export type QuotedReport = Omit<ReportJson, 'pairs' | 'images' | 'manifests' | 'findings' | 'error' | 'jobs'> & {
  pairs: Quoted<ReportJson['pairs'][number]>[]
  images: Quoted<ReportJson['images'][number]>[]
  manifests: Quoted<ReportJson['manifests'][number]>[]
  findings: Report['findings']
  error: Problem | null
  jobs: Report['jobs']
}

/** The report of another job, judged as this job judges its own. */
export function judgeReport({ schemaVersion, ...report }: QuotedReport): Report {
  const pulled = listPulled(report.pairs)
  return {
    ...report,
    pairs: report.pairs.map(({ status, grantedBy: by, verified: proof, lacks, limitedTo: onlyTo, error, ...pair }) => ({
      ...pair,
      name: lastSegment(pair.target),
      where: '',
      isStopped: false,
      standing: judge({ status, by, proof, lacks, onlyTo, error }),
    })),
    images: report.images.map(row => {
      const { status, digest, error } = row
      const isRead = !isUnread({ status, digest: digest ?? '' })
      return { ...row, from: '', changed: false, state: judgeImage({ status, isRead, error }) }
    }),
    manifests: report.manifests.map(row => ({ ...row, state: judgeManifest(row, pulled) })),
    workloads:
      report.workloads?.map(row => ({ ...row, state: judgeImage({ status: row.status, isRead: true }) })) ?? null,
    own: null,
  }
}

/** An error as the report has it, which says its parts; null without one. */
function toErrorJson(error: Problem | null) {
  if (!error) return null
  const { said, pullCause, fix, azure } = error
  const { what, why, brief, quote } = said
  return {
    code: error.code as ActionError['code'],
    message: say(said),
    reason: brief ?? why ?? (quote ? what : null),
    cause: pullCause ?? null,
    quote: quote ? { statement: sayOwn(said), intro: quote.by, text: quote.text } : null,
    fix: toFixJson(fix),
    azure: azure
      ? {
          status: azure.status ?? null,
          code: azure.code == null ? null : cut(azure.code, maxLengths.code),
          message: azure.message ?? '',
          correlationId: azure.correlationId == null ? null : cut(azure.correlationId, maxLengths.code),
          isForeign: azure.isForeign ?? false,
        }
      : null,
  }
}
