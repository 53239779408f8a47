import { findAccess, normalizeId, reachTogether, type Access, type RoleAssignment } from 'azure'
import { ActionError, withReason } from 'kernel'
import type { Operation } from 'run-model'
import { assign } from './assign.js'
import { explainLimit, findUndecided, findUnknownParents, type Reason } from './conditions.js'
import { contextAfterMove, listPullAssignments, type PairContext } from './context.js'
import { explainConcealed, explainForeign, isOfOtherTenant } from './refusals.js'

/**
 * With `role: both`, plans the role that counts after the registry's move to the other mode, judged like today's: what the pair would lack then. In `check`
 * nothing is planned if that is unknown.
 */
export function planForMove(context: PairContext): Operation[] {
  const { registry, target, desired, share } = context
  const later = contextAfterMove(context)
  if (!later || findMissing(later) === undefined || explainMove(context) || findUnknownParents(context)) return []
  const principal = desired.group
    ? { principalId: desired.group, principalType: 'Group' as const }
    : { principalId: target.identity.objectId, principalType: 'ServicePrincipal' as const }
  const key = `assign after move ${normalizeId(registry.id)} ${normalizeId(principal.principalId)}`
  const held = desired.group ? later.pair.groupAssignments : later.pair.assignments
  return [share(key, () => ({ ...assign(later, principal, held, explainNeed(later)), registry }))]
}

/** What the pair has of what it needs; undefined if that is all of it. */
function findMissing(later: PairContext): { access: Access | null } | undefined {
  const { pair, target, registry, grant, observed, desired } = later
  if (desired.group) return reachTogether(listOfGroup(later), grant, registry).isEnough ? undefined : { access: null }
  const access = findAccess(target, registry, pair.assignments, { roles: observed.roles, grant })
  return access && access.grantedBy !== 'broader-role' ? undefined : { access }
}

function listOfGroup({ pair, grant }: PairContext): RoleAssignment[] {
  return pair.groupAssignments.filter(({ roleId }) => roleId === grant.role.id)
}

function explainNeed(later: PairContext): Reason {
  const { registry, grant, desired } = later
  const none = `${grant.role.name} is the pull role once ${registry.name} moves to ${registry.roleAssignmentMode}`
  if (desired.group) return explainLimit(later, "the group's role", listOfGroup(later), none)
  const { access } = findMissing(later) ?? {}
  return access ? { reason: none } : explainLimit(later, 'its role', listPullAssignments(later), none)
}

/** In `check`, explains why it is unknown whether the pair loses access when the registry moves to the other mode. */
export function explainMove(context: PairContext): ActionError | undefined {
  const { pair, target, registry, observed, desired } = context
  const later = contextAfterMove(context)
  const missing = later && findMissing(later)
  if (desired.mode !== 'check' || !missing) return undefined
  if (registry.exists && isOfOtherTenant(context)) return explainForeign(context)
  if (pair.isConcealed) return explainConcealed(context)
  const failure = `Could not check whether ${target.name} loses access when ${registry.name} moves to ${later.registry.roleAssignmentMode}`
  const unread = desired.group ? undefined : pair.assignments.find(({ roleId }) => observed.unknownRoles.has(roleId))
  const error = unread && observed.unknownRoles.get(unread.roleId)
  if (error && !missing.access)
    return error.with({ subject: registry.name, resource: registry.id, said: withReason(failure, error.said) })
  const undecided = findUndecided(later, missing.access)
  if (!undecided) return undefined
  const why = `this step does not understand the condition of a role assignment at ${undecided.scope}`
  return new ActionError('CONDITION_NOT_UNDERSTOOD', { what: failure, why }, { subject: registry.name })
}

/** Plans the wider condition of an assignment that another job has changed meanwhile: of today's role, or of the one after the move. */
export function contextOfAssignment(context: PairContext, { roleId }: RoleAssignment): PairContext {
  const later = contextAfterMove(context)
  return later?.grant.role.id === roleId ? later : context
}
