import type { ActionError } from '../model/error.js'
import { nameOf, pinned, type ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { NodePull } from '../model/outcome.js'
import { watchedOf } from '../model/running-image.js'
import { describeOperation, type Operation } from '../model/plan.js'
import type { Finding, Unknown } from '../model/finding.js'
import type { PairResult, Result } from '../model/run.js'
import { isIdentityId } from '../model/target.js'
import type { Mode, VerifyLevel } from '../model/inputs.js'
import { workloadRows, type ReportedWorkload } from './workload-rows.js'

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

export type ReportedImage = ReturnType<typeof toImageJson>

type ReportedOperation = ReturnType<typeof toOperationJson>

type ReportedManifest = ReturnType<typeof toManifestJson>

type ReportedError = ReturnType<typeof toErrorJson>

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

/** Whether the report lists an image: the one that the action imports for its probe pods only if its state is known. */
export function isReported({ image, digest, error }: ImageResult): boolean {
  return !image.request.isProbe || digest !== '' || error !== undefined
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

/** An image as outputs and report name it. */
export function toImageJson(result: ImageResult) {
  const { image, status, digest, sizeInBytes, seconds, error } = result
  return {
    source: image.request.text,
    name: nameOf(image.request),
    image: pinned(result),
    digest: digest || null,
    status,
    registry: image.registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === undefined ? null : round(seconds),
    error: error ? toErrorJson(error) : null,
  }
}

function toManifestJson({ image, registry, status, error }: CheckedManifest) {
  const { text, file, document, resource, field } = image
  return {
    image: text,
    registry: registry.id,
    status,
    file,
    document,
    resource,
    field,
    error: error ? toErrorJson(error) : null,
  }
}

function toPullJson({ node, pool, arch, image, verdict, message, attempts, startedAt, finishedAt, cause }: NodePull) {
  return {
    node,
    pool,
    arch,
    image: image.reference,
    serviceAccount: image.account ?? null,
    verdict,
    cause: cause ?? null,
    message: message || null,
    attempts,
    durationSeconds: round((finishedAt - startedAt) / 1000),
  }
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

function toErrorJson({ code, message, reason, pullCause, quote, fix, azure }: ActionError) {
  const said = azure && {
    status: azure.status ?? null,
    code: azure.code ?? null,
    message: azure.message,
    correlationId: azure.correlationId ?? null,
    isForeign: azure.isForeign ?? false,
  }
  return {
    code,
    message,
    reason: reason === message ? null : reason,
    cause: pullCause ?? null,
    quote: quote ?? null,
    fix,
    azure: said ?? null,
  }
}

/** Seconds to a tenth. */
function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
