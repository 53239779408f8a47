import {
  describeRepositories,
  describeUnreached,
  maxConditionBytes,
  repositoryCondition,
  widenCondition,
  type RepositoryPattern,
} from 'repository-conditions'
import { listRepositoryActions, reachOf, reachTogether, showAssignmentCommand } from 'azure'
import type { Access, Registry, RoleAssignment } from 'azure'
import { ActionError, briefly, fix, type Said, withReason } from 'kernel'
import { listPairGrants, type PairContext } from './context.js'

/**
 * In `check`, finds the assignment that decides whether the pair has the role, but has a condition that this step does not understand. `attach`
 * doesn't need it: it adds another assignment, or refuses.
 */
export function findUndecided(context: PairContext, access: Access | null): RoleAssignment | undefined {
  const { pair, registry, grant, desired } = context
  if (desired.mode !== 'check') return undefined
  if (desired.group) {
    const held = pair.groupAssignments.filter(({ roleId }) => roleId === grant.role.id)
    return reachTogether(held, grant, registry).unclear
  }
  if (access && access.grantedBy !== 'broader-role') return undefined
  const relevant = listPairGrants(context).filter(({ grantedBy }) => !access || grantedBy !== 'broader-role')
  const held = relevant.map(({ assignment }) => assignment)
  return reachTogether(held, grant, registry).unclear
}

/**
 * In `check`, why it is unknown whether the group of the inputs has the role through a group that it is in. `attach` doesn't need it: an assignment that
 * may be superfluous harms nobody.
 */
export function findUnknownParents({ pair, desired }: PairContext): ActionError | undefined {
  return desired.mode === 'check' ? pair.unknownParents : undefined
}

/** In `check`, explains that a condition that this step does not understand, or a group that it can't read, decides whether the pair has the role. */
export function explainUndecided(context: PairContext, access: Access | null): ActionError | undefined {
  const { target, registry, grant, desired } = context
  const unknown = findUnknownParents(context)
  if (unknown) {
    const failure = `Could not check whether group ${desired.group} has ${grant.role.name} on ${registry.name} through a group that it is in`
    return unknown.with({ subject: registry.name, resource: registry.id, said: withReason(failure, unknown.said) })
  }
  const undecided = findUndecided(context, access)
  if (!undecided) return undefined
  const { id, scope } = undecided
  const holder = desired.group ? ` of group ${desired.group}` : ''
  const what = `Could not check whether ${target.name} can pull from ${registry.name}`
  const why = `this step does not understand the condition of the role assignment${holder} at ${scope} (role: ${grant.role.name})`
  return notUnderstood({ what, why }, registry, id)
}

/** Refuses to change an assignment, because access that its condition allows could be lost. */
export function refuseUnclear({ registry, grant }: PairContext, holder: string, { id }: RoleAssignment): ActionError {
  const what = `${grant.role.name} on ${registry.name} for ${holder} was left as it is`
  const why =
    'this step does not understand the condition of the role assignment, and Azure allows only one per role, identity and scope'
  return notUnderstood({ what, why }, registry, id)
}

function notUnderstood(said: Said, { name, roleAssignmentMode }: Registry, id: string): ActionError {
  const why =
    roleAssignmentMode === 'ABAC'
      ? 'This step understands conditions that only name repositories and prefixes, joined by OR.'
      : `Azure documents conditions on repositories for registries in ABAC mode, and ${name} is in RBAC mode.`
  const short = 'Grant access through another role assignment: to a group, or at the resource group.'
  const advice = briefly(short, `${why} The assignment:`, showAssignmentCommand(id))
  return new ActionError('CONDITION_NOT_UNDERSTOOD', said, { subject: name, fix: advice })
}

/** Why a role is assigned. */
export interface Reason {
  reason: string
  /** The repositories that its holder already has, if they aren't enough. */
  limit?: readonly RepositoryPattern[] | undefined
}

/**
 * Explains why a holder needs a role: it has none that pulls, or one that allows too little.
 * @param held its assignments of roles that pull
 * @param none the reason if there are none
 */
export function explainLimit(
  { registry, grant }: PairContext,
  whose: string,
  held: readonly RoleAssignment[],
  none: string,
): Reason {
  if (held.length === 0) return { reason: none }
  const { limit, unclear } = reachTogether(held, grant, registry)
  if (!limit && unclear) return { reason: `${whose} has a condition that this step does not understand` }
  if (!limit) return { reason: `the condition of ${whose} allows no repository` }
  const allows = unclear ? 'is known to allow only' : 'allows only'
  const missing = describeUnreached(limit, grant.repositories)
  return { reason: `${whose} ${allows} ${describeRepositories(limit)}, not ${missing}`, limit }
}

export function conditionOf(context: PairContext, holder: string): string | undefined {
  const { role, repositories } = context.grant
  if (repositories.length === 0) return undefined
  return checkSize(context, holder, repositoryCondition(repositories, listRepositoryActions(role)))
}

/** Widens the condition of an assignment; undefined if it has none, because access is never narrowed. */
export function conditionInstead(context: PairContext, holder: string, narrower: RoleAssignment): string | undefined {
  const { registry, grant } = context
  if (!narrower.condition) return undefined
  if (!reachOf(narrower, registry).isWhole) throw refuseUnclear(context, holder, narrower)
  if (grant.repositories.length === 0) return ''
  const actions = listRepositoryActions(grant.role)
  return checkSize(context, holder, widenCondition(narrower.condition, grant.repositories, actions), narrower)
}

function checkSize(
  { registry, grant }: PairContext,
  holder: string,
  condition: string,
  narrower?: RoleAssignment,
): string {
  const bytes = Buffer.byteLength(condition)
  if (bytes <= maxConditionBytes) return condition
  const what = `The condition of ${grant.role.name} on ${registry.name} for ${holder} would be ${bytes} bytes long with the input repositories; Azure allows ${maxConditionBytes}`
  const more = narrower && `The role assignment ${narrower.id} was left as it is.`
  const text = 'Name fewer repositories, or prefixes such as team/*.'
  const advice = narrower ? fix(`${text} The assignment:`, showAssignmentCommand(narrower.id)) : fix(text)
  throw new ActionError('INVALID_INPUT', { what, more }, { subject: registry.name, fix: advice })
}
