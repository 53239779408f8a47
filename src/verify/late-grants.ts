import { az, inSubscriptionOf, isAssignmentOf, showAssignmentCommand, type RoleAssignment } from 'azure'
import { ActionError, briefly, fix } from 'kernel'
import { isDirect, isGrant, type Inputs, type Outcome, type PlannedPair } from 'run-model'

/** The inputs that decide what to wait for. */
export type AccessInputs = Pick<Inputs, 'mode' | 'repositories' | 'group' | 'onTimeout' | 'timeoutMs'>

/** The error of a grant that Azure does not report in time, or of a deletion: one sentence, and the look at what it reports now. It claims nothing about why. */
export function explainLateGrant(
  { target, registry, role, operations }: PlannedPair,
  inputs: AccessInputs,
): ActionError {
  const roles = new Set(operations.filter(isGrant).map(each => each.role.name))
  const { mode, group, onTimeout, timeoutMs } = inputs
  const isThroughGroup = group !== '' && !operations.some(isDirect)
  const time = timeoutMs % 60_000 === 0 ? `${timeoutMs / 60_000}m` : `${timeoutMs / 1000}s`
  const grant = `${[...roles].join(' and ') || role.name} on ${registry.name} for ${target.name}${isThroughGroup ? `, through group ${group},` : ''}`
  const message =
    mode === 'detach' ? `${grant} is still reported after ${time}` : `${grant} was not reported within ${time}`
  const canAssign = mode !== 'detach' && isThroughGroup && onTimeout !== 'assign-directly'
  const short = `Run the step again, or set a longer timeout${canAssign ? ', or on-timeout: assign-directly' : ''}.`
  const look = az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups ${inSubscriptionOf(registry.id)}`
  return new ActionError('PROPAGATION_TIMEOUT', message, {
    subject: registry.name,
    fix: briefly(short, 'To see what Azure reports now:', look),
  })
}

/**
 * When no other job can still overwrite a condition unnoticed: a job that read the assignment before this update has sent its own by then, and
 * Azure takes about as long for it. Updates in Azure have no precondition that would prevent it.
 */
export function settledAt({ operation, finishedAt, tookMs = 0, conditions = [] }: Outcome): number {
  const isUpdate = isGrant(operation) && (conditions.length > 0 || (operation.condition && operation.replaces))
  return isUpdate ? finishedAt + tookMs + 1000 : finishedAt
}

/** The written assignment, if something else has changed its condition since; Azure may still report a previous one. */
export function findOvertaking(
  { operations }: PlannedPair,
  outcomes: readonly Outcome[],
  held: readonly RoleAssignment[],
): RoleAssignment | undefined {
  const written = operations.filter(isGrant)
  const planned = written.flatMap(({ condition, replaces }) => [condition || undefined, replaces?.condition])
  const mine = new Set([...planned, ...outcomes.flatMap(({ conditions = [] }) => conditions)])
  const keys = written.map(({ scope, principalId, role }) => ({ scope, principalId, roleId: role.id }))
  return held.find(
    assignment =>
      assignment.condition !== undefined &&
      !mine.has(assignment.condition) &&
      keys.some(key => isAssignmentOf(assignment, key)),
  )
}

/** The error of an assignment whose condition something else keeps changing. */
export function overtaken(pair: PlannedPair, { id, condition = '' }: RoleAssignment): ActionError {
  const { target, registry, role } = pair
  const message = `${role.name} on ${registry.name} for ${target.name} was written, but something else keeps changing its condition: ${condition}`
  const text = 'Let only one step at a time change this role assignment. To see its current state:'
  const advice = fix(text, showAssignmentCommand(id))
  return new ActionError('PROPAGATION_TIMEOUT', message, { subject: registry.name, fix: advice })
}
