import { canPull, holdOf, mayMoreThanPull, pullRole, showAssignmentCommand, type RoleAssignment } from 'azure'
import { fix, warning, type Finding, type Fix } from 'kernel'
import { type PlannedContext } from './context.js'

/**
 * Finds roles that allow more than pulling, or that the registry ignores. Roles of groups count only if the identity's own roles aren't enough: with
 * several clusters they are not even read otherwise, and a single cluster must get the same findings.
 */
export function findRoles(context: PlannedContext): Finding[] {
  const { pair, target, registry, observed, desired } = context
  const { role: desiredRole, access } = pair
  const isEnough = !desired.group && (access?.grantedBy === 'direct' || access?.grantedBy === 'inherited')
  const ofHeld = pair.assignments.flatMap((assignment): Finding[] => {
    const role = observed.roles.get(assignment.roleId)
    if (!role || role.id === desiredRole.id || role.id === pair.nextRole?.id) return []
    const isOwn = holdOf(assignment, context) !== 'group'
    if (!isOwn && isEnough) return []
    const holder = isOwn
      ? `${target.identity.name}, which ${target.name} pulls with,`
      : `The group ${assignment.principalId}, which ${target.name} pulls through,`
    const held = `${holder} holds ${role.name} at ${assignment.scope}`
    if (canPull(role, registry.roleAssignmentMode)) {
      if (!mayMoreThanPull(role)) return []
      const message = `${held}. Pods on ${target.name} can do more with it than pull from ${registry.name}: ${nameEnough(context)} is enough.`
      return [warning('EXCESS_ROLE', target.id, message, adviseOnRole(assignment, context, true))]
    }
    // Only in ABAC mode can it be a role of the other mode.
    if (!canPull(role, 'RBAC')) return []
    const message = `${held}, but ${registry.name} is in ABAC mode, where this role does not allow pulling; ${desiredRole.name} replaces it.`
    return [warning('ROLE_IGNORED_BY_ABAC', registry.id, message, adviseOnRole(assignment, context, false))]
  })
  return [...findDesiredExcess(context), ...ofHeld]
}

/** Reports that the role of the inputs itself allows more than pulling: from the run that assigns it on. */
function findDesiredExcess({ pair, target, registry, observed }: PlannedContext): Finding[] {
  const { role, operations, assignments } = pair
  const isHeld = assignments.some(({ roleId }) => observed.roles.get(roleId)?.id === role.id)
  if (!mayMoreThanPull(role) || (operations.length === 0 && !isHeld)) return []
  const enough = pullRole(registry).name
  const message = `With the input role, pods on ${target.name} can use ${role.name}. ${enough} is enough to pull from ${registry.name}.`
  const advice = fix(`Use role: auto, which assigns ${enough}. The next run with mode: attach adds it.`)
  return [warning('EXCESS_ROLE', target.id, message, advice)]
}

/** The name of a role that only pulls: that of the inputs, if it is one. */
function nameEnough({ pair: { role }, registry }: PlannedContext): string {
  return mayMoreThanPull(role) ? pullRole(registry).name : role.name
}

/** What else needs the assignment can't be seen from here, so it is only shown. */
function adviseOnRole(assignment: RoleAssignment, context: PlannedContext, isPulledBy: boolean): Fix {
  const { target, registry } = context
  const first = isPulledBy
    ? `Run this step with mode: attach, which assigns ${nameEnough(context)} on ${registry.name}: until then, ${target.name} pulls through it. Then delete`
    : 'Delete'
  const text = `${first} it if no other cluster, member of its group or registry below its scope needs it. The assignment:`
  return fix(text, showAssignmentCommand(assignment.id))
}
