import { watchedOf } from '../model/running-image.js'
import { describeOperation, type Operation } from '../model/plan.js'
import type { Finding, Unknown } from '../model/finding.js'
import type { PairResult, Result } from '../model/run.js'
import { isIdentityId } from '../model/target.js'
import type { Mode } from '../model/inputs.js'
import type { VerifyLevel } from '../model/verify-level.js'
import { workloadRows, type ReportedWorkload } from './workload-rows.js'
import { type ReportedError, toErrorJson, round } from './error-json.js'
import { type ReportedImage, type ReportedManifest, isReported, toImageJson, toManifestJson } from './image-json.js'
import { toPullJson } from './pull-json.js'

/** The contract's `report`, which schemas/report.schema.json describes: absent values are null, and no field is left out. */
export interface Report {
  schemaVersion: number
  mode: Mode
  attached: boolean
  changed: boolean
  drift: boolean
  verified: VerifyLevel
  pairs: ReportedPair[]
  /** Subscriptions and resource groups whose clusters a `check` with `*` has all listed. */
  searched: string[]
  images: ReportedImage[]
  manifests: ReportedManifest[]
  /** Null without the input `workloads`. */
  workloads: ReportedWorkload[] | null
  plan: ReportedOperation[]
  findings: Finding[]
  unknown: Required<Unknown>[]
  notes: string[]
  error: ReportedError | null
  requests: number
  durationSeconds: number
  /** The jobs whose reports were merged; null in every mode but `merge`. */
  jobs: ReportedJob[] | null
  /** The number of entries that an output leaves out; null if it is whole, like the report file. */
  omitted: (Record<ReportList, number> & { fixes: boolean }) | null
}

/** The lists of a report. */
export type ReportList =
  'pairs' | 'images' | 'manifests' | 'workloads' | 'plan' | 'findings' | 'unknown' | 'notes' | 'jobs'

type ReportedPair = ReturnType<typeof toPairJson>

type ReportedOperation = ReturnType<typeof toOperationJson>

/** A job of a fleet, as the merged report names it. */
interface ReportedJob {
  name: string
  error: ReportedError | null
  problem: string | null
}

/** The result as the contract's `report`, schema version 1. */
export function toReportJson(result: Result): Report {
  const watched = watchedOf(result)
  return {
    schemaVersion: 1,
    mode: result.mode,
    attached: result.attached,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs: result.pairs.map(toPairJson),
    searched: result.observed?.searched ?? [],
    images: result.images.filter(isReported).map(toImageJson),
    manifests: result.manifests.map(toManifestJson),
    workloads: watched ? workloadRows(watched).map(({ row }) => row) : null,
    plan: (result.plan?.operations ?? []).map(toOperationJson),
    findings: result.findings,
    unknown: result.unknown.map(({ subject, message, about }) => ({ subject, message, about: about ?? null })),
    notes: result.notes,
    error: result.error ? toErrorJson(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1000),
    jobs: null,
    omitted: null,
  }
}

function toOperationJson(operation: Operation) {
  return {
    operation: operation.operation,
    target: 'target' in operation ? operation.target.id : null,
    registry: 'registry' in operation ? operation.registry.id : null,
    ...grantOf(operation),
    group: 'groupId' in operation ? operation.groupId : null,
    memberId: 'groupId' in operation ? operation.target.identity.objectId : null,
    description: describeOperation(operation),
    reason: operation.reason,
  }
}

function grantOf(operation: Operation) {
  if ('principalType' in operation) {
    const { principalId, principalType, role, condition } = operation
    return { principalId, principalType, role: role.name, condition: condition || null }
  }
  const role = operation.operation === 'delete-role-assignment' ? operation.role : null
  const principalId = operation.operation === 'delete-role-assignment' ? operation.assignment.principalId : null
  return { principalId, principalType: null, role, condition: null }
}

function toPairJson(pair: PairResult) {
  const { target, registry, asked } = pair
  return {
    target: target?.id ?? pair.asked.target,
    targetKind: target?.kind ?? (isIdentityId(asked.target) ? 'kubelet-identity' : 'cluster'),
    principalId: target?.identity.objectId ?? null,
    registry: registry?.id ?? pair.asked.registry,
    loginServer: registry?.loginServer ?? null,
    status: pair.status,
    grantedBy: pair.grantedBy,
    role: pair.role || null,
    scope: pair.scope || null,
    roleAssignmentId: pair.roleAssignmentId || null,
    changed: pair.changed,
    verified: pair.verified,
    propagationSeconds: pair.propagationSeconds === undefined ? null : round(pair.propagationSeconds),
    pulls: pair.pulls.map(toPullJson),
    lacks: pair.lacks,
    limitedTo: pair.limitedTo ?? null,
    asked,
    error: pair.error ? toErrorJson(pair.error) : null,
  }
}
