import { ActionError, cancelled, isAbort, toActionError, type ErrorCode } from '../model/error.js'
import { fix } from '../model/fix.js'
import { groupBy } from '../model/lists.js'
import type { Outcome, Written } from '../model/outcome.js'
import { describeEffect, describeFailure, describeOperation, type Assignment } from '../model/plan.js'
import type { ApplyProgress, Limits } from '../model/progress.js'
import { sameId } from '../model/resource-id.js'
import { waitFor, withGrace } from '../model/time.js'
import type { AzureContext } from '../services/context.js'
import { createLimit, type Limit } from '../services/http/requests.js'
import { joinGroup, leaveGroup, refuseMember } from './group-members.js'
import { assignRole, deleteAssignment } from './role-assignments.js'

interface Writing {
  azure: AzureContext
  /** The same, but a write that is under way when the job is cancelled may end. */
  graced: AzureContext
  limits: Limits
  progress: ApplyProgress
  /** How many writes are begun at once: one that has to wait for its turn is not begun any more once the job is cancelled. */
  turn: Limit
}

/**
 * Writes the operations side by side. One failure never stops the rest; but a right that is missing at a registry is asked of Azure once,
 * not for each target. The outcomes are in no order.
 * Never throws: what failed or was cancelled is an outcome too.
 */
export async function apply(
  azure: AzureContext,
  operations: Assignment[],
  limits: Limits & { concurrency: number },
  progress: ApplyProgress,
): Promise<Outcome[]> {
  if (operations.length === 0) return []
  progress.onStart()
  const writing = { azure, graced: withGrace(azure), limits, progress, turn: createLimit(limits.concurrency) }
  const outcomes = await Promise.all(
    [...groupBy(operations, rightOf).values()].map(alike => writeAlike(alike, writing)),
  )
  return outcomes.flat()
}

/** The key of operations that need the same right: the kind of operation, the scope, and the role. */
function rightOf(operation: Assignment): string {
  const { operation: kind } = operation
  if ('groupId' in operation) return `${kind} ${operation.groupId}`
  if ('assignment' in operation) {
    const { roleId, principalType } = operation.assignment
    return [kind, operation.registry.id, roleId, principalType].join(' ')
  }
  return [kind, operation.scope, operation.role.id, operation.principalType].join(' ')
}

/** Refusals that are the same for every target. */
const common: readonly ErrorCode[] = ['AUTHORIZATION_FAILED', 'GROUP_ACCESS_DENIED', 'SCOPE_LOCKED', 'ASSIGNMENT_LIMIT']

/** Tries the first operation; the others follow when Azure has answered, unless it refused for a reason that they share. */
async function writeAlike([first, ...others]: Assignment[], writing: Writing): Promise<Outcome[]> {
  if (!first) return []
  const begun = attempt(first, writing)
  const answer = others.length > 0 ? await begun.catch((error: unknown) => error) : undefined
  const refusal = answer instanceof ActionError && common.includes(answer.code) ? answer : undefined
  const rest = others.map(each => (refusal ? refuse(each, first, refusal, writing) : write(each, writing)))
  return Promise.all([write(first, writing, begun), ...rest])
}

/** Runs one operation in its turn. */
function attempt(operation: Assignment, { azure, graced, turn, limits }: Writing): Promise<Written> {
  return turn(async () => {
    if (azure.signal.aborted) throw cancelled()
    const startedAt = limits.clock.now()
    const written = await perform(graced, operation)
    return { ...written, tookMs: limits.clock.now() - startedAt }
  })
}

/** The outcome of an operation that was not tried, because Azure has refused one like it. */
function refuse(
  operation: Assignment,
  first: Assignment,
  refusal: ActionError,
  { limits, progress }: Writing,
): Outcome {
  const ofMember = 'groupId' in operation && 'groupId' in first && refuseMember(refusal, operation, first)
  const error = refusal.with({ failure: describeFailure(operation), ...ofMember })
  const outcome = { operation, changed: false, finishedAt: limits.clock.now(), error }
  progress.onDone(outcome)
  return outcome
}

/** @param begun the first try, where it has been begun already */
async function write(operation: Assignment, writing: Writing, begun?: Promise<Written>): Promise<Outcome> {
  const { progress } = writing
  const outcome = await writeUntilDone(operation, writing, begun ?? attempt(operation, writing))
  progress.onDone(outcome)
  return outcome
}

async function writeUntilDone(operation: Assignment, writing: Writing, begun: Promise<Written>): Promise<Outcome> {
  const { azure, graced, progress } = writing
  const { clock, deadline } = writing.limits
  let refusal: ActionError | undefined
  const look = async (trying: Promise<Written>): Promise<Written | undefined> => {
    try {
      return await trying
    } catch (error) {
      if (!(error instanceof ActionError) || !error.recovers || isForeign(operation, azure)) throw error
      refusal = error
      return undefined
    }
  }
  const onPause = (pauseMs: number): void => {
    if (refusal) progress.onWait(operation, refusal, pauseMs)
  }
  try {
    const first = await look(begun)
    let tries = 0
    // The first look of the wait is the one that has just been taken.
    const again = () => (tries++ === 0 ? Promise.resolve(first) : look(attempt(operation, writing)))
    const written = first ?? (await waitFor(again, { clock, deadline, signal: azure.signal, onPause }))
    if (!written) throw refusal ?? new Error('a wait ended without an answer')
    return { operation, ...written, finishedAt: clock.now() }
  } catch (thrown) {
    const wasUnderWay = isAbort(thrown) && graced.signal.aborted
    const error = wasUnderWay ? interrupted(thrown, operation) : toActionError(thrown)
    return { operation, changed: false, finishedAt: clock.now(), error }
  }
}

/** Whether the identity is known to be of another tenant: waiting for the directory does not help then. */
function isForeign(operation: Assignment, { tenantId }: AzureContext): boolean {
  const identityTenant = 'target' in operation ? operation.target.tenantId : undefined
  return identityTenant !== undefined && tenantId !== '' && !sameId(identityTenant, tenantId)
}

function perform(azure: AzureContext, operation: Assignment): Promise<Written> {
  switch (operation.operation) {
    case 'create-role-assignment':
    case 'update-role-assignment':
      return assignRole(azure, operation)
    case 'delete-role-assignment':
      return deleteAssignment(azure, operation)
    case 'add-group-member':
      return joinGroup(azure, operation)
    case 'remove-group-member':
      return leaveGroup(azure, operation)
  }
}

function interrupted(cause: unknown, operation: Assignment): ActionError {
  const text = describeOperation(operation)
  const message = `The job was cancelled before Azure had answered: ${text} may be ${describeEffect(operation)} or not.`
  const advice = fix('Run the job again: it takes what is there and writes only what is missing.')
  return new ActionError('CANCELLED', message, { fix: advice, cause })
}
