import { allRepositories, describeRepositories, type RepositoryPattern } from 'repository-conditions'
import { holdOf, listExcess, listGrants, listHeldRolesCommand, normalizeId, showAssignmentCommand } from 'azure'
import type { Access } from 'azure'
import { briefly, distinctOf, groupBy, nameSome, type Finding, type Fix, notice, type Group, warning } from 'kernel'
import { type PlannedContext } from './context.js'

/** An assignment that lets a pair pull more than the input `repositories` names. */
interface Excess {
  context: PlannedContext
  access: Access
  /** What it allows in addition. */
  more: readonly RepositoryPattern[]
}

/**
 * Finds assignments that already allow more than the input `repositories`: Azure adds up all grants, so the limit is not in force. They are the pull
 * identity's own, inherited ones, those of its groups and those of broader roles, if the step has read them. A condition that is not understood
 * isn't known to allow more.
 * Grants add up: learn.microsoft.com/azure/role-based-access-control/overview#multiple-role-assignments.
 */
export function findLimits(contexts: readonly PlannedContext[]): Finding[] {
  const excesses = contexts.flatMap(findExcesses)
  const byAssignment = groupBy(excesses, ({ access, context }) =>
    [access.assignment.id, context.registry.id].map(normalizeId).join(' '),
  )
  return [...byAssignment.values()].map(describeExcesses).concat(contexts.flatMap(findLater))
}

/** With `role: both`, the limit waits for the registry's move to ABAC: until then AcrPull counts, which can't be limited. */
function findLater({ pair, registry, desired }: PlannedContext): Finding[] {
  const { repositories } = desired
  if (!pair.nextRole || registry.roleAssignmentMode === 'ABAC' || repositories.length === 0) return []
  const message =
    `The limit to ${describeRepositories(repositories)} is in force on ${registry.name} when it moves to ABAC. ` +
    `In RBAC mode, ${pair.role.name} allows the whole registry.`
  const text = `${pair.nextRole.name} has the limit. To see which assignments have a condition:`
  return [
    notice(
      'LIMIT_NOT_IN_FORCE',
      registry.id,
      message,
      text,
      listHeldRolesCommand(pair.target.identity.objectId, registry.id),
    ),
  ]
}

/** Finds them among the grants of the pair and those of the group that it pulls through, or will. */
function findExcesses(context: PlannedContext): Excess[] {
  const { pair, target, registry, grant, observed } = context
  if (grant.repositories.length === 0) return []
  const all = [...pair.assignments, ...pair.groupAssignments]
  const distinct = distinctOf(all, ({ id }) => normalizeId(id))
  const held = listGrants(target, registry, distinct, { roles: observed.roles, role: pair.role })
  return held.flatMap(access => {
    const more = listExcess(access.assignment, grant, registry, observed.roles.get(access.assignment.roleId))
    return more.length > 0 ? [{ context, access, more }] : []
  })
}

/** @param same the pairs that hold one assignment */
function describeExcesses(same: Group<Excess>): Finding {
  const [first] = same
  const { context, access, more } = first
  const { target, registry, grant } = context
  const { assignment, role } = access
  const names = same.map(each => each.context.target.name)
  const holder = isOfIdentity(first) ? target.identity.name : `the group ${assignment.principalId}`
  const allowed = more.includes(allRepositories) ? 'the whole registry' : describeRepositories(more)
  const message =
    `The limit to ${describeRepositories(grant.repositories)} is not in force on ${registry.name}: ${holder} holds ${role} at ` +
    `${assignment.scope}, which also allows ${allowed}. ${nameSome(names)} ${names.length > 1 ? 'pull' : 'pulls'} ` +
    `${isOfIdentity(first) ? 'with that identity' : 'through that group'}.`
  return warning('LIMIT_NOT_IN_FORCE', registry.id, message, adviseOnExcess(first))
}

const isOfIdentity = ({ access, context }: Excess): boolean => holdOf(access.assignment, context) !== 'group'

/** What else needs the assignment can't be seen from here, so it is only shown. */
function adviseOnExcess({ access }: Excess): Fix {
  return briefly(
    'With mode: attach, this step assigns the role for the listed repositories.',
    'Then delete the assignment that allows more, if no other cluster, member of its group or registry below its scope needs it. The assignment:',
    showAssignmentCommand(access.assignment.id),
  )
}
