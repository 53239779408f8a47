import { coversRepositories, describeRepositories, type RepositoryPattern } from 'repository-conditions'
import {
  acrCommand,
  adviseOnSecret,
  kubectlCommand,
  listHeldRolesCommand,
  nodePoolCommand,
  pullRole,
  pullsAsServiceAccounts,
} from 'azure'
import type { Registry, Target } from 'azure'
import { briefly, inShort, choices, distinctOf, fix, formatElapsed, groupBy, type Fix, type Group } from 'kernel'
import type { NodePull } from 'run-model'
import { isShown, isStale } from './finality.js'

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
  /** Whether no pending change could end a refusal, so that a few tries decided: nothing was written, no group gives access, and the grant is old. */
  isSettled: boolean
  /** The input `timeout`, in milliseconds. */
  timeoutMs: number
  /** When this run assigned the role, in milliseconds since the epoch; absent if it did not. */
  writtenAt?: number
  /** Why nodes were abandoned before the timeout, as a clause, by name. */
  abandoned: ReadonlyMap<string, string>
}

/** A kind of refusal: what it means, and where to look. docs/prove.md has the repairs of each cause; those of a secret can't be done without the commands. */
interface Denial {
  /** As a clause. */
  reason: string
  /** As a sentence; empty if the cause is not known. */
  why: (pull: NodePull) => string
  /** Whether the group that gives access may be the reason. */
  mayBeGroup: boolean
  look: (context: PullContext, pull: NodePull) => Fix
}

const denials = {
  role: {
    reason: 'no role allows the identity of the node to pull the image',
    why: ({ image }) =>
      `The registry accepts the credential of the node, but no role allows it to pull ${repositoryOf(image.reference)}.`,
    mayBeGroup: true,
    look: (context, pull) =>
      isLeftOut(context, pull)
        ? fix(describeLimit(context, pull))
        : lookAtRoles(context, ...inOrder(describeWait(context, pull), nameRole(context, pull))),
  },
  'no-credential': {
    reason: 'the node offers no credential',
    why: () => 'The request was anonymous, because the node got no credential for the registry.',
    mayBeGroup: true,
    look(context, pull) {
      const arm = context.registry.armTokensAccepted
        ? ''
        : 'Or the node exchanges a token for Azure Resource Manager, which the registry is set to refuse (ARM_AUDIENCE_DISABLED).'
      const why = 'Most often, the registry refuses to exchange the token of an identity that has no role there.'
      return lookAtRoles(context, ...inOrder(describeWait(context, pull), why, arm))
    },
  },
  secret: {
    reason: "the registry refuses the secret of the cluster's application",
    why: () =>
      'The node offers the client ID and secret of an application, and the registry refuses them alike if the secret is wrong or expired and if the application has no role.',
    mayBeGroup: true,
    look(context, pull) {
      const { id, identity } = context.target
      const [look, ...repairs] = adviseOnSecret(id, identity.clientId)
      const wait = describeWait(context, pull)
      // Nothing is renewed for a role that alone may be the reason.
      const [short] = wait.sentences
      return choices(wait.isFirst ? briefly(short, look.text, ...look.commands) : look, ...repairs)
    },
  },
  unknown: {
    reason: 'the registry refuses the identity of the node',
    why: () => '',
    mayBeGroup: true,
    look: (context, pull) => lookAtRoles(context, ...describeWait(context, pull).sentences),
  },
  'stale-credential': {
    reason: "the registry no longer accepts the node's cached credential",
    why: () =>
      'The registry no longer accepts the cached credential, with or without the role: it was issued before the mode of the registry was switched, or by another tenant.',
    mayBeGroup: false,
    look: ({ registry, timeoutMs }, pull) =>
      briefly(
        describeCache(pull, timeoutMs),
        `Restarting pods does not help. To see the mode of the registry:`,
        acrCommand('show', registry.id, '--query roleAssignmentMode --output tsv'),
      ),
  },
} satisfies Record<string, Denial>

function kindOf({ cause }: NodePull): keyof typeof denials {
  return cause !== undefined && cause in denials ? (cause as keyof typeof denials) : 'unknown'
}

/** Explains refused pulls; if nodes are refused for several reasons, with a sentence and a look for each. */
export function explainDenials(
  pulls: readonly NodePull[],
  context: PullContext,
): { reason: string; why: string; fix: Fix } {
  const shown = pulls.filter(isShown).filter(pull => kindOf(pull) !== 'stale-credential')
  const [first, ...more] = shown
  const blamed = first && blameNodes([first, ...more], context)
  const others = pulls.filter(pull => !shown.some(each => each === pull))
  if (blamed && others.length === 0) return blamed
  const order = Object.keys(denials)
  const kinds = distinctOf(others, pull => `${kindOf(pull)} ${kindOf(pull) === 'role' && isLeftOut(context, pull)}`)
    .map(pull => ({ pull, denial: denials[kindOf(pull)] }))
    .sort((a, b) => order.indexOf(kindOf(a.pull)) - order.indexOf(kindOf(b.pull)))
  const group =
    context.group &&
    kinds.some(({ denial }) => denial.mayBeGroup) &&
    `Access comes through the group ${context.group}, and a node keeps its token, with the group memberships of that time, for up to a day.`
  return {
    reason: kinds[0]?.denial.reason ?? denials.unknown.reason,
    why: [...kinds.map(({ pull, denial }) => denial.why(pull)), group, blamed?.why].filter(Boolean).join(' '),
    fix: choices(...kinds.map(({ pull, denial }) => denial.look(context, pull)), ...(blamed ? [blamed.fix] : [])),
  }
}

/** What refused nodes did, by the kind of their refusal, although another node shows that the role is in effect. */
const otherwise: Record<Exclude<keyof typeof denials, 'stale-credential'>, string> = {
  'no-credential': 'got no credential for the registry',
  role: 'offered a credential that no role allows to pull it',
  secret: 'offered a secret that the registry refuses',
  unknown: 'are refused nevertheless',
}

/**
 * Explains refusals of some nodes while another one pulls the same image with the same identity: the role is in effect, and these nodes don't use it
 * (Azure/AKS issue 5909: a node image; issue 4593: a node with an earlier service principal; Azure/karpenter-provider-azure issues 197, 300 and 411: nodes that
 * were set up otherwise).
 */
function blameNodes(
  pulls: Group<NodePull & Required<Pick<NodePull, 'sibling'>>>,
  { target }: PullContext,
): { reason: string; why: string; fix: Fix } {
  const [{ sibling }] = pulls
  const parts = [...groupBy(pulls, pull => otherwise[kindOf(pull) as keyof typeof otherwise])].map(([did, own]) => {
    const systems = own.map(({ pool, system }) => [`pool ${pool}`, system].filter(Boolean).join(', '))
    return `The refused nodes (${[...new Set(systems)].slice(0, 5).join('; ')}) ${did}.`
  })
  return {
    reason: 'the node does not use the credential of the others',
    why: `The role is in effect: ${sibling.node} has pulled the same image with the same identity. ${parts.join(' ')}`,
    fix: briefly(
      'Replace the refused nodes: with a new pool of another image version or OS, or by a node image upgrade, which replaces only nodes whose image is not the newest.',
      'They may be older than a change of the identity, or have a node image whose credential provider fails. If the role is only minutes old, run the step again first. To see the image of each pool:',
      `${nodePoolCommand('list', target.id)} --query "[].{pool: name, image: nodeImageVersion, os: osSku}" --output table`,
    ),
  }
}

/** The repository of a reference with a host. */
export function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}

/** How long a new role takes at most, by Azure's documentation (learn.microsoft.com/azure/role-based-access-control/troubleshooting), in milliseconds. */
const newRoleMs = 10 * 60_000

/** When a stale credential ends. A node that was refused for longer than it keeps one waits for nothing. */
function describeCache(pull: NodePull, timeoutMs: number): string {
  const minutes = pull.cacheMs / 60_000
  if (!isStale(pull, pull.finishedAt))
    return `Check the registry's mode and the tenant of the identity: the node was refused for longer than a kubelet keeps a credential (${minutes} minutes), so waiting doesn't help.`
  const longer = timeoutMs < pull.cacheMs ? `, or with timeout: ${minutes + 5}m` : ''
  return `The credential ends with the kubelet's cache, after ${minutes} minutes: run the step again then${longer}.`
}

/** What waiting may change; it comes first if the step gave up while its own assignment was so new that it alone may be the reason. */
function describeWait(context: PullContext, { finishedAt }: NodePull): { sentences: Group<string>; isFirst: boolean } {
  const { registry, group, mayAssignDirectly, isTimeOver, isSettled, timeoutMs, writtenAt } = context
  if (group) {
    const how = mayAssignDirectly
      ? 'set on-timeout: assign-directly, or leave group empty'
      : 'leave group empty and set role: auto'
    const direct = `A direct role assignment works within minutes: ${how}.`
    return { sentences: ['Nothing renews the token of a node earlier.', direct], isFirst: false }
  }
  if (isSettled)
    return {
      sentences: [
        "Check the role, its condition, and the identity of the nodes: the role assignment is more than 15 minutes old, so waiting doesn't help.",
      ],
      isFirst: false,
    }
  // The wait began after the write. A node that was refused early in it was perhaps not asked again.
  const ageMs = writtenAt === undefined ? Infinity : Math.max(timeoutMs, finishedAt - writtenAt)
  if (!isTimeOver || ageMs >= newRoleMs)
    return {
      sentences: ['Azure documents up to 10 minutes for a new role: run the step again, with a longer timeout.'],
      isFirst: false,
    }
  const [waited, age] = [timeoutMs, ageMs].map(describeDuration)
  const text = `The step gave up after ${waited} (timeout), and ${pullRole(registry).name} is ${age} old: Azure needs up to 10 minutes, so run the step again with timeout: 15m.`
  return { sentences: [text], isFirst: true }
}

const describeDuration = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : formatElapsed(ms))

/** The advice to wait, and what may be wrong instead, the more probable one first. */
const inOrder = ({ sentences, isFirst }: ReturnType<typeof describeWait>, ...others: Group<string>): Group<string> =>
  isFirst ? [...sentences, ...others] : [...others, ...sentences]

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

/** A look at who may pull: the roles of the pull identity, or the accounts that choose another one (kubernetes-sigs/cloud-provider-azure#9907). */
function lookAtRoles({ target, registry }: PullContext, ...sentences: Group<string>): Fix {
  const [short] = sentences
  const advice = sentences.filter(Boolean).join(' ')
  if (pullsAsServiceAccounts(target))
    return inShort(short, [
      `${advice} A pod pulls with the identity that its service account names (kubernetes.azure.com/acr-client-id), or else with the default identity of the cluster: that one needs the role. To see the accounts:`,
      kubectlCommand('get serviceaccounts --all-namespaces --output yaml'),
    ])
  return inShort(short, [
    `${advice} To see the roles of the pull identity and their conditions:`,
    listHeldRolesCommand(target.identity.objectId, registry.id),
  ])
}
