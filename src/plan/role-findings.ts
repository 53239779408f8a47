import { allRepositories, bootstrapRepositories, coversRepositories, joinReaches } from 'repository-conditions'
import {
  canPull,
  deleteRoleAssignmentCommand,
  findAccess,
  holdOf,
  listMembersCommand,
  mayMoreThanPull,
  pullRole,
  reachOf,
  sameId,
  showAssignmentCommand,
  type RoleAssignment,
} from 'azure'
import { fix, warning } from 'kernel'
import { type Plan, isDirect } from 'run-model'
import { explainBoots, type Boot } from '../boots.js'
import { listPairGrants, type PlannedContext } from './context.js'
import { adviseOnForeign, isForeign } from './refusals.js'

/**
 * Finds roles that allow more than pulling, or that the registry ignores. Roles of groups count only if the identity's own roles aren't enough: with
 * several clusters they are not even read otherwise, and a single cluster must get the same findings.
 */
export function findRoles(context: PlannedContext): Plan['findings'][number][] {
  const { pair, target, registry, observed, desired } = context
  const { role: desiredRole, access } = pair
  const isEnough = !desired.group && (access?.grantedBy === 'direct' || access?.grantedBy === 'inherited')
  const ofHeld = pair.assignments.flatMap((assignment): Plan['findings'][number][] => {
    const role = observed.roles.get(assignment.roleId)
    if (!role || role.id === desiredRole.id) return []
    const isOwn = holdOf(assignment, context) !== 'group'
    if (!isOwn && isEnough) return []
    const holder = isOwn
      ? `${target.identity.name}, which ${target.name} pulls with,`
      : `The group ${assignment.principalId}, which ${target.name} pulls through,`
    const held = `${holder} holds ${role.name} at ${assignment.scope}`
    if (canPull(role, registry.roleAssignmentMode)) {
      if (!mayMoreThanPull(role)) return []
      const message = `${held}. Pods on ${target.name} can do more with it than pull from ${registry.name}: ${nameEnough(context)} is enough.`
      const advice = adviseOn(assignment, context, true)
      return [{ ...warning('EXCESS_ROLE', target.id, message, advice.fix), ...advice }]
    }
    // Only in ABAC mode can it be a role of the other mode.
    if (!canPull(role, 'RBAC')) return []
    const message = `${held}, but ${registry.name} is in ABAC mode, where this role does not allow pulling; ${desiredRole.name} replaces it.`
    const advice = adviseOn(assignment, context, false)
    return [{ ...warning('ROLE_IGNORED_BY_ABAC', registry.id, message, advice.fix), ...advice }]
  })
  return [...findDesiredExcess(context), ...ofHeld]
}

/** Reports that the role of the inputs itself allows more than pulling: from the run that assigns it on. */
function findDesiredExcess({ pair, target, registry, observed }: PlannedContext): Plan['findings'][number][] {
  const { role, operations, assignments } = pair
  const isHeld = assignments.some(({ roleId }) => observed.roles.get(roleId)?.id === role.id)
  if (!mayMoreThanPull(role) || (operations.length === 0 && !isHeld)) return []
  const enough = pullRole(registry).name
  const message = `With the input role, pods on ${target.name} can use ${role.name}. ${enough} is enough to pull from ${registry.name}.`
  const advice = fix(
    `Use role: auto, which assigns ${enough}. The next run with mode: attach adds it and prints the command that removes ${role.name}.`,
  )
  return [warning('EXCESS_ROLE', target.id, message, advice)]
}

/** The name of a role that only pulls: that of the inputs, if it is one. */
function nameEnough({ pair: { role }, registry }: PlannedContext): string {
  return mayMoreThanPull(role) ? pullRole(registry).name : role.name
}

/**
 * Advises to delete an assignment only if nobody is known to lose access by that, and only at the registry itself: what lies below another scope is not
 * known.
 */
function adviseOn(
  assignment: RoleAssignment,
  context: PlannedContext,
  isPulledBy: boolean,
): Pick<Plan['findings'][number], 'fix' | 'premise'> {
  const { target, registry, pullers, desired } = context
  const { id, principalId, scope } = assignment
  const booting = pullers
    .through(assignment)
    .filter(boot => !sameId(boot.bootstrapRegistryId, registry.id) || !canBootByPulling(boot, context))
  if (booting.length > 0) return { fix: fix(`Do not delete it: ${explainBoots(booting)}.`) }
  const hold = holdOf(assignment, context)
  if (hold === 'group') {
    const text = 'The other members of the group may pull through it, so do not delete it for this one. The members:'
    return { fix: fix(text, listMembersCommand(principalId)) }
  }
  if (hold === 'inherited') {
    const text = `It is inherited from ${scope}: clusters may need it for other registries there, which this step doesn't check, so don't delete it before you know. The assignment:`
    return { fix: fix(text, showAssignmentCommand(id)) }
  }
  if (isForeign(context, assignment)) return { fix: adviseOnForeign(id) }
  const deletion = fix(
    'Others may depend on it, so check before you delete it. If nothing else needs it:',
    deleteRoleAssignmentCommand(id),
  )
  if (!isPulledBy || isCoveredBy(assignment, context)) return { fix: deletion }
  const needed = `${target.name} still pulls through this role. Don't delete it until ${nameEnough(context)} is assigned.`
  const isReplacing = () => isCoveredBy(assignment, context, { isGranted: true })
  const operation = context.pair.operations.find(each => isDirect(each) && isReplacing())
  if (operation && desired.mode === 'attach')
    return { fix: deletion, premise: { operation, otherwise: fix(`${needed} It could not be assigned.`) } }
  const isLimited = desired.repositories.length > 0
  const attach = `mode: attach${mayMoreThanPull(context.pair.role) ? ', role: auto' : ''}`
  const how = isLimited
    ? ` Name all repositories that it pulls in the input repositories, and run this step with ${attach}.`
    : ` Run the step with ${attach}, without group. It assigns that role and prints the command that removes this one.`
  return { fix: fix(needed + how) }
}

/**
 * Whether roles of the pair that only pull allow everything that an assignment allows.
 * @param options.isGranted whether to count the role of the inputs as assigned, too
 */
function isCoveredBy(assignment: RoleAssignment, context: PlannedContext, { isGranted = false } = {}): boolean {
  const { registry } = context
  const others = listPairGrants(context).filter(
    ({ grantedBy, assignment: { id } }) => grantedBy !== 'broader-role' && !sameId(id, assignment.id),
  )
  const held = joinReaches(others.map(each => reachOf(each.assignment, registry))).patterns
  const added = isGranted ? reachOfGrant(context) : []
  const { patterns, isWhole } = reachOf(assignment, registry)
  return coversRepositories([...held, ...added], isWhole ? patterns : [allRepositories])
}

/** The repositories that the role of the inputs reaches once it is assigned. */
function reachOfGrant({ registry, grant: { role, repositories } }: PlannedContext): string[] {
  if (!canPull(role, registry.roleAssignmentMode)) return []
  return repositories.length > 0 ? repositories : [allRepositories]
}

/** Whether the pair's nodes can boot from its registry with roles that only pull, and so without the others. */
function canBootByPulling({ objectId }: Boot, context: PlannedContext): boolean {
  const { pair, target, registry, observed } = context
  const grant = { role: pair.role, repositories: [bootstrapRepositories] }
  const access = findAccess(target, registry, pair.assignments, { roles: observed.roles, grant })
  return sameId(objectId, target.identity.objectId) && access !== null && access.grantedBy !== 'broader-role'
}
