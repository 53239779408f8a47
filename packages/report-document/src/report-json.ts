import { isUnread, lastSegment } from 'azure'
import type { ActionError } from 'kernel'
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

/**
 * The report of another job, judged as this job judges its own.
 * @param json valid by the schema
 */
export function fromReportJson({ schemaVersion, ...json }: ReportJson): Report {
  const pulled = listPulled(json.pairs)
  return {
    ...json,
    pairs: json.pairs.map(({ status, grantedBy: by, verified: proof, lacks, limitedTo: onlyTo, error, ...pair }) => ({
      ...pair,
      name: lastSegment(pair.target),
      where: '',
      isStopped: false,
      standing: judge({ status, by, proof, lacks, onlyTo, error: fromErrorJson(error) }),
    })),
    images: json.images.map(({ error, ...row }) => {
      const isRead = !isUnread({ status: row.status, digest: row.digest ?? '' })
      const state = judgeImage({ status: row.status, isRead, error })
      return { ...row, error: fromErrorJson(error), from: '', changed: false, state }
    }),
    manifests: json.manifests.map(({ error, ...row }) => {
      const problem = fromErrorJson(error)
      return { ...row, error: problem, state: judgeManifest({ ...row, error: problem }, pulled) }
    }),
    workloads:
      json.workloads?.map(row => ({ ...row, state: judgeImage({ status: row.status, isRead: true }) })) ?? null,
    error: fromErrorJson(json.error),
    jobs: json.jobs?.map(({ error, ...job }) => ({ ...job, error: fromErrorJson(error) })) ?? null,
    own: null,
  }
}

/** An error as the report has it; null without one. */
export function toErrorJson(error: Problem | null) {
  if (!error) return null
  const { code, message, reason, pullCause, quote, fix, azure } = error
  return {
    code: code as ActionError['code'],
    message,
    reason: !reason || reason === message ? null : reason,
    cause: pullCause ?? null,
    quote: quote ?? null,
    fix,
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

function fromErrorJson(error: ReturnType<typeof toErrorJson>): Problem | null {
  if (!error) return null
  const { cause, ...problem } = error
  return { ...problem, pullCause: cause }
}
