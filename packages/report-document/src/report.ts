import { isUnread, nameImage, nameSource, pinned } from 'azure'
import { hashJob, readFleetEntry } from 'runner'
import { cut, toRunJson } from 'texts'
import { isGrant, judgeImage, selectWantedBy, withError, wordsOfOperation } from 'run-model'
import type { CheckedImage, NodePull, Operation, PairResult, Result, Run, State, Standing } from 'run-model'
import { toProblem, type Problem } from './problems.js'

/** The report in memory, of a run, of another job or of a fleet: what `toReportJson` writes, with everything judged. All that is shown is made of it. */
export type Report = Omit<ReturnType<typeof toReport>, 'own'> & {
  /** What only the run itself knows; null for another job's report, and for a fleet's. */
  own: ReturnType<typeof toReport>['own'] | null
}

/** A target and a registry. */
export type Pair = ReturnType<typeof toPair>

/** An image of the inputs; of the manifests; and one that runs. */
export type ImageRow = ReturnType<typeof toImageRow>
export type ManifestRow = ReturnType<typeof toManifestRow>

/**
 * Maximum lengths that schemas/report.schema.json has for the texts whose length Azure and Kubernetes do not limit: those of the user's files and inputs, and those
 * of any service that answers.
 */
export const maxLengths = {
  subject: 2048,
  source: 2048,
  file: 4096,
  resource: 1024,
  field: 1024,
  pattern: 512,
  code: 200,
}

/** What only a merged report, or one that was cut, has. */
const noExtras: {
  jobs: { name: string; error: Problem | null; problem: string | null }[] | null
  /** The number of entries that an output leaves out of each list, and whether it leaves out the fixes. */
  omitted:
    | (Record<
        'pairs' | 'images' | 'manifests' | 'workloads' | 'plan' | 'findings' | 'unknown' | 'notes' | 'jobs',
        number
      > & { fixes: boolean })
    | null
} = { jobs: null, omitted: null }

/** The report of a run that has ended. */
export function toReport(result: Result) {
  const { run, images, operations } = result
  const { mode, error } = run
  const pairs = result.pairs.map(toPair)
  const pulled = listPulled(pairs)
  return {
    mode,
    run: toRunJson(run.startedAt),
    job: hashJob() as string | null,
    entry: readFleetEntry(),
    attached: result.attached,
    ready: result.ready,
    changed: result.changed,
    drift: result.drift,
    verified: result.verified,
    pairs,
    searched: run.observed?.searched ?? [],
    subscriptions: result.subscriptions,
    images: selectWantedBy('input', images).filter(isReported).map(toImageRow),
    manifests: selectWantedBy('manifest', images).map(image => toManifestRow(image, pulled)),
    workloads: toWorkloadRows(run.workloads, images),
    plan: operations.map(toOperationRow),
    findings: result.findings.map(each => ({ ...each, subject: cut(each.subject, maxLengths.subject) })),
    unknown: result.unknown.map(({ subject, message, about }) => ({
      subject: cut(subject, maxLengths.subject),
      message,
      about: about ?? null,
    })),
    notes: result.notes,
    error: error ? toProblem(error) : null,
    requests: run.requests,
    durationSeconds: toTenths((run.finishedAt - run.startedAt) / 1000),
    ...noExtras,
    own: toOwn(result),
  }
}

/** What a run did and how, for its log, summary and outputs alone. */
function toOwn({ run, images, operations, errors }: Result) {
  const { inputs, observed, plan, outcomes, workloads, session, stages } = run
  const written = outcomes.filter(({ changed }) => changed).map(({ operation }) => operation)
  const probes = selectWantedBy('input', images).filter(({ request }) => request.isProbe)
  return {
    /** All distinct failures, in order. */
    errors,
    verify: inputs?.verify,
    repositories: inputs?.repositories ?? [],
    subscriptionId: inputs?.subscriptionId ?? '',
    isWithoutTargets: observed?.targets.length === 0,
    plan: plan && { operations, images: plan.images },
    written: written.map(wordsOfOperation),
    hasNewMember: written.some(({ operation }) => operation === 'add-group-member'),
    /** The images that the action imports for its probe pods. */
    probes: probes.map(({ request }) => cut(request.text, maxLengths.source)),
    clustersRead: workloads?.filter(({ error }) => !error).length ?? 0,
    caller: session && `${session.caller.name}, ${session.by}`,
    stages,
    ms: run.finishedAt - run.startedAt,
    loginServers: listLoginServers(run),
    identity: observed?.targets[0]?.value?.identity,
  }
}

/** Of each registry, in the order of the inputs; empty if it is not known. */
function listLoginServers({ observed }: Run): string[] {
  const registries = (observed?.registries ?? []).map(({ value, found }) => value?.registry ?? found)
  return registries.map(registry => registry?.loginServer ?? '')
}

function toPair({ standing, pulls, unasked, ...pair }: PairResult) {
  return {
    ...pair,
    standing: toReported(standing),
    pulls: pulls.map(toPullRow),
    unasked: unasked && unasked.length <= maxUnasked ? unasked : null,
  }
}

/** A standing with its error as plain data, and its patterns in their maximum length. */
function toReported(standing: PairResult['standing']): Standing<Problem> {
  const onlyTo = standing.onlyTo?.map(pattern => cut(pattern, maxLengths.pattern)) ?? null
  return withError({ ...standing, onlyTo }, toProblem)
}

/** Maximum number of nodes that are named although they were not asked: a report of more would be mostly these. */
const maxUnasked = 100

function toPullRow(pull: NodePull) {
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
    durationSeconds: toTenths((finishedAt - startedAt) / 1000),
  }
}

/** Whether the report lists an image: the one that the action imports for its probe pods only if its state is known. */
function isReported({ request, digest, error }: CheckedImage<'input'>): boolean {
  return !request.isProbe || digest !== '' || error !== undefined
}

/** An image of the inputs. */
export function toImageRow(image: CheckedImage<'input'>) {
  const { request, registry, status, digest, sizeInBytes, seconds, isImportable, error } = image
  return {
    source: cut(request.text, maxLengths.source),
    name: nameImage(image),
    image: pinned(image) || null,
    digest: digest || null,
    status,
    registry: registry.id,
    sizeInBytes: sizeInBytes ?? null,
    durationSeconds: seconds === undefined ? null : toTenths(seconds),
    importable: status === 'missing' ? (isImportable ?? false) : null,
    error: error ? toProblem(error) : null,
    /** Where it comes from, as texts name it. */
    from: nameSource(request),
    changed: image.changed,
    state: judgeImage({ status, isRead: !isUnread(image), error }),
  }
}

function toOperationRow(operation: Operation) {
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

/** An image of the manifests, with how nodes that pulled it prove that it is there. */
export function toManifestRow(
  { uses, registry, status, error }: CheckedImage<'manifest'>,
  pulled: ReadonlySet<string>,
) {
  const [{ image, file, document, resource, field }] = uses
  return {
    image,
    registry: registry.id,
    status,
    file: cut(file, maxLengths.file),
    document,
    resource: cut(resource, maxLengths.resource),
    field: cut(field, maxLengths.field),
    error: error ? toProblem(error) : null,
    state: judgeManifest({ image, status, error }, pulled),
  }
}

/** The state of an image of the manifests: the nodes find out what the runner could not read. @param pulled the images that nodes have pulled */
export function judgeManifest(
  { image, status, error }: { image: string; status: string; error?: Problem | null | undefined },
  pulled: ReadonlySet<string>,
): State {
  const isPulled = status === 'unknown' && pulled.has(image)
  return judgeImage({ status: isPulled ? 'present' : status, isRead: !error })
}

/** The images that nodes have pulled, by the names that were asked for. */
export function listPulled(
  pairs: readonly { pulls: readonly { verdict: string; image: string }[] }[],
): ReadonlySet<string> {
  return new Set(
    pairs.flatMap(({ pulls }) => pulls.flatMap(({ verdict, image }) => (verdict === 'pulled' ? image : []))),
  )
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
  error?: Problem | undefined
  state: State
}

/**
 * One row for each container of a workload, and one with nothing but the cluster for each cluster whose workloads could not be read. Null if no
 * workloads were checked.
 */
export function toWorkloadRows(workloads: Run['workloads'], images: readonly CheckedImage[]): CheckedWorkload[] | null {
  if (!workloads) return null
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
            error: toProblem(error),
            state: 'unknown',
          },
        ]
      : [],
  )
  const read = selectWantedBy('workload', images).flatMap(({ uses, status, runningDigest, digest, error }) =>
    uses.map(({ cluster, namespace, kind, name, container, pods, image }): CheckedWorkload => {
      const digests = { runningDigest: runningDigest || null, registryDigest: digest || null }
      const row = { cluster, namespace, kind, name, container, pods, ...digests, image, status }
      const judged = { ...row, error: error && toProblem(error), state: judgeImage({ status, isRead: true }) }
      return status === 'unknown' && error ? { ...judged, errorCode: error.code } : judged
    }),
  )
  return [...unread, ...read]
}

/** Seconds to a tenth. */
function toTenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}
