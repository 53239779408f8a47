import { findUnclear, listGrants } from '../model/access.js'
import { showAssignmentCommand } from '../model/az-commands.js'
import { ActionError } from '../model/error.js'
import type { Unknown } from '../model/finding.js'
import { fix } from '../model/fix.js'
import type { Access, Operation } from '../model/plan.js'
import type { Registry } from '../model/registry.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import type { Context } from './context.js'

/**
 * In `check`, the assignment that decides whether the pair has the wanted role and whose condition is not understood; undefined where the verdict
 * does not depend on one. `attach` does not ask: it adds an assignment beside it, or refuses.
 */
export function findUndecided(context: Context, access: Access | null): RoleAssignment | undefined {
  const { pair, target, registry, wanted, desired, observed } = context
  if (desired.mode !== 'check') return undefined
  if (desired.group) {
    const held = pair.groupAssignments.filter(({ roleId }) => roleId === wanted.role.id)
    return findUnclear(held, wanted, registry)
  }
  if (access && access.grantedBy !== 'broader-role') return undefined
  const grants = listGrants(target, registry, pair.assignments, { roles: observed.roles, role: wanted.role })
  const relevant = grants.filter(({ grantedBy }) => !access || grantedBy !== 'broader-role')
  return findUnclear(
    relevant.map(({ assignment }) => assignment),
    wanted,
    registry,
  )
}

/** Why it is not known whether the pair has access, where a condition decides it. */
export function findConditionDoubt(
  context: Context,
  access: Access | null,
  operations: readonly Operation[],
): ActionError | undefined {
  const undecided = access || operations.length > 0 ? undefined : findUndecided(context, access)
  return undecided && explainUndecided(context, undecided)
}

/** Says that `check` does not know whether a role reaches what is wanted, where the pair's verdict does not show it. */
export function findUnclearRole(context: Context, access: Access | null, doubt: ActionError | undefined): Unknown[] {
  const undecided = doubt ? undefined : findUndecided(context, access)
  return undecided ? [{ subject: context.target.id, message: explainUndecided(context, undecided).message }] : []
}

function explainUndecided({ target, registry, wanted, desired }: Context, { id, scope }: RoleAssignment): ActionError {
  const holder = desired.group ? ` of group ${desired.group}` : ''
  return notUnderstood(
    `Could not check whether ${target.name} can pull from ${registry.name}: this step does not understand the condition of the role assignment${holder} at ${scope} (wanted: ${wanted.role.name}).`,
    registry,
    id,
  )
}

/** Refuses to change an assignment: what its condition allows could be lost. @param holder whose it is */
export function refuseUnclear({ registry, wanted }: Context, holder: string, { id }: RoleAssignment): ActionError {
  return notUnderstood(
    `${wanted.role.name} on ${registry.name} for ${holder} was left as it is: this step does not understand the condition of the role assignment, and Azure allows only one per role, identity and scope.`,
    registry,
    id,
  )
}

function notUnderstood(message: string, { name, roleAssignmentMode }: Registry, id: string): ActionError {
  const advice =
    roleAssignmentMode === 'ABAC'
      ? 'Change the condition by hand so that it only names repositories and prefixes, joined by OR, or give the access by another role assignment: to a group, or at the resource group. The assignment:'
      : `Azure documents conditions on repositories for registries in ABAC mode, and ${name} is in RBAC mode. Remove the condition by hand if nobody needs it, or give the access by another role assignment: to a group, or at the resource group. The assignment:`
  return new ActionError('CONDITION_NOT_UNDERSTOOD', message, {
    subject: name,
    fix: fix(advice, showAssignmentCommand(id)),
  })
}
