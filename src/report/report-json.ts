import type { ActionError } from '../model/error.js'
import { nameOf, pinned, type ImageResult } from '../model/image.js'
import type { CheckedManifest } from '../model/manifest.js'
import type { NodePull } from '../model/outcome.js'
import { describeOperation, type Operation } from '../model/plan.js'
import { sameId } from '../model/resource-id.js'
import type { PairResult, Result } from '../model/run.js'

export type Report = ReturnType<typeof toReportJson>

/** The result as the contract's `report` JSON, schema version 1. */
export function toReportJson(result: Result) {
  return {
    schemaVersion: 1,
    mode: result.mode,
    attached: result.attached,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs: result.pairs.map(toPairJson),
    // What the action imports for itself is worth telling only where it is known.
    images: result.images
      .filter(({ image, digest, error }) => !image.request.isProbe || digest || error)
      .map(toImageJson),
    manifests: result.manifests.map(toManifestJson),
    plan: (result.plan?.operations ?? []).map(toOperationJson),
    findings: result.findings,
    unknown: result.unknown,
    notes: result.notes,
    error: result.error ? toErrorJson(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1000),
  }
}

function toOperationJson(operation: Operation) {
  return {
    operation: operation.operation,
    target: 'target' in operation ? operation.target.id : null,
    registry: 'registry' in operation ? operation.registry.id : null,
    principalId: 'principalId' in operation ? operation.principalId : null,
    group: 'groupId' in operation ? operation.groupId : null,
    ...('groupId' in operation && { memberId: operation.target.identity.objectId }),
    ...('principalType' in operation && {
      principalType: operation.principalType,
      role: operation.role.name,
      condition: operation.condition ?? null,
    }),
    description: describeOperation(operation),
    reason: operation.reason,
  }
}

/** An image as outputs and report name it. */
export function toImageJson(result: ImageResult) {
  const { image, status, digest, sizeInBytes, seconds, error } = result
  return {
    source: image.request.text,
    name: nameOf(image.request),
    image: pinned(result),
    digest,
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

function toPullJson({ node, pool, arch, image, verdict, message, attempts, startedAt, finishedAt }: NodePull) {
  return {
    node,
    pool,
    arch,
    image: image.reference,
    verdict,
    message: message || null,
    attempts,
    seconds: round((finishedAt - startedAt) / 1000),
  }
}

function toPairJson(pair: PairResult) {
  const { target, registry, asked } = pair
  const isAskedById = (!target || sameId(asked.target, target.id)) && (!registry || sameId(asked.registry, registry.id))
  return {
    target: target?.id ?? pair.asked.target,
    targetKind: target?.kind ?? 'cluster',
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
    ...(pair.lacks.length > 0 && { lacks: pair.lacks }),
    ...(!isAskedById && { asked }),
    error: pair.error ? toErrorJson(pair.error) : null,
  }
}

function toErrorJson({ code, message, fix, azure }: ActionError) {
  return { code, message, fix, azure: azure ?? null }
}

/** Seconds to a tenth. */
function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
