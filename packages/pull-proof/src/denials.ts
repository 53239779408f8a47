import { coversRepositories, describeRepositories, type RepositoryPattern } from 'repository-conditions'
import {
  acrCommand,
  adviseOnSecret,
  aksCommand,
  az,
  inSubscriptionOf,
  kubectlCommand,
  listHeldRolesCommand,
  pullRole,
  pullsAsServiceAccounts,
  raw,
  subscriptionOf,
} from 'azure'
import type { Registry, Target } from 'azure'
import { choices, distinctOf, type Fix, type FixPart } from 'kernel'
import type { NodePull } from 'run-model'
import { withDangersLast } from './unreachable.js'

/** The context in which failed pulls are explained. */
export interface PullContext {
  target: Target
  registry: Registry
  /** The group that gives access; empty if none does. */
  group: string
  /** Whether the inputs could set `on-timeout: assign-directly`. */
  mayAssignDirectly: boolean
  /** The repositories that this step limits the grant to; empty for all. */
  repositories: readonly RepositoryPattern[]
  /** Whether the timeout was reached. */
  isTimeOver: boolean
  /** Why nodes were abandoned before the timeout, as a clause, by name. */
  abandoned: ReadonlyMap<string, string>
}

/** A kind of refusal: what it means, and how it is repaired. */
interface Denial {
  /** As a clause. */
  reason: string
  /** As a sentence; empty if the cause is not known. */
  why: (pull: NodePull) => string
  /** Whether the group that gives access may be the reason. */
  mayBeGroup: boolean
  advise: (context: PullContext, pull: NodePull) => FixPart[]
}

const denials = {
  role: {
    reason: 'no role allows the identity of the node to pull the image',
    why: ({ image }) =>
      `The registry accepts the credential of the node, but no role allows it to pull ${repositoryOf(image.reference)}.`,
    mayBeGroup: true,
    advise: (context, pull) =>
      isLeftOut(context, pull)
        ? [{ text: describeLimit(context, pull), commands: [] }]
        : [
            {
              text: `${nameRole(context, pull)} ${describeWait(context)} To see the roles and their conditions:`,
              commands: [listRoles(context)],
            },
            ofIdentity(context),
            reimage(context),
          ],
  },
  'no-credential': {
    reason: 'the node offers no credential',
    why: () => 'The request was anonymous, because the node got no credential for the registry.',
    mayBeGroup: true,
    advise: context => [
      {
        text: `Most often, the registry refused to exchange the token of the identity, because it has no role there, or not yet. ${describeWait(context)} To see its roles:`,
        commands: [listRoles(context)],
      },
      {
        text: "Or the identity isn't assigned to the VMs of the node pools, so the metadata service (IMDS) returns 400. To see which identities they have:",
        commands: [listMachines(context)],
      },
      {
        text:
          'Or the credential provider of the node is not used for this host: for a regional endpoint, the node image must be 202607.29 or newer; flex nodes ' +
          '(kubernetes.azure.com/managed=false) have no provider. The log of the kubelet has the error of the provider. To see image versions and flex nodes:',
        commands: [
          kubectlCommand(
            'get nodes --label-columns kubernetes.azure.com/node-image-version,kubernetes.azure.com/managed',
          ),
        ],
      },
      ...(context.registry.armTokensAccepted ? [] : [refusingArm(context)]),
      reimage(context),
    ],
  },
  secret: {
    reason: "the registry refuses the secret of the cluster's application",
    why: () =>
      'The node offers the client ID and secret of an application, and the registry refuses them alike if the secret is wrong or expired and if the application has no role.',
    mayBeGroup: true,
    advise: context => {
      const { id, identity } = context.target
      const [look, ...repairs] = adviseOnSecret(id, identity.clientId)
      const roles = {
        text: `${describeWait(context)} To see the roles of the application:`,
        commands: [listRoles(context)],
      }
      return [look, roles, ...repairs]
    },
  },
  unknown: {
    reason: 'the registry refuses the identity of the node',
    why: () => '',
    mayBeGroup: true,
    advise: context => [
      { text: `${describeWait(context)} To see the roles of the pull identity:`, commands: [listRoles(context)] },
      ofIdentity(context),
      reimage(context),
    ],
  },
  'stale-credential': {
    reason: "the registry no longer accepts the node's cached credential",
    why: () =>
      'The registry no longer accepts the cached credential, with or without the role: it was issued before the mode of the registry was switched, or by another tenant.',
    mayBeGroup: false,
    advise: ({ target, registry }, { node, cacheMs }) => [
      {
        text:
          `The credential ends with the kubelet's cache, after ${cacheMs / 60_000} minutes: run the step again then, or with timeout: ${cacheMs / 60_000 + 5}m. Restarting pods does not help. ` +
          'To see the mode of the registry, and the tenants of registry and cluster, which must be the same:',
        commands: [
          acrCommand('show', registry.id, '--query roleAssignmentMode --output tsv'),
          az`account show --subscription ${subscriptionOf(registry.id)} --query tenantId --output tsv`,
          aksCommand('show', target.id, '--query identity.tenantId --output tsv'),
        ],
      },
      {
        text: 'To renew the credential now, restart the kubelet of each Linux node. Running pods continue. This starts a privileged pod on the node:',
        // learn.microsoft.com/azure/aks/node-access
        commands: [
          `${kubectlCommand('debug', '', `node/${node}`)} -it --profile=sysadmin --image=mcr.microsoft.com/cbl-mariner/busybox:2.0 -- chroot /host systemctl restart kubelet`,
        ],
        caution: 'Starts a privileged pod on the node, and restarts its kubelet',
      },
      {
        text: 'Nodes that are replaced get a new credential, too. To reimage every node of the cluster:',
        commands: [reimageCommand(target.id)],
        caution: disruption,
      },
    ],
  },
} satisfies Record<string, Denial>

function kindOf({ cause }: NodePull): keyof typeof denials {
  return cause !== undefined && cause in denials ? (cause as keyof typeof denials) : 'unknown'
}

/** Explains refused pulls; if nodes are refused for several reasons, with a sentence and advice for each. */
export function explainDenials(
  pulls: readonly NodePull[],
  context: PullContext,
): { reason: string; why: string; fix: Fix } {
  const order = Object.keys(denials)
  const kinds = distinctOf(pulls, pull => `${kindOf(pull)} ${kindOf(pull) === 'role' && isLeftOut(context, pull)}`)
    .map(pull => ({ pull, denial: denials[kindOf(pull)] }))
    .sort((a, b) => order.indexOf(kindOf(a.pull)) - order.indexOf(kindOf(b.pull)))
  const group =
    context.group &&
    kinds.some(({ denial }) => denial.mayBeGroup) &&
    `Access comes through the group ${context.group}, and a node keeps its token, with the group memberships of that time, for up to a day.`
  const parts = [
    ...(pullsAsServiceAccounts(context.target) ? [ofAccounts] : []),
    ...kinds.flatMap(({ pull, denial }) => denial.advise(context, pull)),
  ]
  return {
    reason: kinds[0]?.denial.reason ?? denials.unknown.reason,
    why: [...kinds.map(({ pull, denial }) => denial.why(pull)), group].filter(Boolean).join(' '),
    fix: choices(...distinctOf(withDangersLast(parts), ({ commands }) => commands.join('\n'))),
  }
}

/** The repository of a reference with a host. */
export function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}

function describeWait({ group, mayAssignDirectly }: PullContext): string {
  if (!group) return 'Azure documents up to 10 minutes for a new role: run the step again, with a longer timeout.'
  const how = mayAssignDirectly
    ? 'set on-timeout: assign-directly, or leave group empty'
    : 'leave group empty and set role: auto'
  return `Nothing renews the token of a node earlier. A direct role assignment works within minutes: ${how}.`
}

function nameRole({ registry }: PullContext, { image }: NodePull): string {
  const role = pullRole(registry).name
  if (registry.roleAssignmentMode === 'RBAC') return `The identity needs the role ${role}.`
  return `The identity needs the role ${role}, without a condition or with one that includes ${repositoryOf(image.reference)}.`
}

/** Whether the step itself leaves the repository out of what it grants: then neither a wait nor a new node helps. */
function isLeftOut({ registry, repositories }: PullContext, { image }: NodePull): boolean {
  const isLimited = registry.roleAssignmentMode === 'ABAC' && repositories.length > 0
  return isLimited && !coversRepositories(repositories, [repositoryOf(image.reference)])
}

function describeLimit({ registry, repositories }: PullContext, { image }: NodePull): string {
  const repository = repositoryOf(image.reference)
  return (
    `This step limits ${pullRole(registry).name} to ${describeRepositories(repositories)} (input repositories), without ${repository}. ` +
    `If the nodes should pull it, add ${repository} to repositories; otherwise don't use the image.`
  )
}

function listRoles({ target, registry }: PullContext): string {
  return listHeldRolesCommand(target.identity.objectId, registry.id)
}

function ofIdentity({ target }: PullContext): FixPart {
  return {
    text: 'To see whether the nodes use this identity:',
    commands: [
      aksCommand(
        'show',
        target.id,
        `--query ${target.identity.isApplication ? 'servicePrincipalProfile' : 'identityProfile.kubeletidentity'}`,
      ),
    ],
  }
}

/** The annotation: kubernetes-sigs/cloud-provider-azure#9907. */
const ofAccounts: FixPart = {
  text: 'A pod pulls with the identity that its service account names (kubernetes.azure.com/acr-client-id), or else with the default identity of the cluster: that one needs the role. To see the accounts:',
  commands: [kubectlCommand('get serviceaccounts --all-namespaces --output yaml')],
}

function listMachines({ target }: PullContext): string {
  const group = aksCommand('show', target.id, '--query nodeResourceGroup --output tsv')
  return az`resource list --resource-group ${raw(`"$(${group})"`)} ${inSubscriptionOf(target.id)} --query "[?starts_with(type, 'Microsoft.Compute/virtualMachine')].{name: name, identities: identity.userAssignedIdentities}"`
}

/** Credential providers of older node images exchange a token for Azure Resource Manager. */
function refusingArm({ registry }: PullContext): FixPart {
  return {
    text: 'Or the node exchanges a token for Azure Resource Manager, which the registry is set to refuse. To see the setting:',
    commands: [acrCommand('config authentication-as-arm show', registry.id)],
  }
}

const disruption = 'Disruptive: reimages every node of the cluster'

function reimage({ target }: PullContext): FixPart {
  return {
    text: 'Nodes that were created before the identity was changed keep the old one until they are reimaged. To reimage every node of the cluster:',
    commands: [reimageCommand(target.id)],
    caution: disruption,
  }
}

function reimageCommand(clusterId: string): string {
  return aksCommand('upgrade', clusterId, '--node-image-only')
}
