import {
  coversRepositories,
  everything,
  joinReaches,
  notUnderstood,
  readRepositoryCondition,
} from 'repository-conditions'
import type { Reach, RepositoryPattern } from 'repository-conditions'
import type { Registry } from './registry.js'
import { sameId } from './resource-id.js'
import type { RoleAssignment, Roles, DesiredGrant } from './role-assignment.js'
import { canPull, listRepositoryActions, mayMoreThanPull, type RoleDefinition } from './roles.js'
import type { Target } from './target.js'

/** Best first. */
const ranks: GrantedBy[] = ['direct', 'inherited', 'group', 'broader-role']

/**
 * How the assignments together allow the target to pull everything desired; null if they don't. Several assignments add up, and the access then is
 * of the worst kind among those that it needs.
 */
export function findAccess(
  target: Target,
  registry: Registry,
  assignments: readonly RoleAssignment[],
  { roles, grant }: { roles: Roles; grant: DesiredGrant },
): Access | null {
  const grants = listGrants(target, registry, assignments, { roles, role: grant.role })
  for (const rank of ranks) {
    const upToHere = grants.filter(({ grantedBy }) => ranks.indexOf(grantedBy) <= ranks.indexOf(rank))
    const held = upToHere.map(({ assignment }) => assignment)
    if (!reachTogether(held, grant, registry).isEnough) continue
    const ofRank = upToHere.filter(({ grantedBy }) => grantedBy === rank)
    return ofRank.find(({ assignment }) => reachTogether([assignment], grant, registry).isEnough) ?? ofRank[0] ?? null
  }
  return null
}

/** The assignments whose roles allow the target to pull, everything or a part. @param options.role the desired role */
export function listGrants(
  target: Target,
  registry: Registry,
  assignments: readonly RoleAssignment[],
  options: { roles: Roles; role: RoleDefinition },
): Access[] {
  return assignments.flatMap((assignment): Access[] => {
    const role = options.roles.get(assignment.roleId)
    if (!role || !canPull(role, registry.roleAssignmentMode)) return []
    const isBroader = role.id !== options.role.id && mayMoreThanPull(role)
    const grantedBy = isBroader ? 'broader-role' : holdOf(assignment, { target, registry })
    return [{ grantedBy, assignment, role: role.name }]
  })
}

/** A registry's mode decides how conditions are evaluated there. */
type WithMode = Pick<Registry, 'roleAssignmentMode'>

/**
 * The repositories that an assignment of a pull role reaches. Conditions are documented for data actions; a registry in RBAC mode checks no data
 * action, so the effect of a condition is unknown there.
 * @param action pulling, unless another data action is given
 */
export function reachOf(assignment: RoleAssignment, { roleAssignmentMode }: WithMode, action?: string): Reach {
  const { condition, conditionVersion } = assignment
  if (!condition) return everything
  if (conditionVersion) return notUnderstood
  return roleAssignmentMode === 'ABAC' ? readRepositoryCondition(condition, action) : notUnderstood
}

/**
 * How far assignments of pull roles reach together: `isEnough` if they are known to reach all desired repositories. If not, `limit` has those that they are
 * known to reach, absent if there are none, and `unclear` is the first assignment that may reach more.
 */
export function reachTogether(
  assignments: readonly RoleAssignment[],
  { repositories }: DesiredGrant,
  registry: WithMode,
): { isEnough: boolean; limit?: RepositoryPattern[]; unclear?: RoleAssignment | undefined } {
  const { patterns } = joinReaches(assignments.map(each => reachOf(each, registry)))
  if (coversRepositories(patterns, repositories)) return { isEnough: true }
  const unclear = assignments.find(each => !reachOf(each, registry).isWhole)
  return { isEnough: false, ...(patterns.length > 0 && { limit: [...patterns] }), unclear }
}

/**
 * The repositories that an assignment is known to allow although they are not desired; none if everything is desired. It counts for pulling, and for
 * whatever else both the assigned and the desired role allow, such as pushing.
 * @param assigned the role of the assignment, if it is known
 */
export function listExcess(
  assignment: RoleAssignment,
  { role, repositories }: DesiredGrant,
  registry: WithMode,
  assigned: RoleDefinition | undefined,
): RepositoryPattern[] {
  if (repositories.length === 0) return []
  const others = assigned ? listRepositoryActions(assigned).slice(2) : []
  const limited = listRepositoryActions(role).filter(action => others.includes(action))
  const reaches = [undefined, ...limited].map(action => reachOf(assignment, registry, action).patterns)
  return [...new Set(reaches.flat())].filter(pattern => !coversRepositories(repositories, [pattern]))
}

/** How a pull identity has an assignment: its own, at the registry or inherited from above it, or that of a group. */
export function holdOf(
  { principalId, scope }: RoleAssignment,
  { target, registry }: { target: Pick<Target, 'identity'>; registry: Pick<Registry, 'id'> },
): Exclude<GrantedBy, 'broader-role'> {
  if (!sameId(principalId, target.identity.objectId)) return 'group'
  return sameId(scope, registry.id) ? 'direct' : 'inherited'
}

export type GrantedBy = 'direct' | 'inherited' | 'group' | 'broader-role'

/** How a pull identity has access to a registry. */
export interface Access {
  grantedBy: GrantedBy
  assignment: RoleAssignment
  role: string
}

const levels = ['none', 'assignment', 'pull'] as const

/** How access is proven, the weakest level first. */
export type VerifyLevel = (typeof levels)[number]

/** The weakest of some levels; `none` without any. */
export function weakest(all: readonly VerifyLevel[]): VerifyLevel {
  return levels.find(level => all.includes(level)) ?? 'none'
}

/** The strongest of some levels. */
export function strongest(all: readonly VerifyLevel[]): VerifyLevel {
  return levels.findLast(level => all.includes(level)) ?? 'none'
}
