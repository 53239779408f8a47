import pLimit, { type LimitFunction } from 'p-limit'
import { limitedByCondition, limitedToOthers, type DelegatedAssignment } from 'azure'
import { isConditionRefusal, type AzureContext } from 'azure-clients'
import { ActionError, attempt, cancelled, fix, groupBy, isAbort, retry, toActionError, withReason } from 'kernel'
import type { Group, Clock } from 'kernel'
import { createOutcomeOf, wordsOfOperation, isCreation, isGrant } from 'run-model'
import type { Operation, Outcome, PlannedPair, Progress } from 'run-model'
import type { Written } from './conditions.js'
import { joinGroup, refuseMember } from './group-members.js'
import { assignRole, deleteAssignment } from './role-assignments.js'
import { withGrace } from './lost-answers.js'

interface Deps {
  azure: AzureContext
  /** The same, but a write that is running when the job is cancelled may finish. */
  graced: AzureContext
  limits: { clock: Clock; deadline: number }
  progress: Progress['apply']
  /** Limits concurrent writes; a write that still waits for its turn when the job is cancelled never starts. */
  turn: LimitFunction
  /** The operations that have been tried. */
  tried: Set<Assignment>
}

/** Selects the operations of these pairs that change access and have not been done, each once. */
export function selectOpen(pairs: readonly PlannedPair[], outcomes: readonly Outcome[]): Assignment[] {
  const outcomeOf = createOutcomeOf(outcomes)
  const planned = new Set(pairs.flatMap(pair => pair.operations))
  return [...planned].filter((each): each is Assignment => !isCreation(each) && !outcomeOf(each))
}

/** A write that grants or removes access. */
type Assignment = Exclude<Operation, { operation: 'create-registry' }>

/**
 * Writes the operations in parallel. One failure never stops the others, but a permission that is missing at a registry is requested from Azure
 * once, not per target. The outcomes have no particular order.
 * Never throws: failures and cancelled writes are outcomes too.
 */
export async function apply(
  azure: AzureContext,
  operations: Assignment[],
  limits: Deps['limits'] & { concurrency: number },
  progress: Progress['apply'],
): Promise<Outcome[]> {
  if (operations.length === 0) return []
  progress.onStart()
  const deps = {
    azure,
    graced: withGrace(azure),
    limits,
    progress,
    turn: pLimit(limits.concurrency),
    tried: new Set<Assignment>(),
  }
  const alike = [...groupBy(operations, permissionOf).values()]
  return (await Promise.all(alike.map(each => writeAlike(each, deps)))).flat()
}

/** Key of the permission that an operation needs: its kind, scope and role. */
function permissionOf(operation: Assignment): string {
  const { operation: kind } = operation
  if ('groupId' in operation) return `${kind} ${operation.groupId}`
  if (isGrant(operation)) return [kind, operation.scope, operation.role.id, operation.principalType].join(' ')
  const { roleId, principalType } = operation.assignment
  return [kind, operation.registry.id, roleId, principalType].join(' ')
}

/** Codes of refusals that apply to every target. */
const sharedRefusals = ['AUTHORIZATION_FAILED', 'GROUP_ACCESS_DENIED', 'SCOPE_LOCKED', 'ASSIGNMENT_LIMIT']

/** Whether a refusal applies to every target. A condition may refuse one holder only. */
function isShared({ code, azure, detail }: ActionError): boolean {
  const isOfHolder = detail === limitedToOthers || (azure !== undefined && isConditionRefusal(azure))
  return sharedRefusals.includes(code) && (detail === limitedByCondition || !isOfHolder)
}

/** Tries the first operation; the others follow when Azure has answered, unless it refused for a reason that applies to all of them. */
async function writeAlike([first, ...others]: Group<Assignment>, deps: Deps): Promise<Outcome[]> {
  const firstTry = tryOnce(first, deps)
  // One that was aborted says nothing about the others.
  const ended = others.length > 0 ? await attempt(firstTry).catch(() => undefined) : undefined
  const error = ended?.error
  const refusal = error && isShared(error) ? error : undefined
  const rest = others.map(each => (refusal ? refuse(each, first, refusal, deps) : write(each, deps)))
  return Promise.all([write(first, deps, firstTry), ...rest])
}

function tryOnce(operation: Assignment, deps: Deps): Promise<Written> {
  const { azure, turn, limits } = deps
  return turn(async () => {
    if (azure.signal.aborted) throw cancelled()
    const startedAt = limits.clock.now()
    const written = await azure.newRoles.patiently(() => perform(operation, deps), toDelegated(operation))
    return { tookMs: limits.clock.now() - startedAt, ...written }
  })
}

/** What a condition on the right to assign roles decides about; nothing for a membership. */
function toDelegated(operation: Assignment): DelegatedAssignment | undefined {
  if ('groupId' in operation) return undefined
  const { id: targetId, name } = operation.target
  if (!isGrant(operation)) return { action: 'delete', ...operation.assignment, targetId, name }
  const { principalId, principalType, role } = operation
  return { action: 'write', principalId, principalType, roleId: role.id, targetId, name }
}

/** The outcome of an operation that was not tried, because Azure refused one that needs the same permission. */
function refuse(operation: Assignment, first: Assignment, refusal: ActionError, { limits, progress }: Deps): Outcome {
  const ofMember = 'groupId' in operation && 'groupId' in first && refuseMember(refusal, operation, first)
  const error = refusal.with({ said: withReason(wordsOfOperation(operation).failure, refusal.said), ...ofMember })
  const outcome = { operation, changed: false, finishedAt: limits.clock.now(), error }
  progress.onDone(outcome)
  return outcome
}

async function write(operation: Assignment, deps: Deps, firstTry = tryOnce(operation, deps)): Promise<Outcome> {
  const outcome = await writeUntilDone(operation, deps, firstTry)
  deps.progress.onDone(outcome)
  return outcome
}

async function writeUntilDone(operation: Assignment, deps: Deps, firstTry: Promise<Written>): Promise<Outcome> {
  const { azure, graced, progress } = deps
  const { clock, deadline } = deps.limits
  const onPause = (_: number, failure: unknown): void => {
    if (failure instanceof ActionError) progress.onWait(operation, failure)
  }
  try {
    const { value, error } = await attempt(firstTry)
    if (error && !error.recovers) throw error
    // The first try of the wait is the one that has just ended.
    const tries = [firstTry]
    const tryNext = () => tries.pop() ?? tryOnce(operation, deps)
    const written = value ?? (await retry(tryNext, { clock, deadline, signal: azure.signal, onPause }))
    return { operation, ...written, finishedAt: clock.now() }
  } catch (thrown) {
    const wasRunning = isAbort(thrown) && graced.signal.aborted
    const error = wasRunning ? explainInterruptedWrite(operation, thrown) : toActionError(thrown)
    return { operation, changed: false, finishedAt: clock.now(), error }
  }
}

function perform(operation: Assignment, { azure, graced, limits, progress, tried }: Deps): Promise<Written> {
  const isAgain = tried.has(operation)
  tried.add(operation)
  if (isGrant(operation)) {
    const onPause = (_: number, failure: ActionError): void => {
      progress.onWait(operation, failure)
    }
    return assignRole(graced, operation, { ...limits, signal: azure.signal, isAgain, onPause })
  }
  return 'groupId' in operation ? joinGroup(graced, operation) : deleteAssignment(graced, operation)
}

/** The job was cancelled while a write was running. */
export function explainInterruptedWrite(operation: Operation, cause: unknown): ActionError {
  const { name, effect } = wordsOfOperation(operation)
  const said = { what: 'The job was cancelled before Azure had answered', why: `${name} may or may not be ${effect}` }
  const advice = fix('Run the job again; it reuses what exists and creates only what is missing.')
  return new ActionError('CANCELLED', said, { fix: advice, cause })
}
