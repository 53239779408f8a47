import { isAssignmentOf, showAssignmentCommand, type RoleAssignment } from 'azure'
import { ActionError, fix } from 'kernel'
import { isGrant, type Outcome, type PlannedPair, type WrittenPair } from 'run-model'

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
