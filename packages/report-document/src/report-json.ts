import { isIdentityId, type Target } from 'azure'
import {
  describeOperation,
  explainLost,
  isCreation,
  isGrant,
  isMembershipChange,
  type Operation,
  type PairResult,
  type Result,
  selectWantedBy,
} from 'run-model'
import { round, toErrorJson, type ReportedError } from './error-json.js'
import { isReported, toImageJson, toManifestJson } from './image-json.js'
import { toPullJson } from './pull-json.js'
import { workloadRows } from './workload-rows.js'

/** The contract's `report`, which schemas/report.schema.json describes: absent values are null, and no field is left out. */
export type Report = ReturnType<typeof toReportJson>

export type ReportList =
  'pairs' | 'images' | 'manifests' | 'workloads' | 'plan' | 'findings' | 'unknown' | 'notes' | 'jobs'

/** What only a merged report, or one that was cut, has. */
interface Extras {
  /** The jobs whose reports were merged. */
  jobs: { name: string; error: ReportedError | null; problem: string | null }[] | null
  /** The number of entries that an output leaves out. */
  omitted: (Record<ReportList, number> & { fixes: boolean }) | null
}

const noExtras: Extras = { jobs: null, omitted: null }

export function toReportJson(result: Result) {
  const { images } = result
  return {
    schemaVersion: 1,
    mode: result.mode,
    attached: result.attached,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs: result.pairs.map(pair => toPairJson(pair, result)),
    searched: result.observed?.searched ?? [],
    images: selectWantedBy('input', images).filter(isReported).map(toImageJson),
    manifests: selectWantedBy('manifest', images).map(toManifestJson),
    workloads: workloadRows(result)?.map(({ row }) => row) ?? null,
    plan: (result.plan?.operations ?? []).map(toOperationJson),
    findings: result.findings,
    unknown: result.unknown.map(({ subject, message, about }) => ({ subject, message, about: about ?? null })),
    notes: result.notes,
    error: result.error ? toErrorJson(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1000),
    ...noExtras,
  }
}

function toOperationJson(operation: Operation) {
  const change = isMembershipChange(operation) ? operation : undefined
  return {
    operation: operation.operation,
    target: isCreation(operation) ? null : operation.target.id,
    registry: isMembershipChange(operation) ? null : operation.registry.id,
    ...grantOf(operation),
    group: change?.groupId ?? null,
    memberId: change?.target.identity.objectId ?? null,
    description: describeOperation(operation),
    reason: operation.reason,
  }
}

function grantOf(operation: Operation) {
  if (isGrant(operation)) {
    const { principalId, principalType, role, condition } = operation
    return { principalId, principalType, role: role.name, condition: condition || null }
  }
  const role = operation.operation === 'delete-role-assignment' ? operation.role : null
  const principalId = operation.operation === 'delete-role-assignment' ? operation.assignment.principalId : null
  return { principalId, principalType: null, role, condition: null }
}

function toPairJson(pair: PairResult, run: Result) {
  const { target, registry, asked } = pair
  return {
    target: target?.id ?? pair.asked.target,
    targetKind: target?.kind ?? (isIdentityId(asked.target) ? 'kubelet-identity' : 'cluster'),
    principalId: target?.identity.objectId ?? null,
    identitySeen: target ? isIdentitySeen(target, pair, run) : null,
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

/** Whether this run saw that the pull identity exists: Azure Resource Manager or the directory showed it, or a node has pulled with it. */
function isIdentitySeen(target: Target, { verified, error }: PairResult, { observed }: Result): boolean {
  if (error?.code === 'PRINCIPAL_NOT_FOUND') return false
  const identity = observed?.identities.get(target)
  return verified === 'pull' || (!identity?.why && !explainLost(identity))
}
