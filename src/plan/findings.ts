import { coverTogether, findAccess, findUnclear, reachOf } from '../model/access.js'
import { fix, type Fix } from '../model/fix.js'
import {
  acrCommand,
  aksCommand,
  deleteRoleAssignmentCommand,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  showAssignmentCommand,
  showServiceAccountPullCommand,
} from '../model/az-commands.js'
import { explainBoots } from '../model/boots.js'
import type { Finding } from '../model/finding.js'
import type { Boot, Observed } from '../model/observed.js'
import { describeOperation, type PlannedPair } from '../model/plan.js'
import { bootstrapRepositories } from '../model/repository-pattern.js'
import type { Registry } from '../model/registry.js'
import { valuesOf } from '../model/result.js'
import { lastSegment, normalizeId, sameId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Target } from '../model/target.js'
import { contextOf, listPullAssignments, type Context, type PlanContext } from './context.js'

export function findFindings(shared: PlanContext, pairs: PlannedPair[]): Finding[] {
  const { observed, desired } = shared
  const { targets, leaving, registries } = observed
  const left = leaving.map(describeLeaving)
  if (desired.mode === 'detach') return left
  const inPairs = pairs.flatMap(pair => {
    if (pair.error) return []
    const context = contextOf(pair, shared)
    return [
      ...findRoles(context),
      ...findRemovedConditions(context),
      ...findBootstrap(context),
      ...findGroupLatency(context),
    ]
  })
  const inTargets = valuesOf(targets).flatMap(target => [...findStopped(target), ...findServiceAccountPull(target)])
  const inRegistries = valuesOf(registries).flatMap(({ registry }) => findRegistrySettings(registry))
  return distinctFindings([...inPairs, ...inTargets, ...inRegistries, ...left])
}

function describeLeaving({ id, name }: Observed['leaving'][number]): Finding {
  const message = `${name} is being deleted and was left out.`
  return { code: 'CLUSTER_STOPPED', severity: 'notice', subject: id, message, fix: fix('', aksCommand('show', id)) }
}

/** Nodes use what the setting was when they were created or last reimaged (AgentBaker, `cse_config.sh`). */
function findServiceAccountPull({ id, name, identity, serviceAccountPull }: Target): Finding[] {
  const { isEnabled, defaultIdentityId } = serviceAccountPull?.value ?? {}
  if (!isEnabled) return []
  const fallback = defaultIdentityId ? `as ${lastSegment(defaultIdentityId)}` : 'anonymously'
  const message =
    `${name} pulls as the service accounts of its pods: on nodes that were created or reimaged since this was set, ${identity.name} pulls nothing. ` +
    `Images are pulled with the identity that the pod's service account names, or else ${fallback}.`
  const advice = fix(
    'Assign the pull role to the identities of the service accounts, with their resource IDs in kubelet-identity. With probe-service-account or manifests, pulls prove it. The setting:',
    showServiceAccountPullCommand(id),
  )
  return [{ code: 'SERVICE_ACCOUNT_PULL', severity: 'warning', subject: id, message, fix: advice }]
}

/** Warns if the pull identity lacks access to the registry that the nodes boot from. */
function findBootstrap(context: PairContext): Finding[] {
  const { pair, target, registry } = context
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return []
  const grant = { role: pair.role, repositories: [bootstrapRepositories] }
  const held = listPullAssignments(context)
  if (coverTogether(held, grant, registry)) return []
  const unclear = findUnclear(held, grant, registry)
  const limits = unclear ? 'is not known to reach' : held.length > 0 ? 'does not reach' : 'is missing for'
  const effect = unclear ? 'this step does not understand its condition. Without the role, nodes' : 'nodes'
  return [
    {
      code: 'BOOTSTRAP_REGISTRY',
      severity: 'warning',
      subject: target.id,
      message:
        `${target.name} boots its nodes from ${registry.name}, and the pull role of ${target.identity.name} there ${limits} ` +
        `${bootstrapRepositories}: ${effect} can't be started, upgraded or added.`,
      fix: unclear
        ? fix('The assignment:', showAssignmentCommand(unclear.id))
        : fix(
            'Run this step with mode: attach. It assigns the role for the whole registry, unless repositories limits it.',
          ),
    },
  ]
}

type PairContext = Context<PlannedPair>

function distinctFindings(findings: Finding[]): Finding[] {
  const byKey = new Map(
    findings.map(finding => [`${finding.code} ${normalizeId(finding.subject)} ${finding.message}`, finding]),
  )
  return [...byKey.values()]
}

function findStopped({ id, name, isStopped }: Target): Finding[] {
  if (!isStopped) return []
  const message = `${name} is stopped: access can be granted, but nothing can pull until it runs.`
  return [{ code: 'CLUSTER_STOPPED', severity: 'warning', subject: id, message, fix: fix('', aksCommand('start', id)) }]
}

function findRegistrySettings(registry: Registry): Finding[] {
  const { id: subject, name, exists } = registry
  if (!exists) return []
  const findings: Finding[] = []
  const add = (code: Finding['code'], message: string, advice: Fix): void => {
    findings.push({ code, severity: 'warning', subject, message, fix: advice })
  }
  if (!registry.publicNetworkAccess) {
    add(
      'PUBLIC_ACCESS_DISABLED',
      `${name} only accepts connections through private endpoints: a cluster that can't reach one can't pull, whatever its role.`,
      fix('The private endpoints:', listPrivateEndpointsCommand(subject)),
    )
  } else if (registry.firewall) {
    add(
      'FIREWALL',
      `${name} only accepts listed IP addresses; add the clusters' outbound addresses.`,
      fix('The listed addresses:', listNetworkRulesCommand(subject)),
    )
  }
  if (!registry.armTokensAccepted) {
    add(
      'ARM_AUDIENCE_DISABLED',
      `${name} accepts no tokens for Azure Resource Manager: kubelets of current clusters use the registry's own tokens, but older tools such as az aks check-acr fail.`,
      fix('The setting:', acrCommand('config authentication-as-arm show', subject)),
    )
  }
  if (registry.adminUserEnabled) {
    add(
      'ADMIN_USER_ENABLED',
      `${name} has its admin user enabled: one shared password that allows pulling and pushing everything. Clusters with a pull role don't need it.`,
      fix(
        'Disabling it locks out everything that still signs in with it. If nothing does:',
        acrCommand('update', subject, '--admin-enabled false'),
      ),
    )
  }
  return findings
}

/**
 * Finds roles that allow more than pulling, or that the registry ignores. Roles of groups count only if the identity's own roles aren't enough: with
 * several clusters they are not even read otherwise, and a single cluster must get the same findings.
 */
function findRoles(context: PairContext): Finding[] {
  const { pair, target, registry, observed, desired, boots } = context
  const { role: desiredRole, access } = pair
  const isEnough = !desired.group && (access?.grantedBy === 'direct' || access?.grantedBy === 'inherited')
  return pair.assignments.flatMap((assignment): Finding[] => {
    const role = observed.roles.get(assignment.roleId)
    if (!role || role.id === desiredRole.id) return []
    const isOwn = sameId(assignment.principalId, target.identity.objectId)
    if (!isOwn && isEnough) return []
    const holder = isOwn
      ? `${target.identity.name}, which ${target.name} pulls with,`
      : `The group ${assignment.principalId}, which ${target.name} pulls through,`
    const held = `${holder} holds ${role.name} at ${assignment.scope}`
    const booting = boots
      .through(assignment)
      .filter(boot => !sameId(boot.registryId, registry.id) || !canBootWithout(assignment, boot, context))
    const advice =
      booting.length > 0
        ? fix(`Do not delete it: ${explainBoots(booting)}.`)
        : fix(
            'Others may depend on it, so check before you delete it. If nothing else needs it:',
            deleteRoleAssignmentCommand(assignment.id),
          )
    const finding = { severity: 'warning' as const, fix: advice }
    if (canPull(role, registry.roleAssignmentMode)) {
      if (!mayMoreThanPull(role)) return []
      const message = `${held}: every pod on the nodes can use it, and pulling from ${registry.name} needs only ${desiredRole.name}.`
      return [{ ...finding, code: 'EXCESS_ROLE', subject: target.id, message }]
    }
    if (registry.roleAssignmentMode !== 'ABAC' || !canPull(role, 'RBAC')) return []
    const message = `${held}, but ${registry.name} is in ABAC mode, where this role does not allow pulling; ${desiredRole.name} replaces it.`
    return [{ ...finding, code: 'ROLE_IGNORED_BY_ABAC', subject: registry.id, message }]
  })
}

/** Whether the pair's nodes can still boot from its registry without this assignment, with a role that only pulls. */
function canBootWithout(
  { id }: RoleAssignment,
  { objectId }: Boot,
  { pair, target, registry, observed: { roles } }: PairContext,
): boolean {
  const others = pair.assignments.filter(each => !sameId(each.id, id))
  const grant = { role: pair.role, repositories: [bootstrapRepositories] }
  const access = findAccess(target, registry, others, { roles, grant })
  return sameId(objectId, target.identity.objectId) && access !== null && access.grantedBy !== 'broader-role'
}

/** Finds limited assignments that the plan widens to the whole registry. */
function findRemovedConditions({ pair }: PairContext): Finding[] {
  return pair.operations.flatMap((operation): Finding[] => {
    if (operation.operation !== 'update-role-assignment' || operation.condition !== '') return []
    const { replaces, registry } = operation
    const patterns = replaces ? reachOf(replaces, registry).patterns : []
    const limit = patterns.length > 0 ? `the repositories ${patterns.join(', ')}` : 'no repository'
    return [
      {
        code: 'CONDITION_REMOVED',
        severity: 'warning',
        subject: registry.id,
        message: `${describeOperation(operation)} was limited to ${limit}. It applies to the whole registry once the condition is removed, because this step names no repositories.`,
        fix: fix('To keep the limit, name the repositories in the input repositories of this step.'),
      },
    ]
  })
}

function findGroupLatency({ pair: { access }, target, desired: { group } }: PairContext): Finding[] {
  const through = group || (access?.grantedBy === 'group' ? access.assignment.principalId : '')
  if (!through) return []
  return [
    {
      code: 'GROUP_LATENCY',
      severity: 'warning',
      subject: target.id,
      message:
        `${target.name} ${group && access?.grantedBy !== 'group' ? 'will pull' : 'pulls'} through the group ${through}. After its members ` +
        'change, nodes can be refused until their tokens expire, which takes up to a day; nothing can renew them earlier.',
      fix: fix(
        'A role that is assigned to the pull identity itself works within minutes: leave group empty. For a new cluster, create its kubelet ' +
          'identity and add it to the group (input kubelet-identity) a day before.',
      ),
    },
  ]
}
