import { findLimit, reachOf } from '../model/access.js'
import { showAssignmentCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { CreateRoleAssignment } from '../model/plan.js'
import { maxConditionBytes, repositoryCondition, widenCondition } from '../model/repository-condition.js'
import { describeRepositories, describeUnreached, type RepositoryPattern } from '../model/repository-pattern.js'
import { lastSegment } from '../model/resource-id.js'
import { isAssignmentOf, roleAssignmentName, type RoleAssignment } from '../model/role-assignment.js'
import { listRepositoryActions } from '../model/roles.js'
import { refuseUnclear } from './conditions.js'
import type { Context } from './context.js'

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
  { registry, grant }: Context,
  whose: string,
  held: readonly RoleAssignment[],
  none: string,
): Reason {
  if (held.length === 0) return { reason: none }
  const limit = findLimit(held, grant, registry)
  const isUnclear = held.some(each => !reachOf(each, registry).isWhole)
  if (!limit) {
    return {
      reason: isUnclear
        ? `${whose} has a condition that this step does not understand`
        : `the condition of ${whose} allows no repository`,
    }
  }
  const allows = isUnclear ? 'is known to allow only' : 'allows only'
  return {
    reason: `${whose} ${allows} ${describeRepositories(limit)}, not ${describeUnreached(limit, grant.repositories)}`,
    limit,
  }
}

/**
 * Plans a new assignment, or widens the condition of an existing one: Azure allows only one per role, principal and scope.
 * @throws ActionError if changing the existing condition could remove access that it allows
 */
export function assign(
  context: Context,
  principal: Pick<CreateRoleAssignment, 'principalId' | 'principalType'>,
  held: readonly RoleAssignment[],
  { reason, limit }: Reason,
): CreateRoleAssignment & { reason: string } {
  const { target, registry, grant } = context
  const { role, repositories } = grant
  const { principalId, principalType } = principal
  const key = { scope: registry.id, principalId, roleId: role.id }
  const narrower = held.find(assignment => isAssignmentOf(assignment, key))
  const holder = principalType === 'Group' ? `group ${principalId}` : target.name
  const condition = narrower ? conditionInstead(context, holder, narrower) : conditionOf(context, holder)
  const within = limit ?? (narrower && reachOf(narrower, registry).patterns)
  return {
    operation: narrower ? 'update-role-assignment' : 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    ...principal,
    role: { id: role.id, name: role.name },
    name: narrower ? lastSegment(narrower.id) : roleAssignmentName(registry.id, principalId, role.id, condition),
    ...(condition !== undefined && { condition }),
    ...(narrower && { replaces: narrower }),
    ...(within && { unreached: describeUnreached(within, repositories) }),
    reason,
  }
}

function conditionOf(context: Context, holder: string): string | undefined {
  const { role, repositories } = context.grant
  if (repositories.length === 0) return undefined
  return checkSize(context, holder, repositoryCondition(repositories, listRepositoryActions(role)))
}

/** Widens the condition of an assignment; undefined if it has none, because access is never narrowed. */
function conditionInstead(context: Context, holder: string, narrower: RoleAssignment): string | undefined {
  const { registry, grant } = context
  if (!narrower.condition) return undefined
  if (!reachOf(narrower, registry).isWhole) throw refuseUnclear(context, holder, narrower)
  if (grant.repositories.length === 0) return ''
  const actions = listRepositoryActions(grant.role)
  return checkSize(context, holder, widenCondition(narrower.condition, grant.repositories, actions), narrower)
}

function checkSize({ registry, grant }: Context, holder: string, condition: string, narrower?: RoleAssignment): string {
  const bytes = Buffer.byteLength(condition)
  if (bytes <= maxConditionBytes) return condition
  const left = narrower ? ` The role assignment ${narrower.id} was left as it is.` : ''
  throw new ActionError(
    'INVALID_INPUT',
    `The condition of ${grant.role.name} on ${registry.name} for ${holder} would be ${bytes} bytes long with the input repositories; Azure allows ${maxConditionBytes}.${left}`,
    {
      subject: registry.name,
      fix: fix(
        `Name fewer repositories, or prefixes such as team/*.${narrower ? ' The assignment:' : ''}`,
        ...(narrower ? [showAssignmentCommand(narrower.id)] : []),
      ),
    },
  )
}
