import { coversRepositories, describeRepositories, mayOverlap } from 'repository-conditions'
import { normalizeId, reachOf, showAssignmentCommand, type RoleAssignment } from 'azure'
import { ActionError, fix } from 'kernel'
import { isOwnPullRole, type Operation } from 'run-model'
import { refuseUnclear } from './conditions.js'
import type { PairContext } from './context.js'

/**
 * Plans to delete the pull roles that the pull identity itself holds at the registry itself. With repositories, only those that allow nothing else.
 * @throws ActionError if an assignment allows the repositories and others, because no assignment is changed
 */
export function planDetach(context: PairContext): Operation[] {
  const { pair, observed } = context
  return pair.assignments.flatMap(assignment => {
    if (!isOwnPullRole(assignment, pair, observed.roles)) return []
    return mustGo(context, assignment) ? planDeletion(context, assignment) : []
  })
}

/** Whether an assignment allows the repositories of the inputs, and nothing else. @throws ActionError if it also allows something else */
function mustGo(context: PairContext, assignment: RoleAssignment): boolean {
  const { target, registry, grant } = context
  const { repositories } = grant
  if (repositories.length === 0) return true
  const { patterns, isWhole } = reachOf(assignment, registry)
  if (!isWhole) throw refuseUnclear(context, target.name, assignment)
  const isTouched = patterns.some(pattern => repositories.some(named => mayOverlap(pattern, named)))
  if (!isTouched) return false
  if (!coversRepositories(repositories, patterns)) throw refusePart(context, assignment, patterns)
  return true
}

function planDeletion(context: PairContext, assignment: RoleAssignment): Operation {
  const { target, registry, share } = context
  return share(`delete ${normalizeId(assignment.id)}`, () => ({
    operation: 'delete-role-assignment',
    target,
    registry,
    assignment,
    role: nameAssignedRole(context, assignment),
    reason: 'a pull role assigned at the registry itself',
  }))
}

function nameAssignedRole({ observed: { roles } }: PairContext, { roleId }: RoleAssignment): string {
  return roles.get(roleId)?.name ?? roleId
}

function refusePart(context: PairContext, assignment: RoleAssignment, patterns: readonly string[]): ActionError {
  const { target, registry, grant } = context
  const held = patterns.includes('*') ? 'the whole registry' : describeRepositories(patterns)
  const what = `${nameAssignedRole(context, assignment)} on ${registry.name} for ${target.name} allows ${held}`
  const why = `${describeRepositories(grant.repositories)} can't be taken out of it without other repositories, so it was left as it is`
  const text =
    'detach deletes an assignment as a whole or not at all. Leave repositories empty to delete this one, with everything that it allows. The assignment:'
  const advice = fix(text, showAssignmentCommand(assignment.id))
  return new ActionError('INVALID_INPUT', { what, why }, { subject: registry.name, fix: advice })
}
