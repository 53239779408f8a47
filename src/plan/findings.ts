import { bootstrapRepositories } from 'repository-conditions'
import {
  serviceAccountPullVersion,
  adviseOnSecret,
  az,
  acrCommand,
  builtInRoles,
  canListRepositories,
  createRoleAssignmentCommand,
  aksCommand,
  describePhase,
  lastSegment,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  reachOf,
  reachTogether,
  sameId,
  showAssignmentCommand,
} from 'azure'
import type { Registry, Target } from 'azure'
import { ActionError, briefly, choices, fix, notice, type Finding, type Fix, valuesOf, warning } from 'kernel'
import { type Inputs, wordsOfOperation, type Observed } from 'run-model'
import { hasDirectly, listPullAssignments } from './context.js'
import type { PairContext, PlanContext, PlannedContext } from './context.js'
import { findLimits } from './limits.js'
import { findRoles } from './role-findings.js'

/** The findings of a plan, from its pairs without an error; one that several pairs have comes several times. */
export function findFindings(shared: PlanContext, contexts: readonly PlannedContext[]): Finding[] {
  const { observed, desired } = shared
  const { targets, leftOut, registries, findings } = observed
  const common = [...findings, ...leftOut.map(describeLeftOut), ...valuesOf(targets).flatMap(findMove)]
  if (desired.mode === 'detach') return common
  const inPairs = contexts.flatMap(context => [
    ...findRoles(context),
    ...findRemovedConditions(context),
    ...findResourceConditions(context),
    ...findBootstrap(context),
    ...findCatalogLister(context),
    ...findGroupLatency(context),
  ])
  const inTargets = valuesOf(targets).flatMap(target => [
    ...findStopped(target),
    ...findServiceAccountPull(target),
    ...findSecret(target),
  ])
  const inRegistries = valuesOf(registries).flatMap(({ registry }) => findRegistrySettings(registry, desired.mode))
  return [...inPairs, ...findLimits(contexts), ...inTargets, ...inRegistries, ...common]
}

/** Has the code of the error that the resource would be if the inputs named it. */
function describeLeftOut({ kind, id, name, phase }: Observed['leftOut'][number]): Finding {
  const message = `${name} is being ${describePhase(phase)} and was left out.`
  const shown = 'Its current state:'
  if (kind === 'registry')
    return notice('AZURE_REFUSED', id, message, shown, acrCommand('show', id, '--query provisioningState'))
  if (phase === 'deleting') return notice('CLUSTER_STOPPED', id, message, shown, aksCommand('show', id))
  const advice = fix(
    'Run this step again once it is created. With its name or resource ID instead of *, mode: attach assigns the role as soon as the cluster has a kubelet identity. To wait until it is created:',
    aksCommand('wait', id, '--created'),
  )
  return notice('NO_KUBELET_IDENTITY', id, message, advice)
}

/** "Kubelet continues using a service principal until you also upgrade your agent pool" (learn.microsoft.com/azure/aks/system-assigned-managed-identity). */
function findMove({ id, name, state, identity, isMoving }: Target): Finding[] {
  if (!isMoving) return []
  const message =
    `${name} has no kubelet identity yet: it is moving from ${identity.name} to managed identities (provisioning state: ${state}). ` +
    'Its nodes pull with the service principal until their node pools are upgraded after the move.'
  const advice = fix(
    'Run this step again after the move and before you upgrade the node pools: their nodes then pull with the kubelet identity. To wait for the move:',
    aksCommand('wait', id, '--updated'),
  )
  return [notice('NO_KUBELET_IDENTITY', id, message, advice)]
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
  return [warning('SERVICE_ACCOUNT_PULL', id, message, advice)]
}

/** Asked for in Azure/AKS issue 3109. */
function findSecret({ id, name, identity }: Target): Finding[] {
  const { value: secret } = identity.secret ?? {}
  if (!secret) return []
  const { endsAt, hasEnded, count } = secret
  const day = new Date(endsAt).toISOString().slice(0, 10)
  const which = count > 1 ? ` The application has ${count} secrets, and only the nodes know which one they use.` : ''
  const message = hasEnded
    ? `A secret of the application that ${name} pulls with ended on ${day}: with it, nodes can't pull.${which}`
    : `A secret of the application that ${name} pulls with ends on ${day}: nodes can't pull with it after that.${which}`
  return [warning('SECRET_EXPIRES', id, message, choices(...adviseOnSecret(id, identity.clientId)))]
}

/**
 * Access that depends on a condition about `@Resource`: Microsoft's examples for repositories name `@Request`, and a registry refuses where an attribute is
 * missing (AKS engineering blog of 2026-01-23), so it is not known to work.
 */
function findResourceConditions(context: PlannedContext): Finding[] {
  const { pair, target, registry, grant } = context
  if (!pair.access || pair.operations.length > 0 || registry.roleAssignmentMode !== 'ABAC') return []
  const held = listPullAssignments(context)
  const doubtful = held.filter(({ condition = '' }) => resourceAttribute.test(condition))
  const [first] = doubtful
  const others = held.filter(each => !doubtful.includes(each))
  if (!first || reachTogether(others, grant, registry).isEnough) return []
  const message =
    `${target.name} has access to ${registry.name} through a condition about @Resource attributes of repositories, which is not known to work at registries: ` +
    'the role is assigned, and only a pull shows whether it counts.'
  const advice = fix(
    'Set verify: pull, so that a pull shows whether it counts. This step and the documentation write conditions with @Request. The assignment:',
    showAssignmentCommand(first.id),
  )
  return [notice('ROLE_IGNORED_BY_ABAC', registry.id, message, advice)]
}

const resourceAttribute = /@Resource\[Microsoft\.ContainerRegistry\/registries\/repositories:/i

function findBootstrap(context: PlannedContext): Finding[] {
  const { pair, target, registry } = context
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id)) return []
  const grant = { role: pair.role, repositories: [bootstrapRepositories] }
  const held = listPullAssignments(context)
  const { isEnough, unclear } = reachTogether(held, grant, registry)
  if (isEnough) return []
  const limits = unclear ? 'is not known to reach' : held.length > 0 ? 'does not reach' : 'is missing for'
  const effect = unclear ? 'this step does not understand its condition. Without the role, nodes' : 'nodes'
  const message =
    `${target.name} boots its nodes from ${registry.name}, and the pull role of ${target.identity.name} there ${limits} ` +
    `${bootstrapRepositories}: ${effect} can't be started, upgraded or added.`
  const advice = unclear
    ? fix('The assignment:', showAssignmentCommand(unclear.id))
    : fix('Run this step with mode: attach. It assigns the role for the whole registry, unless repositories limits it.')
  return [warning('BOOTSTRAP_REGISTRY', target.id, message, advice)]
}

/**
 * In ABAC mode the nodes of a network isolated cluster also list the repositories of the registry that they boot from (`oras repo ls`), which the pull role
 * there does not allow: github.com/Azure/AgentBaker/issues/7105. `role: both` prepares for that mode.
 */
function findCatalogLister(context: PlannedContext): Finding[] {
  const { pair, target, registry, observed } = context
  const isAbac = registry.roleAssignmentMode === 'ABAC'
  if (!sameId(target.bootstrapRegistryId ?? '', registry.id) || !(isAbac || pair.nextRole)) return []
  const held = pair.assignments.flatMap(({ roleId }) => observed.roles.get(roleId) ?? [])
  if (held.some(canListRepositories)) return []
  const { identity } = target
  const { name } = builtInRoles.catalogLister
  const where = isAbac ? ', which is in ABAC mode. There,' : '. When that moves to ABAC,'
  const message =
    `${target.name} boots its nodes from ${registry.name}${where} ${identity.name} also needs ${name}, which it is not known to hold: ` +
    "without it, nodes can't be started, upgraded or added."
  const grant = {
    objectId: identity.objectId,
    name: identity.name,
    type: 'ServicePrincipal',
    role: name,
    scope: registry.id,
  }
  const text =
    'This step only assigns pull roles. Someone who can assign roles there can assign this one, also before the move:'
  return [warning('BOOTSTRAP_REGISTRY', registry.id, message, fix(text, createRoleAssignmentCommand(grant)))]
}

function findStopped({ id, name, isStopped }: Target): Finding[] {
  if (!isStopped) return []
  const message = `${name} is stopped: access can be granted, but nothing can pull until it runs.`
  return [warning('CLUSTER_STOPPED', id, message, '', aksCommand('start', id))]
}

/**
 * A registry whose public network access is neither enabled nor disabled. If a network security perimeter secures it, the perimeter's rules decide
 * instead of the registry's firewall, and private endpoints stay open; outside of a perimeter, nothing else can connect
 * (learn.microsoft.com/azure/private-link/network-security-perimeter-transition).
 */
function findOtherNetworkAccess({ id, name }: Registry, access: string): Finding {
  const setting = acrCommand('show', id, '--query publicNetworkAccess --output tsv')
  const [message, advice] =
    access.toLowerCase() === 'securedbyperimeter'
      ? [
          `${name} is secured by a network security perimeter: except through private endpoints, it only accepts connections that the perimeter's rules allow. This step does not read these rules.`,
          "Let the perimeter's inbound rules allow the clusters' outbound addresses, or use private endpoints. The setting:",
        ]
      : [
          `The publicNetworkAccess of ${name} is ${access}, a value that this version doesn't know: the registry may refuse clusters that don't use a private endpoint.`,
          'The setting:',
        ]
  return warning('FIREWALL', id, message, advice, setting)
}

/** Why no node can pull from a registry, whatever its role: it is private, and nobody can connect to it. */
export function explainSealed({ id, name, isSealed, privateEndpoints }: Registry): ActionError | undefined {
  if (!isSealed) return undefined
  const states = privateEndpoints.map(({ status }) => status || 'unknown').join(', ')
  const count = privateEndpoints.length > 0 ? `none is approved (${states})` : 'it has none'
  const why = `it only accepts connections through private endpoints, and ${count}`
  return new ActionError(
    'NO_PRIVATE_ENDPOINT',
    { what: `No node can pull from ${name}, whatever its role`, why },
    {
      subject: name,
      resource: id,
      fix:
        privateEndpoints.length > 0
          ? choices(
              fix('Approve one of its private endpoints. To see them:', listPrivateEndpointsCommand(id)),
              orOpen(id),
            )
          : choices(
              fix("Create a private endpoint in the clusters' network, with its DNS records, or enable public access."),
              orOpen(id),
            ),
    },
  )
}

function orOpen(registryId: string): Fix {
  const commands = [acrCommand('update', registryId, '--public-network-enabled true')]
  const text =
    'Public access lets any network reach the registry, whose roles still decide who pulls. To enable it, before rules for addresses (az acr network-rule add):'
  return [{ text, commands, caution: 'Enable public access' }]
}

function findNetworkLimit(registry: Registry, mode: Inputs['mode']): Finding[] {
  const { id, name, publicNetworkAccess, otherNetworkAccess, firewall } = registry
  const sealed = explainSealed(registry)
  // In `check`, it is drift of each pair.
  if (sealed) return mode === 'check' ? [] : [warning('NO_PRIVATE_ENDPOINT', id, sealed.message, sealed.fix)]
  if (!publicNetworkAccess) {
    const message = `${name} only accepts connections through private endpoints: a cluster that can't reach one can't pull, whatever its role.`
    const advice = briefly(
      "Check that one of its private endpoints is in each cluster's network, or in one that is peered with it.",
      'To see them:',
      listPrivateEndpointsCommand(id),
    )
    return [warning('PUBLIC_ACCESS_DISABLED', id, message, advice)]
  }
  if (otherNetworkAccess) return [findOtherNetworkAccess(registry, otherNetworkAccess)]
  if (!firewall) return []
  const message = `${name} only accepts listed IP addresses; add the clusters' outbound addresses.`
  const advice = 'The outbound addresses of the clusters must be among these:'
  return [warning('FIREWALL', id, message, advice, listNetworkRulesCommand(id))]
}

function findRegistrySettings(registry: Registry, mode: Inputs['mode']): Finding[] {
  const { id, name, exists, armTokensAccepted, adminUserEnabled } = registry
  if (!exists) return []
  const findings = findNetworkLimit(registry, mode)
  if (!armTokensAccepted) {
    const message = `${name} accepts no tokens for Azure Resource Manager: kubelets of current clusters use the registry's own tokens, but older tools such as az aks check-acr fail.`
    const advice = fix(
      'Nothing to do, unless you use such a tool. To see the setting:',
      acrCommand('config authentication-as-arm show', id),
    )
    findings.push(warning('ARM_AUDIENCE_DISABLED', id, message, advice))
  }
  if (adminUserEnabled) {
    const message = `${name} has its admin user enabled: one shared password that allows pulling and pushing everything. Clusters with a pull role don't need it.`
    const text = 'After you disable it, anything that still uses the admin password stops working. If nothing does:'
    const advice = fix(text, acrCommand('update', id, '--admin-enabled false'))
    findings.push(warning('ADMIN_USER_ENABLED', id, message, advice))
  }
  return findings
}

/** Finds limited assignments that the plan widens to the whole registry. */
function findRemovedConditions({ pair }: PlannedContext): Finding[] {
  return pair.operations.flatMap((operation): Finding[] => {
    if (operation.operation !== 'update-role-assignment' || operation.condition !== '') return []
    const { replaces, registry } = operation
    // Only in ABAC mode does the step understand a condition, also for the role of a mode that the registry is not in yet.
    const patterns = replaces ? reachOf(replaces, { roleAssignmentMode: 'ABAC' }).patterns : []
    const limit = patterns.length > 0 ? `the repositories ${patterns.join(', ')}` : 'no repository'
    const message = `${wordsOfOperation(operation).name} was limited to ${limit}. Without this condition it applies to the whole registry, because this step names no repositories.`
    const advice = fix('To keep the limit, name the repositories in the input repositories of this step.')
    return [warning('CONDITION_REMOVED', registry.id, message, advice)]
  })
}

/** The finding about a group's latency if the pull identity has the role itself, too, as after `on-timeout: assign-directly`: no node waits for the group. */
export function findFallback({ target, desired }: PairContext): Finding {
  const message =
    `The pull identity of ${target.name} has the role itself, in addition to the group ${desired.group}: its nodes need not wait until their tokens show ` +
    'the membership, which takes up to a day.'
  const advice = fix('There is nothing to repair. The next runs of this step keep both, the role and the membership.')
  return notice('GROUP_LATENCY', target.id, message, advice)
}

function findGroupLatency(context: PlannedContext): Finding[] {
  const { pair, target, desired } = context
  const { access } = pair
  const { group } = desired
  if (group && hasDirectly(context)) return [findFallback(context)]
  const through = group || (access?.grantedBy === 'group' ? access.assignment.principalId : '')
  if (!through) return []
  const message =
    `${target.name} ${group && access?.grantedBy !== 'group' ? 'will pull' : 'pulls'} through the group ${through}. After its members ` +
    'change, nodes can be refused until their tokens expire, which takes up to a day; nothing can renew them earlier.'
  const advice = fix(
    'A role that is assigned to the pull identity itself works within minutes: leave group empty. For a new cluster, create its kubelet ' +
      'identity and add it to the group (input kubelet-identity) a day before.',
  )
  return [warning('GROUP_LATENCY', target.id, message, advice)]
}

/** Shows whether, and with which default identity, a cluster pulls as service accounts. */
function showServiceAccountPullCommand(clusterId: string): string {
  return az`rest --method get --url ${`${clusterId}?api-version=${serviceAccountPullVersion}`}
    --query properties.securityProfile.serviceAccountImagePullProfile`
}
