import type { Finding, Unknown } from '../model/finding.js'
import { cancelled, isGone, type ActionError, type ErrorCode } from '../model/error.js'
import { isUnread, pinned, type ImageResult } from '../model/image.js'
import type { Outcome } from '../model/outcome.js'
import { describeLack, isCreation, type Access, type PlannedPair } from '../model/plan.js'
import { findIdle, findRemaining } from '../model/remaining.js'
import { describeUnread, findNotCompared } from '../model/uncompared.js'
import { sameId } from '../model/resource-id.js'
import { concludeImages, hasAccess, type PairResult, type PairStatus, type Result, type Run } from '../model/run.js'
import type { Mode, VerifyLevel } from '../model/wanted.js'
import { nameSome } from './text.js'

/** Concludes the result of a run: pairs, images, findings, failures. */
export function conclude(run: Run): Result {
  const pairs = concludePairs(run)
  const missing = pairs.filter(({ status }) => status === 'missing')
  const images = concludeImages(run)
  const isCheck = run.inputs?.mode === 'check'
  const gone = isCheck ? run.manifests.filter(({ status }) => status === 'missing') : []
  const lacking = [...images.filter(({ status }) => status === 'missing'), ...gone]
  const failures = [
    // An image that a manifest names and that does not exist is why nodes have nothing to pull, so it comes first.
    ...run.manifests.flatMap(each => (each.error && !gone.includes(each) ? each.error : [])),
    ...[...pairs, ...images].flatMap(({ status, error }) =>
      (status === 'failed' || status === 'unknown') && error ? error : [],
    ),
  ]
  // A pair shows its first failure; of two operations of a pair both may have failed.
  const errors = distinctErrors([run.error, ...failures, ...run.outcomes.map(({ error }) => error)])
  const attached = pairs.length > 0 && pairs.every(hasAccess)
  return {
    ...run,
    pairs,
    errors,
    attached,
    drift: missing.length + lacking.length > 0,
    images,
    changed: run.outcomes.some(({ changed }) => changed) || images.some(image => image.changed),
    verified: weakest(pairs),
    findings: distinctOf(
      [...findLasting(run, pairs), ...run.findings, ...findNotCompared(images)],
      ({ code, subject, message }) => [code, subject, message].join(' '),
    ),
    unknown: concludeUnknown(run, pairs, images),
    notes: [...new Set([...noteTokens(pairs, run), ...noteUnprobed(pairs, run), ...run.notes, ...noteImages(images)])],
  }
}

/** The findings of the plan, without those that `attach` has put right: a role that nodes boot by, and that they have now. */
function findLasting({ mode, plan }: Run, pairs: readonly PairResult[]): Finding[] {
  const booting = pairs.flatMap(({ status, target, registry }) =>
    status === 'attached' && target && sameId(target.bootstrapRegistryId ?? '', registry?.id ?? '') ? target.id : [],
  )
  const isRepaired = ({ code, subject }: Finding): boolean => code === 'BOOTSTRAP_REGISTRY' && booting.includes(subject)
  return (plan?.findings ?? []).filter(finding => mode !== 'attach' || !isRepaired(finding))
}

/**
 * The note that nodes keep the tokens that they hold after a `detach` (kubelet keeps a registry's token for up to an hour: cloud-provider-azure
 * pull request 9974).
 */
function noteTokens(pairs: readonly PairResult[], { mode }: Run): string[] {
  const names = new Set(pairs.flatMap(({ changed, registry }) => (changed && registry ? registry.name : [])))
  return mode === 'detach' && names.size > 0
    ? [`Nodes may go on pulling from ${[...names].join(', ')} for up to an hour, with tokens that they hold already.`]
    : []
}

/** Clusters and registries that one note names. */
const mostUnprobed = 5

/** The note that the nodes of what lacks its role were not asked to pull: a `check` gives no role, so they would be refused. */
function noteUnprobed(pairs: readonly PairResult[], { mode, inputs }: Run): string[] {
  if (mode !== 'check' || inputs?.verify !== 'pull') return []
  const names = pairs.flatMap(({ lacks, pulls, target, registry }) =>
    lacks.length > 0 && pulls.length === 0 && target && registry ? `${target.name} on ${registry.name}` : [],
  )
  if (names.length === 0) return []
  return [`no node was asked to pull where the role is missing: ${nameSome(names, mostUnprobed)}`]
}

/** Notes about images, without those about unknown ones, because `unknown` has these. */
function noteImages(images: readonly ImageResult[]): string[] {
  return images.flatMap(image => (isUnread(image) ? [] : image.notes))
}

/** Everything that could not be looked at, each thing once. */
function concludeUnknown({ observed, plan, unknown }: Run, pairs: PairResult[], images: ImageResult[]): Unknown[] {
  const all: { subject: string; message: string; resource?: string | undefined }[] = [
    ...pairs.flatMap(({ status, error, target, registry, asked }) => {
      const subject = registry ? (target?.id ?? asked.target) : asked.registry
      return status === 'unknown' && error ? { subject, message: error.message, resource: error.resource } : []
    }),
    ...[...(observed?.unreadRoles.values() ?? [])].map(({ subject = '', message, resource }) => ({
      subject,
      message,
      resource,
    })),
    ...(plan?.unknown ?? []),
    ...images.filter(isUnread).map(result => ({ subject: pinned(result), message: describeUnread(result) })),
    ...unknown,
  ]
  return distinctOf(all, ({ message, resource = '' }) => [resource, message].join(' ')).map(({ subject, message }) => ({
    subject,
    message,
  }))
}

type Outcomes = ReadonlyMap<unknown, Outcome>

/** Every target with every registry, targets first: those that were planned, and those that were not found or could not be read. */
function concludePairs(run: Run): PairResult[] {
  const { targets = [], registries = [], unread = [] } = run.observed ?? {}
  const outcomes = new Map(run.outcomes.map(outcome => [outcome.operation, outcome]))
  const rows = new Map(targets.flatMap((each, index) => ('found' in each ? [[each.found, index] as const] : [])))
  const columns = new Map(
    registries.flatMap((each, index) => ('found' in each ? [[each.found.registry, index] as const] : [])),
  )
  const rankOf = ({ target, registry }: Found): number =>
    (rows.get(target) ?? 0) * registries.length + (columns.get(registry) ?? 0)
  const askedOf = ({ target, registry }: Found): PairResult['asked'] => ({
    target: targets[rows.get(target) ?? -1]?.asked ?? target.name,
    registry: registries[columns.get(registry) ?? -1]?.asked ?? registry.name,
  })
  const planned = (run.plan?.pairs ?? []).map(pair => ({
    rank: rankOf(pair),
    pair: concludePair(pair, askedOf(pair), outcomes, run),
  }))
  const unplanned = unread.map(({ error, ...found }) => ({
    rank: rankOf(found),
    pair: concludeLost({ ...found, asked: askedOf(found) }, error, run),
  }))
  const lost = targets.flatMap((target, row) =>
    registries.flatMap((registry, column) => {
      const error = 'error' in target ? target.error : 'error' in registry ? registry.error : undefined
      if (!error) return []
      const found = {
        ...('found' in target && { target: target.found }),
        ...('found' in registry && { registry: registry.found.registry }),
        asked: { target: target.asked, registry: registry.asked },
      }
      return [{ rank: row * registries.length + column, pair: concludeLost(found, error, run) }]
    }),
  )
  return [...planned, ...unplanned, ...lost].sort((a, b) => a.rank - b.rank).map(({ pair }) => pair)
}

type Found = Pick<PlannedPair, 'target' | 'registry'>

/** A pair that there is no plan for. */
function concludeLost(
  known: Pick<PairResult, 'target' | 'registry' | 'asked'>,
  error: ActionError,
  { mode, outcomes }: Run,
): PairResult {
  const changed = outcomes.some(outcome => outcome.changed && outcome.error === error)
  return { ...nothing, ...known, role: '', changed, status: statusOf(error, mode), error }
}

const nothing = {
  grantedBy: null,
  scope: '',
  roleAssignmentId: '',
  verified: 'none' as const,
  pulls: [],
  lacks: [],
}

/**
 * What an error makes of a pair that could not be planned: in `check` only what is known to be gone is drift, and what could not be read is neither.
 */
function statusOf({ code }: ActionError, mode: Mode): PairStatus {
  if (mode !== 'check' || definite.includes(code)) return 'failed'
  // What was there once is drift, like a grant that was deleted.
  return isGone(code) || code === 'PRINCIPAL_NOT_FOUND' ? 'missing' : 'unknown'
}

/** The errors of a pair that do not depend on its role assignments. */
const definite: readonly ErrorCode[] = ['INVALID_INPUT', 'AMBIGUOUS_NAME', 'REGISTRY_UNREACHABLE', 'CLUSTER_STOPPED']

function concludePair(pair: PlannedPair, asked: PairResult['asked'], outcomes: Outcomes, run: Run): PairResult {
  const { target, registry, role } = pair
  const { mode } = run
  const verification = run.verifications.get(pair)
  const common = {
    target,
    registry,
    asked,
    grantedBy: pair.access?.grantedBy ?? null,
    role: pair.access?.role ?? role.name,
    scope: pair.access?.assignment.scope ?? '',
    roleAssignmentId: pair.access?.assignment.id ?? '',
    changed: pair.operations.some(operation => outcomes.get(operation)?.changed),
    verified: 'none' as const,
    pulls: verification?.pulls ?? [],
    lacks: pair.operations.filter(operation => !isDone(outcomes.get(operation))).map(describeLack),
    ...(pair.limitedTo && mode === 'check' && { limitedTo: pair.limitedTo }),
  }
  const error = pair.error ?? (mode === 'detach' ? undefined : run.dead.get(target))
  if (error) return { ...common, status: statusOf(error, mode), error }
  if (pair.doubt && mode !== 'attach') return { ...common, lacks: [], status: 'unknown', error: pair.doubt }
  if (pair.operations.every(isCreation) && registry.exists) {
    const pullError = verification?.error ?? (isUnproven(pair, run) ? (run.error ?? cancelled()) : undefined)
    if (pullError) {
      const isDrift = mode === 'check' && ['PULL_DENIED', 'IMAGE_NOT_FOUND'].includes(pullError.code)
      // Azure reports the grant all the same.
      return {
        ...common,
        status: isDrift ? 'missing' : statusOf(pullError, mode),
        verified: 'assignment',
        error: pullError,
      }
    }
    const verified = verification?.verified ?? reported(run)
    if (mode === 'detach') return { ...common, left: findLeft(pair, run), status: 'detached', verified }
    return { ...common, status: 'attached', verified }
  }
  if (mode === 'check') return { ...common, status: 'missing', verified: pair.access ? reported(run) : 'none' }
  return concludeWritten(pair, common, outcomes, run)
}

/** How access that was there already is verified: Azure reported it when it was asked for it. */
const reported = ({ inputs }: Run): VerifyLevel => (inputs?.verify === 'none' ? 'none' : 'assignment')

const isDone = (outcome: Outcome | undefined): boolean => outcome !== undefined && !outcome.error

/** Whether the run ended before the proof that was asked for. */
function isUnproven(pair: PlannedPair, { inputs, verifications, error }: Run): boolean {
  const isCluster = pair.target.kind === 'cluster'
  return inputs?.verify === 'pull' && isCluster && !verifications.has(pair) && error !== undefined
}

function concludeWritten(
  pair: PlannedPair,
  common: Omit<PairResult, 'status'>,
  outcomes: Outcomes,
  run: Run,
): PairResult {
  const { inputs, verifications, error: runError } = run
  const ended = pair.operations.map(operation => outcomes.get(operation))
  const missing = ended.some(outcome => outcome === undefined) ? (runError ?? cancelled()) : undefined
  const error = ended.find(outcome => outcome?.error)?.error ?? missing
  if (error) return { ...common, status: 'failed', error }

  const written = {
    ...common,
    ...(inputs?.mode === 'detach' ? { ...nothingHeld, left: findLeft(pair, run) } : findGrant(pair, ended)),
  }
  const status = inputs?.mode === 'detach' ? 'detached' : 'attached'
  if (inputs?.verify === 'none') return { ...written, status }
  const verification = verifications.get(pair)
  const verifyError = verification ? verification.error : (runError ?? cancelled())
  if (verifyError) return { ...written, status: 'failed', error: verifyError }
  const { propagationSeconds } = verification ?? {}
  return {
    ...written,
    status,
    verified: verification?.verified ?? 'none',
    ...(common.changed && propagationSeconds !== undefined && { propagationSeconds }),
  }
}

const nothingHeld = { grantedBy: null, scope: '', roleAssignmentId: '' }

/** The access that remains after a `detach`. */
function findLeft(pair: PlannedPair, { observed, inputs, outcomes, lapses }: Run): Access[] {
  return findRemaining(pair, observed?.roles ?? new Map(), inputs?.group ?? '', { idle: findIdle(outcomes), lapses })
}

/** The assignment that gives access after the writes: the last one written or, when only a membership was, the group's that was there. */
function findGrant(pair: PlannedPair, outcomes: (Outcome | undefined)[]): Partial<PairResult> {
  const written = outcomes.findLast(outcome => outcome && 'principalType' in outcome.operation)
  if (written && 'principalType' in written.operation) {
    const { scope, role, principalType } = written.operation
    const grantedBy = principalType === 'Group' ? 'group' : 'direct'
    return { grantedBy, role: role.name, scope, roleAssignmentId: written.roleAssignmentId ?? '' }
  }
  const [ofGroup] = pair.groupAssignments
  return ofGroup ? { grantedBy: 'group', scope: ofGroup.scope, roleAssignmentId: ofGroup.id } : {}
}

/** Each failure once, because a registry that is not found fails every pair. */
function distinctErrors(errors: (ActionError | undefined)[]): ActionError[] {
  const present = errors.filter(error => error !== undefined)
  return distinctOf(present, ({ code, resource = '', message }) => [code, resource, message].join(' '))
}

/** The first of each key. */
function distinctOf<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map([...items].reverse().map(item => [keyOf(item), item])).values()].reverse()
}

const levels: VerifyLevel[] = ['none', 'assignment', 'pull']

/** The weakest level that holds for every pair; `none` where there is no pair. */
export function weakest(pairs: { verified: VerifyLevel }[]): VerifyLevel {
  return levels.find(level => pairs.some(({ verified }) => verified === level)) ?? 'none'
}
