// Decides whether a principal is allowed to perform an action at a scope, by role assignments, conditions and deny
// assignments.
import { parseCondition, type Condition, type ConditionContext } from './conditions.js'
import { findRole, type Permission, type RoleDefinition } from '../model/role-definitions.js'
import type { DenyAssignment } from './governance.js'
import type { RoleAssignment } from './role-assignments.js'
import { subscriptionIdOf } from './scopes.js'
import type { World } from './world.js'

export interface PermissionRequest {
  readonly principalId: string
  /** A control-plane action, or a data action with `data: true`. */
  readonly action: string
  readonly scope: string
  readonly data?: boolean
  /** Attributes for the conditions of the caller's grants. */
  readonly attributes?: Omit<ConditionContext, 'action'>
  /** Milliseconds from a change of group membership until it counts; the world's timing by default. */
  readonly groupLagMs?: number
}

/** `condition`: a grant has the action, but its condition isn't satisfied. A deny assignment overrides grants. */
export type Verdict = 'allowed' | 'none' | 'condition' | DenyAssignment

/**
 * Whether any of the caller's effective role assignments at or above the scope, direct or through groups, allows the
 * action.
 */
export function judge(world: World, request: PermissionRequest): Verdict {
  const granted = judgeGrants(world, request)
  return granted === 'allowed' ? (findDenial(world, request) ?? granted) : granted
}

function judgeGrants(world: World, request: PermissionRequest): 'allowed' | 'none' | 'condition' {
  let verdict: 'none' | 'condition' = 'none'
  for (const assignment of effectiveAssignments(world, request.principalId, request.scope, request.groupLagMs)) {
    const role = findRole(world.roles, assignment.roleDefinitionId)
    if (role === undefined || !roleAllows(role, request.action, request.data ?? false)) continue
    if (assignment.condition === null) return 'allowed'
    if (conditionOf(assignment.condition)({ action: request.action, ...request.attributes })) return 'allowed'
    verdict = 'condition'
  }
  return verdict
}

function findDenial(
  world: World,
  { principalId, action, scope, data = false }: PermissionRequest,
): DenyAssignment | undefined {
  if (world.denyAssignments.length === 0) return undefined
  const [own, ...above] = world.ancestors(scope)
  const identities = identitiesOf(world, principalId)
  const names = (ids: readonly string[]): boolean => ids.some(id => identities.has(id.toLowerCase()))
  return world.denyAssignments.find(denial => {
    const at = denial.scope.toLowerCase()
    const applies = at === own || (!denial.doNotApplyToChildScopes && above.includes(at))
    return (
      applies &&
      permits(denial, action, data) &&
      (denial.principals.length === 0 || names(denial.principals)) &&
      !names(denial.excludePrincipals)
    )
  })
}

/** The role assignments of a principal that are in effect at a scope now. */
function effectiveAssignments(world: World, principalId: string, scope: string, groupLagMs?: number): RoleAssignment[] {
  const above = new Set(world.ancestors(scope))
  const identities = identitiesOf(world, principalId, groupLagMs)
  return world.assignments.effective(identities).filter(assignment => above.has(assignment.scope.toLowerCase()))
}

/** The permissions of the roles that a principal has at a scope now, whatever the conditions of the assignments. */
export function permissionsOf(world: World, principalId: string, scope: string): Permission[] {
  return effectiveAssignments(world, principalId, scope).flatMap(
    ({ roleDefinitionId }) => findRole(world.roles, roleDefinitionId)?.permissions ?? [],
  )
}

/** Whether the caller has any role in or above the subscription: Azure hides subscriptions from all others. */
export function seesSubscription(world: World, principalId: string, subscriptionId: string): boolean {
  const identities = identitiesOf(world, principalId)
  const above = new Set(world.ancestors(`/subscriptions/${subscriptionId}`))
  return world.assignments
    .effective(identities)
    .some(
      assignment =>
        above.has(assignment.scope.toLowerCase()) ||
        subscriptionIdOf(assignment.scope)?.toLowerCase() === subscriptionId.toLowerCase(),
    )
}

/** Whether one of a role's permissions includes the action, with wildcards, and doesn't exclude it again. */
function roleAllows(role: RoleDefinition, action: string, data: boolean): boolean {
  return role.permissions.some(permission => permits(permission, action, data))
}

function permits(permission: Permission, action: string, data: boolean): boolean {
  const [named, excepted] = data
    ? [permission.dataActions, permission.notDataActions]
    : [permission.actions, permission.notActions]
  return matchesAny(named, action) && !matchesAny(excepted, action)
}

function identitiesOf(world: World, principalId: string, groupLagMs = world.timing.groupPropagationMs): Set<string> {
  const groups = world.directory.groupsOf(principalId, groupLagMs)
  return new Set([principalId, ...groups].map(id => id.toLowerCase()))
}

const matchesAny = (patterns: readonly string[], action: string): boolean =>
  patterns.some(pattern => patternOf(pattern).test(action))

const patterns = new Map<string, RegExp>()

function patternOf(pattern: string): RegExp {
  let compiled = patterns.get(pattern)
  if (compiled === undefined) {
    compiled = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 'i')
    patterns.set(pattern, compiled)
  }
  return compiled
}

const conditions = new Map<string, Condition>()

function conditionOf(text: string): Condition {
  let condition = conditions.get(text)
  if (condition === undefined) {
    condition = parseCondition(text)
    conditions.set(text, condition)
  }
  return condition
}
