import { isIdOf, weakest } from 'azure'
import type { VerifyLevel } from 'azure'
import { cancelled, distinctOf, isGone, valuesOf, type ActionError, type Finding } from 'kernel'
import {
  explainLost,
  findRemaining,
  hasAccess,
  isCreation,
  isDrifted,
  isForMove,
  isGrant,
  lackOf,
  createOutcomeOf,
  selectForToday,
  selectWantedBy,
} from 'run-model'
import type {
  CheckedImage,
  IdentityState,
  Observed,
  Outcome,
  PairResult,
  PlannedPair,
  Result,
  Run,
  Verification,
} from 'run-model'
import { concludeFindings, concludeNotes, concludeSubscriptions, concludeUnknown } from './conclude-findings.js'
import { concludeImages, describeUnreadRunning, isThere, selectUnread } from './conclude-images.js'
import { findUnserved } from './conclude-endpoints.js'
import { findUnreached, isDone, placeOf } from './conclude-reach.js'

export function conclude(run: Run): Result {
  const pairs = concludePairs(run)
  const imported = concludeImages(run)
  const images = [...imported, ...run.images.filter(({ wantedBy }) => wantedBy !== 'input')]
  const unread = selectUnread(images, pairs)
  const isCheck = run.inputs?.mode === 'check'
  const errors = listErrors(run, pairs, images)
  const attached = pairs.length > 0 && pairs.every(hasAccess)
  const drift = isCheck && (pairs.some(isDrifted) || images.some(isLacking))
  const outside = { unreached: findUnreached(run, pairs, images), unserved: findUnserved(images, pairs) }
  const findings = concludeFindings(run, pairs, unread, outside, images)
  const isFailed = errors.length > 0 || (drift && run.inputs.failOnDrift)
  const isWithinReach = outside.unreached.length === 0 && outside.unserved.length === 0
  const holdsAll =
    attached && arePairsProven(pairs, run) && isWithinReach && areImagesReady(run, images, pairs, findings)
  return {
    ...run,
    ...planWithoutLost(run),
    pairs,
    subscriptions: concludeSubscriptions(run, pairs),
    errors,
    attached,
    ready: holdsAll && !isFailed,
    drift,
    images,
    changed: run.outcomes.some(({ changed }) => changed) || imported.some(image => image.changed),
    verified: weakest(pairs),
    findings,
    unknown: concludeUnknown(run, pairs, unread, outside),
    notes: concludeNotes(run, pairs, imported),
  }
}

/** Whether nodes can't pull the image, which `check` tells as drift instead of a failure. */
function isLacking({ status }: CheckedImage): boolean {
  return ['missing', 'locked', 'gone'].includes(status)
}

function listErrors(run: Run, pairs: readonly PairResult[], images: readonly CheckedImage[]): ActionError[] {
  const isCheck = run.inputs?.mode === 'check'
  const errorsOf = (wantedBy: 'input' | 'manifest'): (ActionError | undefined)[] =>
    selectWantedBy(wantedBy, images).map(image => (isCheck && isLacking(image) ? undefined : image.error))
  return distinctErrors([
    run.error,
    // If nodes have nothing to pull, a missing image of a manifest is why, so it comes first.
    ...errorsOf('manifest'),
    ...pairs.map(({ status, error }) => (status === 'failed' || status === 'unknown' ? error : null)),
    ...errorsOf('input'),
    // In `check`, running images that could not be checked are failures, like pairs.
    ...(isCheck ? describeUnreadRunning(run).map(({ error }) => error) : []),
    // A pair shows only its first failure, but both of its operations may have failed.
    ...run.outcomes.map(({ error }) => error),
  ])
}

/** Whether every image that was asked for is known to be there for the nodes. */
function areImagesReady(
  { inputs }: Run,
  images: readonly CheckedImage[],
  pairs: readonly PairResult[],
  findings: readonly Finding[],
): boolean {
  if (inputs?.manifestDoubts.length || findings.some(isAboutImage)) return false
  return images.every(each => isThere(each, pairs))
}

/** A warning about an image that was asked for: no node can pull it, or nobody knows. */
function isAboutImage({ code, severity }: Finding): boolean {
  return severity === 'warning' && (code === 'IMAGE_OUT_OF_REACH' || code === 'IMAGE_NOT_PROBED')
}

/**
 * Whether the requested proof holds for each pair, and nobody is known to be unable to pull: because the cluster is stopped, its secrets have ended, or the
 * registry lets nobody in. An identity without a cluster has no nodes that could pull.
 */
function arePairsProven(pairs: readonly PairResult[], { inputs, observed }: Run): boolean {
  const targets = new Map(valuesOf(observed?.targets ?? []).map(target => [target.id, target]))
  const sealed = new Set(
    valuesOf(observed?.registries ?? []).flatMap(({ registry }) => (registry.isSealed ? registry.id : [])),
  )
  return pairs.every(({ target, targetKind, registry, verified }) => {
    const { isStopped, identity } = targets.get(target) ?? {}
    if (isStopped) return false
    if (verified === 'pull') return true
    if (sealed.has(registry) || identity?.secret?.value?.haveAllEnded) return false
    return inputs?.verify !== 'pull' || targetKind === 'kubelet-identity'
  })
}

/** The plan without operations that only serve targets whose pull identity no longer exists: a grant to its object ID would let nobody pull. */
function planWithoutLost({ plan, observed }: Run): Pick<Run, 'plan'> {
  const alive = plan?.pairs.filter(({ target }) => !explainLost(observed?.identities.get(target))) ?? []
  if (!plan || alive.length === plan.pairs.length) return {}
  const needed = new Set(alive.flatMap(({ operations }) => operations))
  return { plan: { ...plan, operations: plan.operations.filter(each => needed.has(each)) } }
}

/** Every target with every registry, targets first, including those that were not found or could not be read. */
function concludePairs(run: Run): PairResult[] {
  const { targets = [], registries = [], lost = [], identities } = run.observed ?? {}
  const outcomeOf = createOutcomeOf(run.outcomes)
  const known = [...(run.plan?.pairs ?? []), ...lost]
  const byPlace = new Map(known.map(pair => [placeOf(pair.target.id, pair.registry.id), pair]))
  return targets.flatMap(target =>
    registries.flatMap((registry): PairResult | [] => {
      const row = startRow(target, registry)
      const identity = target.value && identities?.get(target.value)
      const seen = (ended: PairResult): PairResult => ({ ...ended, identitySeen: isIdentitySeen(ended, identity) })
      const pair = byPlace.get(placeOf(row.target, row.registry))
      if (pair && 'operations' in pair) return seen(concludePair(pair, row, outcomeOf, run))
      // A target of which nothing can be known, or not yet, does not hide what is known about the registry.
      const isOpen = target.error?.isUnknowable
      const notFound = (isOpen ? registry.error : undefined) ?? target.error ?? registry.error
      const error = pair?.error ?? notFound
      if (!error) return []
      const changed = run.outcomes.some(outcome => outcome.changed && outcome.error === error)
      return seen({ ...row, changed, status: statusOf(error, run.mode), error })
    }),
  )
}

function startRow(
  { asked: target, value: found }: Observed['targets'][number],
  { asked: registry, value, found: refused }: Observed['registries'][number],
): PairResult {
  const there = value?.registry ?? refused
  return {
    target: found?.id ?? target,
    targetKind: found?.kind ?? (isIdOf('kubelet-identity', target) ? 'kubelet-identity' : 'cluster'),
    principalId: found?.identity.objectId ?? null,
    identitySeen: null,
    registry: there?.id ?? registry,
    loginServer: there?.loginServer || null,
    status: 'unknown',
    grantedBy: null,
    role: null,
    scope: null,
    roleAssignmentId: null,
    changed: false,
    verified: 'none',
    propagationSeconds: null,
    pulls: [],
    unasked: null,
    lacks: [],
    limitedTo: null,
    asked: { target, registry },
    error: null,
  }
}

function isIdentitySeen({ principalId, verified, error }: PairResult, identity?: IdentityState): boolean | null {
  if (principalId === null) return null
  if (error?.code === 'PRINCIPAL_NOT_FOUND') return false
  return verified === 'pull' || (!identity?.why && !explainLost(identity))
}

/** The status of a pair with an error: in `check`, only a missing resource is drift; one that could not be read is unknown. */
function statusOf(error: ActionError, mode: Run['mode']): PairResult['status'] {
  const { code } = error
  if (mode !== 'check' || definite.includes(code)) return 'failed'
  if (error.isUnknowable) return 'unknown'
  // It existed once, so this is drift like a deleted grant.
  const isLost = isGone(code) || ['PRINCIPAL_NOT_FOUND', 'DRIFT', 'NO_PRIVATE_ENDPOINT'].includes(code)
  return isLost ? 'missing' : 'unknown'
}

/** Errors of a pair that have nothing to do with its role assignments. */
const definite: readonly ActionError['code'][] = [
  'INVALID_INPUT',
  'AMBIGUOUS_NAME',
  'REGISTRY_UNREACHABLE',
  'CLUSTER_STOPPED',
]

function concludePair(
  pair: PlannedPair,
  row: PairResult,
  outcomeOf: ReturnType<typeof createOutcomeOf>,
  run: Run,
): PairResult {
  const { mode } = run
  const common = describePair(pair, row, outcomeOf, run)
  const error = pair.error ?? (mode !== 'detach' ? explainLost(run.observed?.identities.get(pair.target)) : undefined)
  if (error) return concludeFailed(error, common, mode)
  if (pair.unknown && mode !== 'attach') return concludeUnknownAccess(pair.unknown, pair, common, run)
  // What only counts after a move of the registry takes nothing from today's pulls.
  const needed = mode === 'check' ? selectForToday(pair, pair.operations) : pair.operations
  if (needed.every(isCreation) && pair.registry.exists) return concludeUnwritten(pair, common, run)
  if (mode === 'check') return concludeDrift(pair, common, run)
  return concludeWritten(pair, common, outcomeOf, run)
}

/** A pair that failed before anything was planned for it. */
function concludeFailed(error: ActionError, common: PairResult, mode: Run['mode']): PairResult {
  // The desired role may be ignored while another one gives access, and a network that is closed takes no role away.
  const isBeyondRights = error.code === 'DRIFT' || error.code === 'NO_PRIVATE_ENDPOINT'
  return { ...common, status: statusOf(error, mode), error, ...(isBeyondRights && { isBeyondRights }) }
}

/** A pair whose access could not be read: if the registry has refused a node of it, that is known all the same. */
function concludeUnknownAccess(error: ActionError, pair: PlannedPair, common: PairResult, run: Run): PairResult {
  const refusal = isRefused(common) ? findPullError(pair, run)?.error : undefined
  if (refusal) return { ...common, grantedBy: null, lacks: [], status: 'missing', error: refusal }
  return { ...common, lacks: [], status: 'unknown', error }
}

/** What is said of a pair however it ended. */
function describePair(
  pair: PlannedPair,
  row: PairResult,
  outcomeOf: ReturnType<typeof createOutcomeOf>,
  { mode, verifications }: Run,
): PairResult {
  const { access, role, operations, limitedTo } = pair
  return {
    ...row,
    grantedBy: access?.grantedBy ?? null,
    role: access?.role ?? role.name,
    scope: access?.assignment.scope ?? null,
    roleAssignmentId: access?.assignment.id ?? null,
    changed: operations.some(operation => outcomeOf(operation)?.changed),
    pulls: verifications.get(pair)?.pulls ?? [],
    unasked: verifications.get(pair)?.unasked ?? null,
    lacks: operations.flatMap(each => (isDone(outcomeOf(each)) ? [] : (lackOf(each) ?? []))),
    limitedTo: mode === 'check' ? (limitedTo ?? null) : null,
  }
}

/** A pair for which nothing had to be written. */
function concludeUnwritten(pair: PlannedPair, common: PairResult, run: Run): PairResult {
  const { mode, verifications } = run
  const { error, isBeyondRights } = findPullError(pair, run) ?? {}
  // Azure reports the grant nevertheless.
  if (error)
    return {
      ...common,
      status: statusOfPull(error, common, mode),
      verified: 'assignment',
      error,
      ...(isBeyondRights && { isBeyondRights }),
    }
  const verified = verifications.get(pair)?.verified ?? reported(run)
  if (mode === 'detach') return { ...common, ...findLeft(pair, run), status: 'detached', verified }
  const doubt = verified === 'pull' ? undefined : findDoubt(pair, run)
  if (doubt) return { ...common, status: 'unknown', error: doubt }
  return { ...common, status: 'attached', verified }
}

/** Why the requested proof does not hold. The run may have ended before it. */
function findPullError(
  pair: PlannedPair,
  { inputs, verifications, error }: Run,
): Pick<Verification, 'error' | 'isBeyondRights'> | undefined {
  const isUnasked = error !== undefined && inputs?.verify === 'pull' && pair.target.kind === 'cluster'
  return verifications.get(pair) ?? (isUnasked ? { error, isBeyondRights: true } : undefined)
}

/** The status of a pair whose nodes did not pull: in `check`, a refusal is drift, also by one node if the error is about another. */
function statusOfPull(error: ActionError, pair: PairResult, mode: Run['mode']): PairResult['status'] {
  const isDrift = isRefused(pair) || ['PULL_DENIED', 'IMAGE_NOT_FOUND', 'AZURE_REFUSED'].includes(error.code)
  return isDrift && mode === 'check' ? 'missing' : statusOf(error, mode)
}

/** Whether the registry has refused a node. */
const isRefused = ({ pulls }: PairResult): boolean => pulls.some(({ verdict }) => verdict === 'denied')

/** In `check`, why it is unknown whether the pull identity still exists. A run that ended early has not asked the directory. */
function findDoubt({ target }: PlannedPair, { mode, error, observed }: Run): ActionError | undefined {
  const identity = observed?.identities.get(target)
  return mode === 'check' && !error && identity?.state === 'unknown' ? identity.error : undefined
}

/** A pair of a `check` for which `attach` would write. */
function concludeDrift({ access }: PlannedPair, common: PairResult, run: Run): PairResult {
  if (!access) return { ...common, status: 'missing', verified: 'none' }
  // A broader role is access, and `lacks` has the pull role that attach would add.
  const status = access.grantedBy === 'broader-role' ? 'attached' : 'missing'
  return { ...common, status, verified: reported(run) }
}

/** How access that already existed is verified: Azure reported it. */
const reported = ({ inputs }: Run): VerifyLevel => (inputs?.verify === 'none' ? 'none' : 'assignment')

function concludeWritten(
  pair: PlannedPair,
  common: PairResult,
  outcomeOf: ReturnType<typeof createOutcomeOf>,
  run: Run,
): PairResult {
  const { inputs, verifications, error: runError } = run
  const ended = pair.operations.map(outcomeOf)
  const error = findWriteError(ended, runError)
  // What failed to be written takes nothing from access that was there before.
  if (error) return { ...common, status: 'failed', error, ...(inputs?.mode === 'attach' && { isBeyondRights: true }) }

  const isDetached = inputs?.mode === 'detach'
  const held = isDetached ? findLeft(pair, run) : findGrant(pair, ended)
  const written: PairResult = { ...common, ...held, status: isDetached ? 'detached' : 'attached' }
  if (inputs?.verify === 'none') return written
  const verification = verifications.get(pair) ?? unverified(runError)
  const { error: refusal, isBeyondRights } = verification
  if (refusal) return { ...written, status: 'failed', error: refusal, ...(isBeyondRights && { isBeyondRights }) }
  const { verified, propagationSeconds } = verification
  const seconds = common.changed ? propagationSeconds : undefined
  return {
    ...written,
    verified,
    propagationSeconds: seconds === undefined ? null : Math.round(seconds * 10) / 10,
  }
}

/** The verification of a pair that was written before the run ended: Azure has not reported it yet. */
function unverified(error = cancelled()): Verification {
  return { verified: 'none', error }
}

/** Why the writes of a pair did not all succeed. */
function findWriteError(
  outcomes: readonly (Outcome | undefined)[],
  runError: ActionError | undefined,
): ActionError | undefined {
  const failed = outcomes.find(outcome => outcome?.error)
  if (failed) return failed.error
  return outcomes.includes(undefined) ? (runError ?? cancelled()) : undefined
}

/** The access that is left after a detach. */
function findLeft(pair: PlannedPair, { observed, inputs }: Run): Partial<PairResult> {
  const left = findRemaining(pair, observed?.roles ?? new Map(), inputs?.repositories ?? [])
  if (!left[0]) return { left, grantedBy: null, scope: null, roleAssignmentId: null }
  const { grantedBy, role, assignment } = left[0]
  return { left, grantedBy, role, scope: assignment.scope, roleAssignmentId: assignment.id }
}

/** The assignment that gives access after the writes: the last one of the role that counts today or, if only a membership was written, the group's existing one. */
function findGrant(pair: PlannedPair, outcomes: (Outcome | undefined)[]): Partial<PairResult> {
  const written = outcomes.findLast(
    outcome => outcome && isGrant(outcome.operation) && !isForMove(pair, outcome.operation),
  )
  if (written && isGrant(written.operation)) {
    const { scope, role, principalType } = written.operation
    const grantedBy = principalType === 'Group' ? 'group' : 'direct'
    return { grantedBy, role: role.name, scope, roleAssignmentId: written.roleAssignmentId ?? null }
  }
  const ofGroup = pair.groupAssignments.find(({ roleId }) => roleId === pair.role.id) ?? pair.groupAssignments[0]
  return ofGroup ? { grantedBy: 'group', scope: ofGroup.scope, roleAssignmentId: ofGroup.id } : {}
}

/** Each failure once, because a missing registry fails every pair. */
function distinctErrors(errors: (ActionError | null | undefined)[]): ActionError[] {
  const present = errors.filter(error => error !== undefined && error !== null)
  return distinctOf(present, ({ code, resource = '', said, message }) =>
    [code, resource, said.why === undefined ? message : said.what].join(' '),
  )
}
