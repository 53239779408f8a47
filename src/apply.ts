import { azureCode, explain, heals } from './azure-errors.js'
import {
  createRoleAssignment,
  isAssignmentOf,
  listRoleAssignments,
  readExistingName,
  roleAssignmentId,
} from './azure/role-assignments.js'
import type { Clock } from './clock.js'
import { ActionError, isAbort } from './errors.js'
import type { AzureContext } from './lookup.js'
import type { Operation, Outcome } from './state.js'
import { waitFor } from './wait.js'

interface Progress {
  onDone(outcome: Outcome): void
  onWait(operation: Operation, refusal: ActionError, pauseMs: number): void
}

interface Limits {
  clock: Clock
  /** Until when to wait for the directory, in ms since the epoch. */
  deadline: number
}

/** A write that is under way when the job is cancelled may end within this time, so that its end is known. The runner kills after 10 s. */
const graceMs = 5000

/** Writes what the plan lists, side by side; one failure never stops the rest. Never throws: what failed or was cancelled is an outcome too. */
export async function apply(
  azure: AzureContext,
  operations: Operation[],
  limits: Limits,
  progress: Progress,
): Promise<Outcome[]> {
  const writing = withGrace(azure, graceMs)
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
  operation: Operation,
  limits: Limits,
  progress: Progress,
): Promise<Outcome> {
  let refusal: unknown
  try {
    const written = await waitFor(
      () =>
        create(writing, operation).catch((error: unknown) => {
          if (!heals(error)) throw error
          refusal = error
          return undefined
        }),
      {
        ...limits,
        signal: azure.signal,
        onPause: pauseMs => {
          progress.onWait(operation, explainWrite(refusal, operation, azure), pauseMs)
        },
      },
    )
    if (!written) throw refusal
    return { operation, ...written, finishedAt: limits.clock.now() }
  } catch (thrown) {
    const error =
      isAbort(thrown) && writing.signal.aborted
        ? interrupted(thrown, operation)
        : explainWrite(thrown, operation, azure)
    return { operation, changed: false, finishedAt: limits.clock.now(), error }
  }
}

/** Creates the assignment; that it exists already, under whatever name, is success. */
async function create(
  azure: AzureContext,
  { scope, name, principalId, role, registry }: Operation,
): Promise<Pick<Outcome, 'roleAssignmentId' | 'changed'>> {
  try {
    const { id } = await createRoleAssignment(
      azure.clients,
      registry.subscriptionId,
      { scope, name, principalId, roleId: role.id },
      azure.signal,
    )
    return { roleAssignmentId: id, changed: true }
  } catch (error) {
    if (azureCode(error) !== 'RoleAssignmentExists') throw error
    const existing = error instanceof Error ? readExistingName(error.message) : undefined
    if (existing) return { roleAssignmentId: roleAssignmentId(scope, existing), changed: false }
    // Older services do not name it, and it may be too new to be listed.
    const listed = await listRoleAssignments(azure.clients, registry.subscriptionId, scope, principalId, azure.signal)
    const found = listed.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
    if (!found) throw error
    return { roleAssignmentId: found.id, changed: false }
  }
}

function explainWrite(
  error: unknown,
  { target, registry, role, scope }: Operation,
  { caller }: AzureContext,
): ActionError {
  return explain(error, {
    failure: `${role.name} on ${registry.name} could not be given to ${target.name}`,
    subject: registry.name,
    scope,
    action: 'Microsoft.Authorization/roleAssignments/write',
    caller,
  })
}

function interrupted(cause: unknown, { target, registry, role }: Operation): ActionError {
  return new ActionError(
    'CANCELLED',
    `The job was cancelled while ${role.name} on ${registry.name} was being given to ${target.name}; Azure had not answered, so it may be there.`,
    {
      subject: registry.name,
      fix: 'Run the job again: it takes what is there and writes only what is missing.',
      cause,
    },
  )
}

/** The same context with a signal that follows a cancellation only after some time. */
function withGrace(azure: AzureContext, ms: number): AzureContext {
  const controller = new AbortController()
  azure.signal.addEventListener(
    'abort',
    () =>
      setTimeout(() => {
        controller.abort()
      }, ms).unref(),
    { once: true },
  )
  return { ...azure, signal: controller.signal }
}
