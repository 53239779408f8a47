import { coverTogether, findAccess, findUnclear, listGrants, reachOf } from '../model/access.js'
import { fix, type Fix } from '../model/fix.js'
import {
  acrCommand,
  aksCommand,
  deleteRoleAssignmentCommand,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  showAssignmentCommand,
} from '../model/az-commands.js'
import { explainBoots, readBoots, type Boots } from '../model/boots.js'
import type { Finding } from '../model/finding.js'
import type { Boot, Observed } from '../model/observed.js'
import { describeOperation, type PlannedPair } from '../model/plan.js'
import { bootstrapRepositories } from '../model/repository-pattern.js'
import type { Registry } from '../model/registry.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import type { RoleAssignment, Roles } from '../model/role-assignment.js'
import { canPull, mayMoreThanPull } from '../model/roles.js'
import type { Target } from '../model/target.js'
import type { Wish } from '../model/wanted.js'

/** The findings about what was observed, each once. */
export function findFindings(observed: Observed, pairs: PlannedPair[], wish: Wish): Finding[] {
  const { targets, leaving, registries, roles } = observed
  const boots = readBoots(observed)
  const inPairs = pairs.flatMap(pair => {
    if (pair.error) return []
    const { target, registry } = pair
    const subject = { pair, target, registry, roles, boots }
    return wish.mode === 'detach'
      ? []
      : [
          ...findRoles(subject, wish),
          ...findRemovedConditions(subject),
          ...findBootstrap(subject),
          ...findGroupLatency(subject, wish),
        ]
  })
  const ofResources =
    wish.mode === 'detach'
      ? []
      : [
          ...targets.flatMap(target =>
            'found' in target ? [...findStopped(target.found), ...findServiceAccountPull(target.found)] : [],
          ),
          ...registries.flatMap(lookup => ('found' in lookup ? findRegistrySettings(lookup.found.registry) : [])),
        ]
  return distinctFindings([...inPairs, ...ofResources, ...leaving.map(describeLeaving)])
}

function describeLeaving({ id, name }: Observed['leaving'][number]): Finding {
  const message = `${name} is being deleted and was left out.`
  return { code: 'CLUSTER_STOPPED', severity: 'notice', subject: id, message, fix: fix('', aksCommand('show', id)) }
}

function findServiceAccountPull({ id, name, identity, pullsAsServiceAccounts }: Target): Finding[] {
  if (!pullsAsServiceAccounts) return []
  const message =
    `${name} pulls as the identities of its pods' service accounts, not as ${identity.name}: what this step grants reaches only pods ` +
    `that have no identity of their own, and a pull proves nothing of ${identity.name}.`
  const advice = fix(
    'Give the pull role to the identities that the service accounts name (input kubelet-identity). Which one is the default:',
    aksCommand('show', id, '--query securityProfile.serviceAccountImagePullProfile'),
  )
  return [{ code: 'SERVICE_ACCOUNT_PULL', severity: 'warning', subject: id, message, fix: advice }]
}

/** The registry that nodes boot from, where the pull identity lacks what that takes. */
function findBootstrap({ pair, target, registry, roles }: Subject): Finding[] {
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return []
  const wanted = { role: pair.role, repositories: [bootstrapRepositories] }
  const grants = listGrants(target, registry, pair.assignments, { roles, role: pair.role })
  const held = grants.map(({ assignment }) => assignment)
  if (coverTogether(held, wanted, registry)) return []
  const unclear = findUnclear(held, wanted, registry)
  const limits = unclear ? 'is not known to reach' : held.length > 0 ? 'does not reach' : 'is missing for'
  const effect = unclear ? 'its condition is not one that this step understands. Without the role, nodes' : 'nodes'
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
        : fix('This step with mode: attach gives the role, for the whole registry unless repositories limits it.'),
    },
  ]
}

interface Subject {
  pair: PlannedPair
  target: Target
  registry: Registry
  roles: Roles
  boots: Boots
}

function distinctFindings(findings: Finding[]): Finding[] {
  const byKey = new Map(
    findings.map(finding => [`${finding.code} ${normalizeId(finding.subject)} ${finding.message}`, finding]),
  )
  return [...byKey.values()]
}

function findStopped({ id, name, isStopped }: Target): Finding[] {
  if (!isStopped) return []
  const message = `${name} is stopped: it can be given access, but nothing can pull until it runs.`
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
      `${name} can be reached through private endpoints only: a cluster without a way to one can't pull, whatever its role.`,
      fix('The private endpoints:', listPrivateEndpointsCommand(subject)),
    )
  } else if (registry.firewall) {
    add(
      'FIREWALL',
      `${name} lets in listed addresses only: the clusters' outbound addresses must be among them.`,
      fix('The addresses that are listed:', listNetworkRulesCommand(subject)),
    )
  }
  if (!registry.armTokensAccepted) {
    add(
      'ARM_AUDIENCE_DISABLED',
      `${name} accepts no tokens for Azure Resource Manager: kubelets of current clusters use the registry's own, older tools such as az aks check-acr fail.`,
      fix('The setting:', acrCommand('config authentication-as-arm show', subject)),
    )
  }
  if (registry.adminUserEnabled) {
    add(
      'ADMIN_USER_ENABLED',
      `${name} has its admin user enabled: one shared password that pulls and pushes everything, which no cluster with a pull role needs.`,
      fix(
        'Disabling it locks out whatever still signs in with it. If nothing does:',
        acrCommand('update', subject, '--admin-enabled false'),
      ),
    )
  }
  return findings
}

/**
 * Findings about roles of the pull identity that allow more than they should, or nothing at all. Roles of groups count only where groups matter:
 * with several clusters, groups are not asked about where a cluster's own roles are enough, and a single cluster gets the same findings.
 */
function findRoles(subject: Subject, { group }: Wish): Finding[] {
  const { pair, target, registry, roles, boots } = subject
  const { role: wanted, access } = pair
  const isEnough = !group && (access?.grantedBy === 'direct' || access?.grantedBy === 'inherited')
  return pair.assignments.flatMap((assignment): Finding[] => {
    const role = roles.get(assignment.roleId)
    if (!role || role.id === wanted.id) return []
    const isOwn = sameId(assignment.principalId, target.identity.objectId)
    if (!isOwn && isEnough) return []
    const holder = isOwn
      ? `${target.identity.name}, with which ${target.name} pulls,`
      : `The group ${assignment.principalId}, through which ${target.name} pulls,`
    const held = `${holder} holds ${role.name} at ${assignment.scope}`
    const booting = boots
      .through(assignment)
      .filter(boot => !sameId(boot.registryId, registry.id) || !canBootWithout(assignment, boot, subject))
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
      const message = `${held}: every pod on the nodes can use it, and pulling from ${registry.name} needs only ${wanted.name}.`
      return [{ ...finding, code: 'EXCESS_ROLE', subject: target.id, message }]
    }
    if (registry.roleAssignmentMode !== 'ABAC' || !canPull(role, 'RBAC')) return []
    const message = `${held}, but ${registry.name} is in ABAC mode, which does not honour it for pulling; ${wanted.name} takes its place.`
    return [{ ...finding, code: 'ROLE_IGNORED_BY_ABAC', subject: registry.id, message }]
  })
}

/** Whether the pair's nodes still boot from its registry without an assignment, by a role that only pulls. */
function canBootWithout(
  { id }: RoleAssignment,
  { objectId }: Boot,
  { pair, target, registry, roles }: Subject,
): boolean {
  const others = pair.assignments.filter(each => !sameId(each.id, id))
  const wanted = { role: pair.role, repositories: [bootstrapRepositories] }
  const access = findAccess(target, registry, others, { roles, wanted })
  return sameId(objectId, target.identity.objectId) && access !== null && access.grantedBy !== 'broader-role'
}

/** Limited grants that the plan widens to the whole registry. */
function findRemovedConditions({ pair }: Subject): Finding[] {
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

function findGroupLatency({ pair: { access }, target }: Subject, { group }: Wish): Finding[] {
  const through = group || (access?.grantedBy === 'group' ? access.assignment.principalId : '')
  if (!through) return []
  return [
    {
      code: 'GROUP_LATENCY',
      severity: 'warning',
      subject: target.id,
      message:
        `${target.name} ${group && access?.grantedBy !== 'group' ? 'is to pull' : 'pulls'} through the group ${through}. After a change of its ` +
        'members, nodes can be refused until their tokens expire, which takes up to a day; nothing can renew them earlier.',
      fix: fix(
        'A role assigned to the pull identity itself works within minutes: leave group empty. For a new cluster, create its kubelet ' +
          'identity and make it a member (input kubelet-identity) a day before.',
      ),
    },
  ]
}
