import { ActionError, isAbort, toActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Outcome, Written } from '../model/outcome.js'
import { describeEffect, describeOperation, type Assignment } from '../model/plan.js'
import type { ApplyProgress, Limits } from '../model/progress.js'
import { sameId } from '../model/resource-id.js'
import { waitFor, withGrace } from '../model/time.js'
import type { AzureContext } from '../services/context.js'
import { joinGroup, leaveGroup } from './group-members.js'
import { assignRole, deleteAssignment } from './role-assignments.js'

/**
 * Writes what is listed, side by side. One failure never stops the rest.
 * Never throws: what failed or was cancelled is an outcome too.
 */
export async function apply(
  azure: AzureContext,
  operations: Assignment[],
  limits: Limits,
  progress: ApplyProgress,
): Promise<Outcome[]> {
  if (operations.length === 0) return []
  const writing = withGrace(azure)
  progress.onStart()
  return Promise.all(
    operations.map(async operation => {
      const outcome = await write(azure, writing, operation, limits, progress)
      progress.onDone(outcome)
      return outcome
    }),
  )
}

async function write(
  azure: AzureContext,
  writing: AzureContext,
  operation: Assignment,
  { clock, deadline }: Limits,
  progress: ApplyProgress,
): Promise<Outcome> {
  let refusal: ActionError | undefined
  let startedAt = clock.now()
  const look = () => {
    startedAt = clock.now()
    return perform(writing, operation).catch((error: unknown) => {
      if (!(error instanceof ActionError) || !error.recovers || isForeign(operation, azure)) throw error
      refusal = error
      return undefined
    })
  }
  const onPause = (pauseMs: number): void => {
    if (refusal) progress.onWait(operation, refusal, pauseMs)
  }
  try {
    const written = await waitFor(look, { clock, deadline, signal: azure.signal, onPause })
    if (!written) throw refusal ?? new Error('a wait ended without an answer')
    const finishedAt = clock.now()
    return { operation, ...written, finishedAt, tookMs: finishedAt - startedAt }
  } catch (thrown) {
    const wasUnderWay = isAbort(thrown) && writing.signal.aborted
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
