import { normalizeId, reachTogether, isCounted } from 'azure'
import { type Unknown } from 'kernel'
import { type Operation } from 'run-model'
import { assign } from './assign.js'
import { explainLimit, findUndecided, findUnknownParents } from './conditions.js'
import type { PairContext } from './context.js'

/** Plans access through the group of the inputs: the group's role and the membership, regardless of the identity's other roles. */
export function planGroup(context: PairContext): Operation[] {
  return [...planGroupRole(context), ...planJoin(context)]
}

function planGroupRole(context: PairContext): Operation[] {
  const { pair, registry, grant, desired, share } = context
  const held = pair.groupAssignments.filter(({ roleId }) => roleId === grant.role.id)
  const { isEnough } = reachTogether(held, grant, registry)
  if (isEnough || findUndecided(context, null) || findUnknownParents(context)) return []
  const principal = { principalId: desired.group, principalType: 'Group' as const }
  const none = 'the group has no pull role at the registry or above it'
  const why = explainLimit(context, "the group's role", held, none)
  const key = `assign ${normalizeId(registry.id)} ${desired.group}`
  return [share(key, () => assign(context, principal, pair.groupAssignments, why))]
}

function planJoin(context: PairContext): Operation[] {
  const { target, desired, share } = context
  const member = isMember(context)
  // In check, an unknown membership isn't drift. attach plans it anyway, because adding an existing member succeeds.
  if (member === true || (member === undefined && desired.mode === 'check')) return []
  const reason =
    member === false ? 'the pull identity is not in the group' : 'the pull identity is not known to be in the group'
  const operation = { operation: 'add-group-member' as const, target, groupId: desired.group, reason }
  return [share(`join ${normalizeId(target.id)}`, () => operation)]
}

/** In `check`, reports that the membership of the pull identity is unknown. */
export function findUnknownMember(context: PairContext): Unknown[] {
  const { target, desired, observed } = context
  if (desired.mode !== 'check' || isMember(context) !== undefined) return []
  const { error } = observed.group?.members ?? {}
  const why =
    error && error.kind !== 'forbidden'
      ? error.message
      : 'the signed-in identity has no permission to read groups in Microsoft Graph.'
  const message = `Could not check whether ${target.name} is in group ${desired.group}: ${why}`
  return [{ subject: target.id, message }]
}

/**
 * Whether the pull identity is in the group of the inputs; undefined if unknown. Azure Resource Manager learns of new members late, so its "no" counts
 * only if the caller has no read access to Microsoft Graph.
 */
export function isMember({ pair, target, observed: { group } }: PairContext): boolean | undefined {
  if (!group) return false
  const counted = isCounted(pair, group.id)
  const { value: members, error } = group.members
  if (counted === true || members?.has(normalizeId(target.identity.objectId))) return true
  return members ? false : error.kind === 'forbidden' ? counted : undefined
}
