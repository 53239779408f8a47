import { showAssignmentCommand } from '../model/az-role-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Outcome } from '../model/outcome.js'
import { isGrant, type PlannedPair } from '../model/plan.js'
import type { WrittenPair } from '../model/progress.js'
import { isAssignmentOf, type RoleAssignment } from '../model/role-assignment.js'

/**
 * When no other job can still overwrite a condition unnoticed: a job that read the assignment before this update has sent its own by then, and
 * Azure takes about as long for it. Updates in Azure have no precondition that would prevent it.
 */
export function settledAt({ operation, finishedAt, tookMs = 0 }: Outcome): number {
  const isUpdate = isGrant(operation) && operation.condition && operation.replaces
  return isUpdate ? finishedAt + tookMs + 1000 : finishedAt
}

/** The written assignment, if something else has changed its condition since; Azure may still report the previous one. */
export function findOvertaking({ outcomes }: WrittenPair, held: RoleAssignment[]): RoleAssignment | undefined {
  const written = outcomes.flatMap(({ operation }) => (isGrant(operation) ? operation : []))
  const mine = new Set(written.flatMap(({ condition, replaces }) => [condition || undefined, replaces?.condition]))
  const keys = written.map(({ scope, principalId, role }) => ({ scope, principalId, roleId: role.id }))
  return held.find(
    assignment =>
      assignment.condition !== undefined &&
      !mine.has(assignment.condition) &&
      keys.some(key => isAssignmentOf(assignment, key)),
  )
}

/** The error of an assignment whose condition something else keeps changing. */
export function overtaken(
  { target, registry, role }: PlannedPair,
  { id, condition = '' }: RoleAssignment,
): ActionError {
  return new ActionError(
    'PROPAGATION_TIMEOUT',
    `${role.name} on ${registry.name} for ${target.name} was written, but something else keeps changing its condition: ${condition}`,
    {
      subject: registry.name,
      fix: fix(
        'Let only one step at a time change this role assignment. To see its current state:',
        showAssignmentCommand(id),
      ),
    },
  )
}
