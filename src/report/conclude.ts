import { printFix } from '../model/fix.js'
import { ActionError, cancelled } from '../model/error.js'
import type { Outcome } from '../model/outcome.js'
import { describeOperation, isCreation, type PlannedPair } from '../model/plan.js'
import { concludeImages, type PairResult, type Result, type Run } from '../model/run.js'
import type { VerifyLevel } from '../model/wanted.js'
import { excerpt, mostNamed } from './text.js'

/** Draws the conclusion of a run. */
export function conclude(run: Run): Result {
  const outcomes = new Map(run.outcomes.map(outcome => [outcome.operation, outcome]))
  const pairs = (run.plan?.pairs ?? []).map(pair => concludePair(pair, outcomes, run))
  const missing = pairs.filter(({ status }) => status === 'missing')
  const images = concludeImages(run)
  const isCheck = run.inputs?.mode === 'check'
  const gone = isCheck ? run.manifests.filter(({ status }) => status === 'missing') : []
  const lacking = [...images.filter(({ status }) => status === 'missing'), ...gone]
  const failures = [...pairs, ...images].flatMap(({ status, error }) => (status === 'failed' && error ? error : []))
  failures.push(...run.manifests.flatMap(each => (each.error && !gone.includes(each) ? each.error : [])))
  const drifted =
    missing.length + lacking.length > 0 && run.inputs?.failOnDrift ? driftError(missing, pairs, lacking) : undefined
  // A pair shows its first failure; of two operations of a pair both may have failed.
  const errors = distinctErrors([run.error, ...failures, ...run.outcomes.map(({ error }) => error), drifted])
  const attached = pairs.length > 0 && pairs.every(({ status }) => status === 'attached')
  return {
    ...run,
    pairs,
    errors,
    attached,
    drift: missing.length + lacking.length > 0,
    images,
    changed: run.outcomes.some(({ changed }) => changed) || images.some(image => image.changed),
    verified: weakest(pairs),
    findings: [...(run.plan?.findings ?? []), ...run.findings],
    notes: [
      ...new Set([
        ...(run.observed?.notes ?? []),
        ...(run.plan?.notes ?? []),
        ...run.notes,
        ...images.flatMap(image => image.notes),
      ]),
    ],
  }
}

type Outcomes = ReadonlyMap<unknown, Outcome>

function concludePair(pair: PlannedPair, outcomes: Outcomes, run: Run): PairResult {
  const target = 'found' in pair.target ? pair.target.found : undefined
  const role = 'found' in pair.registry ? pair.registry.found : undefined
  const registry = role?.registry
  const creations = pair.operations.filter(isCreation)
  const changed = creations.some(operation => outcomes.get(operation)?.changed)
  const common = {
    ...(target && { target }),
    ...(registry && { registry }),
    asked: { target: pair.target.asked, registry: pair.registry.asked },
    grantedBy: pair.access?.grantedBy ?? null,
    role: pair.access?.role ?? role?.role.name ?? '',
    scope: pair.access?.assignment.scope ?? '',
    roleAssignmentId: pair.access?.assignment.id ?? '',
    changed,
    verified: 'none' as const,
    pulls: run.verifications.get(pair)?.pulls ?? [],
    lacks: pair.operations.map(operation => `missing: ${describeOperation(operation)} (${operation.reason})`),
  }
  const failed = [pair.target, pair.registry].find(lookup => 'error' in lookup)
  const error = (failed && 'error' in failed ? failed.error : undefined) ?? pair.error
  if (error) return { ...common, status: run.inputs?.mode === 'check' && isGone(error) ? 'missing' : 'failed', error }
  if (pair.operations.length === creations.length && (creations.length === 0 || registry?.exists)) {
    const verification = run.verifications.get(pair)
    const pullError = verification?.error ?? (isUnproven(pair, run) ? (run.error ?? cancelled()) : undefined)
    if (pullError) {
      const isDrift = run.inputs?.mode === 'check' && ['PULL_DENIED', 'IMAGE_NOT_FOUND'].includes(pullError.code)
      // Azure reports the grant all the same.
      return { ...common, status: isDrift ? 'missing' : 'failed', verified: 'assignment', error: pullError }
    }
    // Azure reported what was there already when it was asked for it.
    const verified = verification?.verified ?? (run.inputs?.verify === 'none' ? 'none' : 'assignment')
    return { ...common, status: run.inputs?.mode === 'detach' ? 'detached' : 'attached', verified }
  }
  if (run.inputs?.mode === 'check') return { ...common, status: 'missing' }
  return concludeWritten(pair, common, outcomes, run)
}

/** Whether the proof that was asked for has not come about, for the run ended before. */
function isUnproven(pair: PlannedPair, { inputs, verifications, error }: Run): boolean {
  const isCluster = 'found' in pair.target && pair.target.found.kind === 'cluster'
  return inputs?.verify === 'pull' && isCluster && !verifications.has(pair) && error !== undefined
}

function concludeWritten(
  pair: PlannedPair,
  common: Omit<PairResult, 'status'>,
  outcomes: Outcomes,
  { inputs, verifications, error: runError }: Run,
): PairResult {
  const ended = pair.operations.map(operation => outcomes.get(operation))
  const changed = ended.some(outcome => outcome?.changed)
  const missing = ended.some(outcome => outcome === undefined) ? (runError ?? cancelled()) : undefined
  const error = ended.find(outcome => outcome?.error)?.error ?? missing
  if (error) return { ...common, changed, status: 'failed', error }

  const written = { ...common, ...(inputs?.mode === 'detach' ? nothingHeld : findGrant(pair, ended)), changed }
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
    ...(changed && propagationSeconds !== undefined && { propagationSeconds }),
  }
}

const nothingHeld = { grantedBy: null, scope: '', roleAssignmentId: '' }

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

/** One of each: a registry that is not found fails every pair, but is one failure. */
function distinctErrors(errors: (ActionError | undefined)[]): ActionError[] {
  const byText = new Map<string, ActionError>()
  for (const error of errors) {
    const key = error && `${error.code} ${error.message}`
    if (error && key && !byText.has(key)) byText.set(key, error)
  }
  return [...byText.values()]
}

/** In `check`, what was there once and is not any more is drift like a grant that is gone. */
function isGone({ code }: ActionError): boolean {
  return ['CLUSTER_NOT_FOUND', 'REGISTRY_NOT_FOUND', 'IDENTITY_NOT_FOUND', 'NO_KUBELET_IDENTITY'].includes(code)
}

function driftError(missing: PairResult[], pairs: PairResult[], images: { error?: ActionError }[]): ActionError {
  const differences = missing.flatMap(({ error, lacks }) => (error ? `${error.code}: ${error.message}` : lacks))
  const imageDifferences = images.map(({ error }) => `image: ${error?.message ?? ''}`)
  const lines = [...new Set([...differences, ...imageDifferences])]
  const message =
    lines.length === 1
      ? `Not as wanted: ${lines[0] ?? ''}`
      : [
          ...(missing.length > 0 ? [`${missing.length} of ${pairs.length} pairs of target and registry`] : []),
          ...(images.length > 0 ? [`${images.length} images`] : []),
        ].join(' and ') + ' are not as wanted.'
  const fix = [
    ...excerpt(lines, mostNamed).map(line => `  ${line}`),
    ...(missing.some(({ lacks }) => lacks.length > 0)
      ? ['The same step with mode: attach makes what is missing.']
      : []),
    ...(missing.some(({ error }) => error && isGone(error))
      ? ["What is gone can't be attached: correct the inputs, or create it again."]
      : []),
    ...missing.flatMap(({ error }) => (error && !isGone(error) ? printFix(error.fix) : [])).slice(0, 1),
  ]
  return new ActionError('DRIFT', message, { fix: fix.join('\n') })
}

const levels: VerifyLevel[] = ['none', 'assignment', 'pull']

/** The weakest level that holds for every pair. */
export function weakest(pairs: { verified: VerifyLevel }[]): VerifyLevel {
  return levels.find(level => pairs.length === 0 || pairs.some(({ verified }) => verified === level)) ?? 'none'
}
