import { coversRepositories, describeRepositories, mayOverlap, narrowCondition } from 'repository-conditions'
import {
  canPullInSomeMode,
  holdOf,
  lastSegment,
  mayMoreThanPull,
  normalizeId,
  reachOf,
  showAssignmentCommand,
} from 'azure'
import type { DesiredGrant, RoleAssignment, Roles } from 'azure'
import { ActionError, fix } from 'kernel'
import type { Operation } from 'run-model'
import { refuseUnclear } from './conditions.js'
import type { PairContext } from './context.js'
import { planLeave } from './group.js'

/**
 * Plans to delete the pull roles that the pull identity itself holds at the registry itself, and its membership in the group of the inputs. With
 * repositories, takes only these out of the roles.
 * @param options.staysInGroup whether the membership must stay
 * @throws ActionError if the repositories can't be taken out without others
 */
export function planDetach(context: PairContext, { staysInGroup }: { staysInGroup: boolean }): Operation[] {
  const { pair, grant, observed } = context
  const operations = pair.assignments.flatMap((assignment): Operation[] => {
    if (holdOf(assignment, context) !== 'direct' || !isPullRole(assignment, grant, observed.roles)) return []
    return grant.repositories.length > 0 ? planTaking(context, assignment) : [planDeletion(context, assignment)]
  })
  return [...operations, ...(staysInGroup ? [] : planLeave(context))]
}

function planDeletion(context: PairContext, assignment: RoleAssignment): Operation {
  const { target, registry, share } = context
  return share(`delete ${normalizeId(assignment.id)}`, () => ({
    operation: 'delete-role-assignment',
    target,
    registry,
    assignment,
    role: nameOf(context, assignment),
    reason: 'a pull role assigned at the registry itself',
  }))
}

/** Plans to take the repositories of the inputs out of an assignment: nothing, a narrower condition, or its deletion if it allows nothing else. */
function planTaking(context: PairContext, assignment: RoleAssignment): Operation[] {
  const { target, registry, grant, share } = context
  const { repositories } = grant
  const { patterns, isWhole } = reachOf(assignment, registry)
  if (!isWhole) throw refuseUnclear(context, target.name, assignment)
  const touched = patterns.filter(pattern => repositories.some(named => mayOverlap(pattern, named)))
  if (touched.length === 0) return []
  const isNamed = (pattern: string): boolean => coversRepositories(repositories, [pattern])
  if (patterns.every(isNamed)) return [planDeletion(context, assignment)]
  const { condition: before = '' } = assignment
  const condition = touched.every(isNamed) ? narrowCondition(before, repositories) : undefined
  if (condition === undefined) throw refusePart(context, assignment, patterns)
  const { id, scope, principalId, roleId } = assignment
  const without = describeRepositories(touched)
  return [
    share(`narrow ${normalizeId(id)}`, () => ({
      operation: 'update-role-assignment',
      target,
      registry,
      scope,
      principalId,
      principalType: 'ServicePrincipal',
      role: { id: roleId, name: nameOf(context, assignment) },
      name: lastSegment(id),
      condition,
      replaces: assignment,
      without,
      reason: `a pull role that reaches ${without}`,
    })),
  ]
}

function nameOf({ observed: { roles } }: PairContext, { roleId }: RoleAssignment): string {
  return roles.get(roleId)?.name ?? roleId
}

function refusePart(context: PairContext, assignment: RoleAssignment, patterns: readonly string[]): ActionError {
  const { target, registry, grant } = context
  const held = patterns.includes('*') ? 'the whole registry' : describeRepositories(patterns)
  const message = `${nameOf(context, assignment)} on ${registry.name} for ${target.name} allows ${held}: ${describeRepositories(grant.repositories)} can't be taken out of it without other repositories, so it was left as it is.`
  const text = 'Leave repositories empty to remove the whole role, or change its condition by hand. The assignment:'
  const advice = fix(text, showAssignmentCommand(assignment.id))
  return new ActionError('INVALID_INPUT', message, { subject: registry.name, fix: advice })
}

/** Whether a role is meant for pulling: the desired one, or one that only allows pulling, in either mode of registries. */
function isPullRole({ roleId }: RoleAssignment, { role: desired }: DesiredGrant, roles: Roles): boolean {
  const role = roles.get(roleId)
  if (!role) return false
  return role.id === desired.id || (!mayMoreThanPull(role) && canPullInSomeMode(role))
}
