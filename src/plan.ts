import { builtInRoles } from './azure/built-in-roles.js'
import { canPull, mayMoreThanPull } from './azure/pull-rights.js'
import { sameId } from './azure/resource-id.js'
import { roleAssignmentName } from './azure/role-assignments.js'
import type {
  Access,
  Finding,
  GrantedBy,
  Observed,
  ObservedPair,
  Operation,
  Plan,
  PlannedPair,
  Registry,
  RoleAssignment,
  RoleDefinition,
  Target,
} from './state.js'

type Roles = ReadonlyMap<string, RoleDefinition>

/** What is to be written so that every target can pull from every registry, and what is worth knowing. Pure: no clock, no network. */
export function makePlan({ pairs, roles, targets }: Observed): Plan {
  const planned = pairs.map(pair => planPair(pair, roles))
  return {
    pairs: planned,
    operations: planned.flatMap(({ operation }) => operation ?? []),
    findings: [
      ...targets.flatMap(target => ('found' in target ? findStopped(target.found) : [])),
      ...pairs.flatMap(pair => findRoles(pair, roles)),
    ],
  }
}

/** The role that lets an identity pull and nothing else, which depends on what the registry honours. */
export function pullRole({ roleAssignmentMode }: Registry): RoleDefinition {
  return roleAssignmentMode === 'ABAC' ? builtInRoles.repositoryReader : builtInRoles.acrPull
}

function planPair(pair: ObservedPair, roles: Roles): PlannedPair {
  if (pair.error || 'error' in pair.target || 'error' in pair.registry) return { ...pair, access: null }
  const target = pair.target.found
  const registry = pair.registry.found
  const access = findAccess(target, registry, pair.assignments, roles)
  if (access && access.grantedBy !== 'broader-role') return { ...pair, access }
  return { ...pair, access, operation: createAssignment(target, registry, access) }
}

function createAssignment(target: Target, registry: Registry, access: Access | null): Operation {
  const { id, name } = pullRole(registry)
  const principalId = target.identity.objectId
  return {
    operation: 'create-role-assignment',
    target,
    registry,
    scope: registry.id,
    principalId,
    role: { id, name },
    name: roleAssignmentName(registry.id, principalId, id),
    reason: access
      ? `pulls only through ${access.role}, which may do more; removing that must not break it`
      : 'no pull role at the registry or above it',
  }
}

const ranks: GrantedBy[] = ['direct', 'inherited', 'group', 'broader-role']

/** The best of the assignments that let the target pull. One with a condition may not cover every repository, so it is not taken for access. */
function findAccess(target: Target, registry: Registry, assignments: RoleAssignment[], roles: Roles): Access | null {
  const wanted = pullRole(registry)
  const found = assignments.flatMap((assignment): Access[] => {
    const role = assignment.roleId === wanted.id ? wanted : roles.get(assignment.roleId)
    if (!role || assignment.condition || !canPull(role, registry.roleAssignmentMode)) return []
    return [{ grantedBy: grantedBy(target, registry, assignment, role), assignment, role: role.name }]
  })
  return found.sort((a, b) => ranks.indexOf(a.grantedBy) - ranks.indexOf(b.grantedBy))[0] ?? null
}

function grantedBy(target: Target, registry: Registry, assignment: RoleAssignment, role: RoleDefinition): GrantedBy {
  if (mayMoreThanPull(role)) return 'broader-role'
  if (!sameId(assignment.principalId, target.identity.objectId)) return 'group'
  return sameId(assignment.scope, registry.id) ? 'direct' : 'inherited'
}

function findStopped({ id, name, state }: Target): Finding[] {
  if (state !== 'Stopped') return []
  return [
    {
      code: 'CLUSTER_STOPPED',
      severity: 'notice',
      subject: id,
      message: `${name} is stopped: it can be given access, but nothing can pull until it runs.`,
      fix: `az aks start --ids ${id}`,
    },
  ]
}

/** Roles at the pair's registry that do more than they should, or nothing at all. */
function findRoles({ target, registry, assignments }: ObservedPair, roles: Roles): Finding[] {
  if ('error' in target || 'error' in registry) return []
  const { roleAssignmentMode, name } = registry.found
  return assignments.flatMap((assignment): Finding[] => {
    const role = roles.get(assignment.roleId)
    if (!role) return []
    const who = `${target.found.identity.name} (the kubelet identity of ${target.found.name})`
    if (canPull(role, roleAssignmentMode)) {
      if (!mayMoreThanPull(role)) return []
      return [
        {
          code: 'EXCESS_ROLE',
          severity: 'warning',
          subject: assignment.id,
          message: `${who} holds ${role.name} at ${assignment.scope}: every pod on the nodes can use it, and pulling from ${name} needs only ${pullRole(registry.found).name}.`,
          fix: `If nothing else needs it:\n  az role assignment delete --ids ${assignment.id}`,
        },
      ]
    }
    if (roleAssignmentMode === 'ABAC' && canPull(role, 'RBAC')) {
      return [
        {
          code: 'ROLE_IGNORED_BY_ABAC',
          severity: 'warning',
          subject: assignment.id,
          message: `${who} holds ${role.name} at ${assignment.scope}, but ${name} is in ABAC mode and does not honour it for pulling.`,
          fix: `${pullRole(registry.found).name} takes its place. If nothing else needs ${role.name}:\n  az role assignment delete --ids ${assignment.id}`,
        },
      ]
    }
    return []
  })
}
