import { explain } from './azure-errors.js'
import { isAssignmentOf, listRoleAssignments } from './azure/role-assignments.js'
import type { Clock } from './clock.js'
import { ActionError } from './errors.js'
import type { AzureContext } from './lookup.js'
import type { Outcome, RoleAssignment, Verification } from './state.js'
import { waitFor } from './wait.js'

interface Progress {
  onDone(verification: Verification): void
  /** The assignment is not reported yet; `seen` is what the list has instead. */
  onWait(outcome: Outcome, seen: RoleAssignment[], pauseMs: number): void
}

interface Limits {
  clock: Clock
  /** When to give up, in ms since the epoch. */
  deadline: number
}

/** Waits, for all side by side, until Azure Resource Manager reports what was assigned. Never throws: what did not come is a verification with an error. */
export async function verifyAssignments(
  azure: AzureContext,
  outcomes: Outcome[],
  limits: Limits,
  progress: Progress,
): Promise<Verification[]> {
  return Promise.all(
    outcomes.map(async outcome => {
      const verification = await verifyAssignment(azure, outcome, limits, progress)
      progress.onDone(verification)
      return verification
    }),
  )
}

async function verifyAssignment(
  azure: AzureContext,
  outcome: Outcome,
  limits: Limits,
  progress: Progress,
): Promise<Verification> {
  const { operation, finishedAt } = outcome
  const { registry, principalId, role, scope, target } = operation
  let seen: RoleAssignment[] = []
  try {
    const reported = await waitFor(
      async () => {
        seen = await listRoleAssignments(azure.clients, registry.subscriptionId, scope, principalId, azure.signal)
        return seen.find(assignment => isAssignmentOf(assignment, { scope, principalId, roleId: role.id }))
      },
      {
        ...limits,
        signal: azure.signal,
        onPause: pauseMs => {
          progress.onWait(outcome, seen, pauseMs)
        },
      },
    )
    if (!reported) throw notReported(outcome)
    return { operation, verified: 'assignment', propagationSeconds: (limits.clock.now() - finishedAt) / 1000 }
  } catch (error) {
    const explained = explain(error, {
      failure: `Whether ${target.name} has ${role.name} on ${registry.name} could not be read`,
      subject: registry.name,
      scope,
      action: 'Microsoft.Authorization/roleAssignments/read',
      caller: azure.caller,
    })
    return { operation, verified: 'none', error: explained }
  }
}

function notReported({
  operation: { target, registry, role, scope, principalId },
  roleAssignmentId,
}: Outcome): ActionError {
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${role.name} on ${registry.name} was given to ${target.name}, but Azure Resource Manager does not report it yet.`,
    {
      subject: registry.name,
      fix:
        'It was written and is not lost; Azure documents up to 10 minutes. Run the step again, or give a longer `timeout`. What Azure reports now:\n' +
        `  az role assignment list --assignee-object-id ${principalId} --scope ${scope} --include-inherited\n` +
        `  az rest --method get --url "${roleAssignmentId ?? ''}?api-version=2022-04-01"`,
    },
  )
}
