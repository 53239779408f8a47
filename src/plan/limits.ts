import {
  allRepositories,
  bootstrapRepositories,
  coversRepositories,
  describeRepositories,
  maxConditionBytes,
  repositoryCondition,
  type RepositoryPattern,
} from 'repository-conditions'
import {
  az,
  deleteRoleAssignmentCommand,
  doubleQuoted,
  holdOf,
  inSubscriptionOf,
  json,
  listCommand,
  listExcess,
  listGrants,
  listMembersCommand,
  listRepositoryActions,
  normalizeId,
  reachOf,
  sameId,
  showAssignmentCommand,
  subscriptionOf,
} from 'azure'
import type { Access, RoleAssignment } from 'azure'
import { distinctOf, fix, groupBy, type Finding, type Fix, type Group, warning } from 'kernel'
import { explainBoots } from '../boots.js'
import { listPairGrants, type PlannedContext } from './context.js'
import { adviseOnForeign, isForeign } from './refusals.js'

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
  return [...byAssignment.values()].map(describe)
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
function describe(same: Group<Excess>): Finding {
  const [first] = same
  const { context, access, more } = first
  const { target, registry, grant } = context
  const { assignment, role } = access
  const names = same.map(each => each.context.target.name)
  const holder = isOwn(first) ? target.identity.name : `the group ${assignment.principalId}`
  const allowed = more.includes(allRepositories) ? 'the whole registry' : describeRepositories(more)
  const message =
    `The limit to ${describeRepositories(grant.repositories)} is not in force on ${registry.name}: ${holder} holds ${role} at ` +
    `${assignment.scope}, which also allows ${allowed}. ${describeRepositories(names)} ${names.length > 1 ? 'pull' : 'pulls'} ` +
    `${isOwn(first) ? 'with that identity' : 'through that group'}.`
  return warning('LIMIT_NOT_IN_FORCE', registry.id, message, adviseOn(first))
}

const isOwn = ({ access, context }: Excess): boolean => holdOf(access.assignment, context) !== 'group'

/**
 * How to put the limit in force. There is only a command that takes access away if it takes it from nobody but the target: the identity belongs to one
 * cluster, the assignment to one registry, and the listed repositories and the nodes' boot stay allowed.
 */
function adviseOn({ access, context }: Excess): Fix {
  const { target, pullers, grant, observed } = context
  const { id, principalId, scope } = access.assignment
  const hold = holdOf(access.assignment, context)
  const shown = showAssignmentCommand(id)
  if (hold === 'group') {
    return fix(
      'Do not change it for this limit alone: the other members of the group use it, and may do so at other registries. If the identity should not ' +
        'be a member, remove it from the group. The assignment, and the direct members:',
      shown,
      listMembersCommand(principalId),
    )
  }
  if (hold === 'inherited') {
    const subscriptionId = subscriptionOf(scope)
    return fix(
      `It is inherited from ${scope}, and may be needed at other registries below it. Assign the role at each registry that needs it instead, then ` +
        'delete this assignment. The assignment, and the registries:',
      shown,
      ...(subscriptionId ? [listCommand('acr', subscriptionId)] : []),
    )
  }
  if (isForeign(context, access.assignment)) return adviseOnForeign(id)
  const seen = observed.pullers.get(normalizeId(principalId))
  const others = (seen?.found ?? []).filter(cluster => !sameId(cluster.id, target.id)).map(({ name }) => name)
  if (others.length > 0) {
    return fix(
      `Do not change it for this limit alone: ${others.join(', ')} ${others.length > 1 ? 'pull' : 'pulls'} with ${target.identity.name}, too, ` +
        'and may need the other repositories. The assignment, and clusters with that identity:',
      shown,
      listPullersCommand(target.id, principalId),
    )
  }
  if (!seen || seen.errors.length > 0) {
    return fix(
      `Other clusters may pull with ${target.identity.name}, and then need it. If none does, and nothing on ${target.name} pulls other repositories, ` +
        'delete the assignment and run this step with mode: attach, which assigns the role with the limit. The assignment, and clusters with that identity:',
      shown,
      listPullersCommand(target.id, principalId),
    )
  }
  const booting = pullers.through(access.assignment)
  const kept = listPairGrants(context).flatMap(other => listKept(other, context))
  if (booting.length > 0 && !coversRepositories(kept, [bootstrapRepositories])) {
    return fix(`Leave it as it is: ${explainBoots(booting)}. The assignment:`, shown)
  }
  const condition = findReplacement(access, context)
  if (condition !== undefined) {
    return fix(
      `This step never takes access away. If nothing on ${target.name} pulls other repositories, and no cluster that this step can't see pulls with ${target.identity.name}, this limits the assignment to the listed ones, without ` +
        'a gap:',
      limitAssignmentCommand(access.assignment, condition),
    )
  }
  if (access.assignment.roleId === grant.role.id) {
    return fix(
      `The listed repositories need a longer condition than Azure allows (${maxConditionBytes} bytes): name fewer, or prefixes such as team/*. The assignment:`,
      shown,
    )
  }
  if (!coversRepositories(kept, grant.repositories)) {
    return fix(
      `Without it, ${target.name} can't pull the listed repositories. Run this step with mode: attach first, which assigns ${grant.role.name} for them. ` +
        'The assignment:',
      shown,
    )
  }
  return fix(
    `The role may be used for more than pulling. If nothing on ${target.name} needs it or pulls other repositories, and no cluster that this step can't see pulls with ${target.identity.name}:`,
    deleteRoleAssignmentCommand(id),
  )
}

/** The condition that limits an assignment of the desired role at the registry itself in place, so that the listed repositories stay allowed. */
function findReplacement({ assignment }: Access, { registry, grant }: PlannedContext): string | undefined {
  if (assignment.roleId !== grant.role.id || !sameId(assignment.scope, registry.id)) return undefined
  const condition = repositoryCondition(grant.repositories, listRepositoryActions(grant.role))
  return Buffer.byteLength(condition) <= maxConditionBytes ? condition : undefined
}

/** What an assignment still allows after the commands for all assignments of the pair: some are limited, and some are deleted. */
function listKept(access: Access, context: PlannedContext): readonly RepositoryPattern[] {
  const { registry, grant, observed } = context
  const isTouched = holdOf(access.assignment, context) === 'direct'
  const role = observed.roles.get(access.assignment.roleId)
  if (!isTouched || listExcess(access.assignment, grant, registry, role).length === 0)
    return reachOf(access.assignment, registry).patterns
  return findReplacement(access, context) === undefined ? [] : grant.repositories
}

/**
 * Replaces the condition of an assignment in one request, so that its holder never lacks the role: `az role assignment create` leaves an existing
 * condition as it is. A request with the same name, scope, principal and role is an update
 * (learn.microsoft.com/rest/api/authorization/role-assignments/create).
 */
export function limitAssignmentCommand(assignment: RoleAssignment, condition: string): string {
  const { id, principalId, principalType, scope, roleId } = assignment
  const roleDefinitionId = `/subscriptions/${subscriptionOf(scope)}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
  const properties = { roleDefinitionId, principalId, principalType, condition, conditionVersion: '2.0' }
  return az`rest --method put --url ${`${id}?api-version=2022-04-01`} --body ${json({ properties })}`
}

/** Lists the clusters that pull with a managed identity, in the subscription of a cluster or identity. */
export function listPullersCommand(resourceId: string, objectId: string): string {
  const query = `[?identityProfile.kubeletidentity.objectId=='${objectId}'].id`
  return az`aks list ${inSubscriptionOf(resourceId)} --query ${doubleQuoted(query)} --output tsv`
}
