import { nameImage, pinned } from 'azure'
import type { ActionError } from 'kernel'
import { hashJob, readFleetEntry } from 'runner'
import { cut, toRunJson } from 'texts'
import { wordsOfOperation, isGrant, selectWantedBy } from 'run-model'
import type { CheckedImage, NodePull, Operation, PairResult, Result, Run } from 'run-model'

/** What all renderings show. Absent values are null, and no field is left out; `toReportJson` says what errors say in parts. */
export type Report = ReturnType<typeof toReport>

/** What only a merged report, or one that was cut, has. */
const noExtras: {
  jobs: { name: string; error: ReturnType<typeof toReportedError> | null; problem: string | null }[] | null
  /** The number of entries that an output leaves out of each list, and whether it leaves out the fixes. */
  omitted:
    | (Record<
        'pairs' | 'images' | 'manifests' | 'workloads' | 'plan' | 'findings' | 'unknown' | 'notes' | 'jobs',
        number
      > & { fixes: boolean })
    | null
} = { jobs: null, omitted: null }

/**
 * Maximum lengths that schemas/report.schema.json has for the texts whose length Azure and Kubernetes do not limit: those of the user's files and inputs, and those
 * of any service that answers.
 */
const maxLengths = { subject: 2048, source: 2048, file: 4096, resource: 1024, field: 1024, pattern: 512, code: 200 }

export function toReport(result: Result) {
  const { images } = result
  return {
    schemaVersion: 1,
    mode: result.mode,
    run: toRunJson(result.startedAt),
    job: hashJob() as string | null,
    entry: readFleetEntry(),
    attached: result.attached,
    ready: result.ready,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs: result.pairs.map(toPairJson),
    searched: result.observed?.searched ?? [],
    subscriptions: result.subscriptions,
    images: selectWantedBy('input', images).filter(isReported).map(toImageJson),
    manifests: selectWantedBy('manifest', images).map(toManifestJson),
    workloads: checkedWorkloads(result)?.map(({ error, ...row }) => row) ?? null,
    plan: (result.plan?.operations ?? []).map(toOperationJson),
    findings: result.findings.map(each => ({ ...each, subject: cut(each.subject, maxLengths.subject) })),
    unknown: result.unknown.map(({ subject, message, about }) => ({
      subject: cut(subject, maxLengths.subject),
      message,
      about: about ?? null,
    })),
    notes: result.notes,
    error: result.error ? toReportedError(result.error) : null,
    requests: result.requests,
    durationSeconds: round((result.finishedAt - result.startedAt) / 1000),
    ...noExtras,
  }
}

function toOperationJson(operation: Operation) {
  const change = 'groupId' in operation ? operation : undefined
  return {
    operation: operation.operation,
    target: 'target' in operation ? operation.target.id : null,
    registry: 'registry' in operation ? operation.registry.id : null,
    ...grantOf(operation),
    group: change?.groupId ?? null,
    memberId: change?.target.identity.objectId ?? null,
    description: wordsOfOperation(operation).name,
    reason: operation.reason,
  }
}

function grantOf(operation: Operation) {
  if (isGrant(operation)) {
    const { principalId, principalType, role, condition } = operation
    return { principalId, principalType, role: role.name, condition: condition || null }
  }
  const { role = null, assignment = null } = operation.operation === 'delete-role-assignment' ? operation : {}
  return { principalId: assignment?.principalId ?? null, principalType: null, role, condition: null }
}

/** Maximum number of nodes that are named although they were not asked: a report of more would be mostly these. */
const maxUnasked = 100

function toPairJson({ left, unasked, isBeyondRights, ...pair }: PairResult) {
  return {
    ...pair,
    pulls: pair.pulls.map(toPullJson),
    unasked: unasked && unasked.length <= maxUnasked ? unasked : null,
    limitedTo: pair.limitedTo?.map(pattern => cut(pattern, maxLengths.pattern)) ?? null,
    error: pair.error && toReportedError(pair.error),
  }
}

function toPullJson(pull: NodePull) {
  const { node, pool, arch, image, verdict, message, attempts, startedAt, finishedAt, cause } = pull
  return {
    node,
    pool,
    arch,
    image: image.reference,
    serviceAccount: image.account ?? null,
    verdict,
    layers: pull.layers ?? ('unknown' as const),
    cause: cause ?? null,
    message: message || null,
    attempts,
    firstRefusal: pull.firstRefusal ?? null,
    durationSeconds: round((finishedAt - startedAt) / 1000),
  }
}

/** Whether the report lists an image: the one that the action imports for its probe pods only if its state is known. */
function isReported({ request, digest, error }: CheckedImage<'input'>): boolean {
  return !request.isProbe || digest !== '' || error !== undefined
}

/** An image as the report names it. */
export function toImageJson(image: CheckedImage<'input'>) {
  const { request, registry, status, digest, sizeInBytes, seconds, isImportable, error } = image
  return {
    source: cut(request.text, maxLengths.source),
    name: nameImage(image),
    image: pinned(image) || null,
    digest: digest || null,
    status,
    registry: registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === undefined ? null : round(seconds),
    importable: status === 'missing' ? (isImportable ?? false) : null,
    error: error ? toReportedError(error) : null,
  }
}

function toManifestJson({ uses, registry, status, error }: CheckedImage<'manifest'>) {
  const [{ image, file, document, resource, field }] = uses
  return {
    image,
    registry: registry.id,
    status,
    file: cut(file, maxLengths.file),
    document,
    resource: cut(resource, maxLengths.resource),
    field: cut(field, maxLengths.field),
    error: error ? toReportedError(error) : null,
  }
}

/** A container of a workload, as the report has it. */
export interface CheckedWorkload extends Record<
  'namespace' | 'kind' | 'name' | 'container' | 'image' | 'runningDigest' | 'registryDigest',
  string | null
> {
  cluster: string
  status: CheckedImage<'workload'>['status']
  pods: number | null
  /** Why it is unknown: the code alone, because one reason can be that of ten thousand containers, and the report's list `unknown` has it once. */
  errorCode?: string
  /** What is wrong with its image, if this step has found it out; not in the report. */
  error?: Pick<ActionError, 'code' | 'said' | 'fix'> | undefined
}

/**
 * One row for each container of a workload, and one with nothing but the cluster for each cluster whose workloads could not be read. Undefined if no
 * workloads were checked.
 */
export function checkedWorkloads(run: Pick<Run, 'workloads' | 'images'>): CheckedWorkload[] | undefined {
  const { workloads, images } = run
  if (!workloads) return undefined
  const nothing = { namespace: null, kind: null, name: null, container: null, image: null, pods: null }
  const noDigests = { runningDigest: null, registryDigest: null }
  const unread = workloads.flatMap(({ error }): CheckedWorkload[] =>
    error
      ? [
          {
            cluster: error.resource || error.subject || '',
            ...nothing,
            ...noDigests,
            status: 'unknown',
            errorCode: error.code,
            error,
          },
        ]
      : [],
  )
  const read = selectWantedBy('workload', images).flatMap(({ uses, status, runningDigest, digest, error }) =>
    uses.map(({ cluster, namespace, kind, name, container, pods, image }): CheckedWorkload => {
      const digests = { runningDigest: runningDigest || null, registryDigest: digest || null }
      const row = { cluster, namespace, kind, name, container, pods, ...digests, image, status, error }
      return status === 'unknown' && error ? { ...row, errorCode: error.code } : row
    }),
  )
  return [...unread, ...read]
}

function toReportedError({ code, said, pullCause, fix, azure }: ActionError) {
  return {
    code,
    said,
    cause: pullCause ?? null,
    fix,
    azure: azure
      ? {
          status: azure.status ?? null,
          code: azure.code === undefined ? null : cut(azure.code, maxLengths.code),
          message: azure.message,
          correlationId: azure.correlationId === undefined ? null : cut(azure.correlationId, maxLengths.code),
          isForeign: azure.isForeign ?? false,
        }
      : null,
  }
}

/** Seconds to a tenth. */
function round(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
