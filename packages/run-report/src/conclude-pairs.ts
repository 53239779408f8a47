import { describePlace, isIdOf, lastSegment } from 'azure'
import type { Target, VerifyLevel } from 'azure'
import { cancelled, type ActionError } from 'kernel'
import {
  createOutcomeOf,
  explainLost,
  findRemaining,
  isCreation,
  isForMove,
  isGrant,
  judge,
  lackOf,
  lostBy,
  selectForToday,
} from 'run-model'
import type { Ending, IdentityState, Observed, Outcome, PairResult, PlannedPair, Run, Verification } from 'run-model'
import { isDone, placeOf } from './conclude-reach.js'

/** A pair before it is judged. */
type Row = Omit<PairResult, 'standing'> & Ending<ActionError>

/** Every target with every registry, targets first, including those that were not found or could not be read. */
export function concludePairs(run: Run): PairResult[] {
  const { targets = [], registries = [], lost = [], identities } = run.observed ?? {}
  const outcomeOf = createOutcomeOf(run.outcomes)
  const known = [...(run.plan?.pairs ?? []), ...lost]
  const byPlace = new Map(known.map(pair => [placeOf(pair.target.id, pair.registry.id), pair]))
  return targets.flatMap(target =>
    registries.flatMap((registry): PairResult | [] => {
      const row = startRow(target, registry, run.inputs)
      const identity = target.value && identities?.get(target.value)
      const pair = byPlace.get(placeOf(row.target, row.registry))
      if (pair && 'operations' in pair) return endPair(concludePair(pair, row, outcomeOf, run), identity)
      // A target of which nothing can be known, or not yet, does not hide what is known about the registry.
      const isOpen = target.error?.isUnknowable
      const notFound = (isOpen ? registry.error : undefined) ?? target.error ?? registry.error
      const error = pair?.error ?? notFound
      if (!error) return []
      const changed = run.outcomes.some(outcome => outcome.changed && outcome.error === error)
      return endPair({ ...row, changed, status: statusBy(error, run.mode), error }, identity)
    }),
  )
}

function startRow(
  { asked: target, value: found }: Observed['targets'][number],
  { asked: registry, value, found: refused }: Observed['registries'][number],
  inputs: Run['inputs'],
): Row {
  const there = value?.registry ?? refused
  return {
    ...(found ? startFound(found) : startLost(target, inputs)),
    identitySeen: null,
    registry: there?.id ?? registry,
    loginServer: there?.loginServer || null,
    status: 'unknown',
    by: null,
    role: null,
    scope: null,
    roleAssignmentId: null,
    changed: false,
    proof: 'none',
    propagationSeconds: null,
    pulls: [],
    unasked: null,
    lacks: [],
    onlyTo: null,
    asked: { target, registry },
    error: null,
  }
}

const startFound = ({ id, kind, name, isStopped, identity }: Target) => ({
  ...{ target: id, targetKind: kind, name, where: '', isStopped, principalId: identity.objectId },
})

const startLost = (target: string, inputs: Run['inputs']) => ({
  target,
  targetKind: isIdOf('kubelet-identity', target) ? ('kubelet-identity' as const) : ('cluster' as const),
  ...{ name: lastSegment(target), where: whereAsked(target, inputs), isStopped: false, principalId: null },
})

/** Where the step looks for a target that is given by name; empty for a resource ID, which most pairs have. */
function whereAsked(target: string, inputs: Run['inputs']): string {
  if (target.startsWith('/')) return ''
  const reference = inputs?.clusters.find(({ kind, text }) => kind !== 'id' && text === target)
  if (!inputs || !reference || reference.kind === 'id') return ''
  return describePlace({ resourceGroup: reference.resourceGroup, subscriptionId: inputs.subscriptionId })
}

/** The one place where a pair is judged. */
function endPair(row: Row, identity: IdentityState | undefined): PairResult {
  const { status, error, by, proof, lacks, onlyTo, isBeyondRights, left, ...pair } = row
  const standing = judge({ status, error, by, proof, lacks, onlyTo, isBeyondRights, left })
  return { ...pair, standing, identitySeen: isIdentitySeen(row, identity) }
}

function isIdentitySeen({ principalId, proof, error }: Row, identity?: IdentityState): boolean | null {
  if (principalId === null) return null
  if (error?.code === 'PRINCIPAL_NOT_FOUND') return false
  return proof === 'pull' || (!identity?.why && !explainLost(identity))
}

/** The status of a pair with an error: in `check`, only a missing resource is drift; one that could not be read is unknown. */
function statusBy(error: ActionError, mode: Run['mode']): Row['status'] {
  const { code } = error
  if (mode !== 'check' || definite.includes(code)) return 'failed'
  if (error.isUnknowable) return 'unknown'
  return lostBy(code) || code === 'DRIFT' || code === 'NO_PRIVATE_ENDPOINT' ? 'missing' : 'unknown'
}

/** Errors of a pair that have nothing to do with its role assignments. */
const definite: readonly ActionError['code'][] = [
  'INVALID_INPUT',
  'AMBIGUOUS_NAME',
  'REGISTRY_UNREACHABLE',
  'CLUSTER_STOPPED',
]

function concludePair(pair: PlannedPair, row: Row, outcomeOf: ReturnType<typeof createOutcomeOf>, run: Run): Row {
  const { mode } = run
  const common = reportPair(pair, row, outcomeOf, run)
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
function concludeFailed(error: ActionError, common: Row, mode: Run['mode']): Row {
  // The desired role may be ignored while another one gives access, and a network that is closed takes no role away.
  const isBeyondRights = error.code === 'DRIFT' || error.code === 'NO_PRIVATE_ENDPOINT'
  return { ...common, status: statusBy(error, mode), error, isBeyondRights }
}

/** A pair whose access could not be read: if the registry has refused a node of it, that is known all the same. */
function concludeUnknownAccess(error: ActionError, pair: PlannedPair, common: Row, run: Run): Row {
  const refusal = isPairRefused(common) ? findPullError(pair, run)?.error : undefined
  if (refusal) return { ...common, by: null, lacks: [], status: 'missing', error: refusal }
  return { ...common, lacks: [], status: 'unknown', error }
}

/** What Azure and the nodes report about a pair, however it ended. */
function reportPair(
  pair: PlannedPair,
  row: Row,
  outcomeOf: ReturnType<typeof createOutcomeOf>,
  { mode, verifications }: Run,
): Row {
  const { access, role, operations, limitedTo } = pair
  return {
    ...row,
    by: access?.grantedBy ?? null,
    role: access?.role ?? role.name,
    scope: access?.assignment.scope ?? null,
    roleAssignmentId: access?.assignment.id ?? null,
    changed: operations.some(operation => outcomeOf(operation)?.changed),
    pulls: verifications.get(pair)?.pulls ?? [],
    unasked: verifications.get(pair)?.unasked ?? null,
    lacks: operations.flatMap(each => (isDone(outcomeOf(each)) ? [] : (lackOf(each) ?? []))),
    onlyTo: mode === 'check' ? (limitedTo ?? null) : null,
  }
}

/** A pair for which nothing had to be written. */
function concludeUnwritten(pair: PlannedPair, common: Row, run: Run): Row {
  const { mode, verifications } = run
  const { error, isBeyondRights } = findPullError(pair, run) ?? {}
  // Azure reports the grant nevertheless.
  if (error) return { ...common, status: statusByPull(error, common, mode), proof: 'assignment', error, isBeyondRights }
  const proof = verifications.get(pair)?.verified ?? reported(run)
  if (mode === 'detach') return { ...common, ...findLeft(pair, run), status: 'detached', proof }
  const doubt = proof === 'pull' ? undefined : findDoubt(pair, run)
  if (doubt) return { ...common, status: 'unknown', error: doubt }
  return { ...common, status: 'attached', proof }
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
function statusByPull(error: ActionError, pair: Row, mode: Run['mode']): Row['status'] {
  const isDrift = isPairRefused(pair) || ['PULL_DENIED', 'IMAGE_NOT_FOUND', 'AZURE_REFUSED'].includes(error.code)
  return isDrift && mode === 'check' ? 'missing' : statusBy(error, mode)
}

/** Whether the registry has refused a node. */
const isPairRefused = ({ pulls }: Row): boolean => pulls.some(({ verdict }) => verdict === 'denied')

/** In `check`, why it is unknown whether the pull identity still exists. A run that ended early has not asked the directory. */
function findDoubt({ target }: PlannedPair, { mode, error, observed }: Run): ActionError | undefined {
  const identity = observed?.identities.get(target)
  return mode === 'check' && !error && identity?.state === 'unknown' ? identity.error : undefined
}

/** A pair of a `check` for which `attach` would write. */
function concludeDrift({ access }: PlannedPair, common: Row, run: Run): Row {
  return { ...common, status: 'missing', ...(access && { proof: reported(run) }) }
}

/** How access that already existed is verified: Azure reported it. */
const reported = ({ inputs }: Run): VerifyLevel => (inputs?.verify === 'none' ? 'none' : 'assignment')

function concludeWritten(pair: PlannedPair, common: Row, outcomeOf: ReturnType<typeof createOutcomeOf>, run: Run): Row {
  const { inputs, verifications, error: runError } = run
  const ended = pair.operations.map(outcomeOf)
  const error = findWriteError(ended, runError)
  // What failed to be written takes nothing from access that was there before.
  if (error) return { ...common, status: 'failed', error, isBeyondRights: inputs?.mode === 'attach' }

  const isDetached = inputs?.mode === 'detach'
  const held = isDetached ? findLeft(pair, run) : findGrant(pair, ended)
  const written: Row = { ...common, ...held, status: isDetached ? 'detached' : 'attached' }
  const found = verifications.get(pair)
  if (inputs?.verify === 'none' && !found) return written
  const { error: refusal, isBeyondRights, verified, propagationSeconds } = found ?? unverified(runError)
  if (refusal) return { ...written, status: 'failed', error: refusal, isBeyondRights }
  const seconds = common.changed ? propagationSeconds : undefined
  return {
    ...written,
    proof: verified,
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
function findLeft(pair: PlannedPair, { observed, inputs }: Run): Partial<Row> {
  const left = findRemaining(pair, observed?.roles ?? new Map(), inputs?.repositories ?? [])
  if (!left[0]) return { left, by: null, scope: null, roleAssignmentId: null }
  const { grantedBy, role, assignment } = left[0]
  return { left, by: grantedBy, role, scope: assignment.scope, roleAssignmentId: assignment.id }
}

/** The assignment that gives access after the writes: the last one of the role that counts today or, if only a membership was written, the group's existing one. */
function findGrant(pair: PlannedPair, outcomes: (Outcome | undefined)[]): Partial<Row> {
  const written = outcomes.findLast(
    outcome => outcome && isGrant(outcome.operation) && !isForMove(pair, outcome.operation),
  )
  if (written && isGrant(written.operation)) {
    const { scope, role, principalType } = written.operation
    const by = principalType === 'Group' ? 'group' : 'direct'
    return { by, role: role.name, scope, roleAssignmentId: written.roleAssignmentId ?? null }
  }
  const ofGroup = pair.groupAssignments.find(({ roleId }) => roleId === pair.role.id) ?? pair.groupAssignments[0]
  return ofGroup ? { by: 'group', scope: ofGroup.scope, roleAssignmentId: ofGroup.id } : {}
}
