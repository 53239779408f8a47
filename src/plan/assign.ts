import { deleteRoleAssignmentCommand } from '../model/az-commands.js'
import { explainBoots } from '../model/boots.js'
import { ActionError } from '../model/error.js'
import { fix } from '../model/fix.js'
import type { Boot } from '../model/observed.js'
import type { CreateRoleAssignment } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import {
  describeRepositories,
  describeUnreached,
  readRepositoryCondition,
  repositoryCondition,
  type RepositoryPattern,
} from '../model/repository-condition.js'
import { lastSegment } from '../model/resource-id.js'
import { isAssignmentOf, roleAssignmentName, type RoleAssignment, type Wanted } from '../model/role-assignment.js'
import type { Context } from './context.js'

/** Why a role is assigned. */
export interface Why {
  reason: string
  /** What its holder is allowed already, where that is too little. */
  limit?: readonly RepositoryPattern[] | undefined
}

/** The reason where a holder has no role that pulls, or one that allows too little. @param none the reason where it has none */
export function explainLimit(
  whose: string,
  limit: readonly RepositoryPattern[] | undefined,
  none: string,
  { repositories }: Wanted,
): Why {
  if (!limit) return { reason: none }
  if (limit.length === 0) return { reason: `${whose} is limited by a condition that this step can't read`, limit }
  return {
    reason: `${whose} allows only ${describeRepositories(limit)}, not ${describeUnreached(limit, repositories)}`,
    limit,
  }
}

/** A new assignment or, where the same role is there with a narrower condition, that one with a wider condition: Azure allows one of each. */
export function assign(
  { target, registry, boots, wanted: { role, repositories } }: Context,
  principal: Pick<CreateRoleAssignment, 'principalId' | 'principalType'>,
  held: RoleAssignment[],
  { reason, limit }: Why,
): CreateRoleAssignment & { reason: string } {
  const { principalId } = principal
  const key = { scope: registry.id, principalId, roleId: role.id }
  const narrower = held.find(assignment => isAssignmentOf(assignment, key))
  const allowed = narrower?.condition === undefined ? [] : readRepositoryCondition(narrower.condition)
  if (allowed === undefined && repositories.length > 0)
    throw unreadableCondition(registry, narrower, narrower ? boots.through(narrower) : [])
  const reached = [...new Set([...(allowed ?? []), ...repositories])]
  const within = limit ?? (narrower && (allowed ?? []))
  const condition = repositories.length > 0 ? repositoryCondition(reached) : narrower && ''
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

function unreadableCondition(
  { name }: Registry,
  assignment: RoleAssignment | undefined,
  booting: readonly Boot[],
): ActionError {
  const id = assignment?.id ?? ''
  return new ActionError(
    'INVALID_INPUT',
    `The input repositories can't be added to the role assignment on ${name}: its condition checks more than names and prefixes of repositories.`,
    {
      subject: name,
      fix:
        booting.length > 0
          ? fix(`Change the condition by hand. Do not delete the assignment: ${explainBoots(booting)}.`)
          : fix(
              'Change the condition by hand, or delete the assignment, which takes away all that it allows, and run the step again:',
              deleteRoleAssignmentCommand(id),
            ),
    },
  )
}
