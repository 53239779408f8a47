import { az, inSubscriptionOf } from '../model/az.js'
import {
  acrCommand,
  aksCommand,
  kubectlCommand,
  listManifestsCommand,
  listNetworkRulesCommand,
  listPrivateEndpointsCommand,
  listTagsCommand,
  nodePoolCommand,
} from '../model/az-commands.js'
import { ActionError, type ErrorCode } from '../model/error.js'
import { choices, fix, type Fix } from '../model/fix.js'
import { withoutStop } from '../model/foreign-text.js'
import { shortDigest } from '../model/image.js'
import { isAsked, type NodePull, type PullCause, type PullVerdict } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import type { Target } from '../model/target.js'

interface PullContext {
  target: Target
  registry: Registry
  /** The group that gives access; empty if none does. */
  group: string
  /** Whether the inputs could set `on-timeout: assign-directly`. */
  mayAssignDirectly: boolean
}

interface Explanation {
  code: ErrorCode
  /** Why the pull failed, as a clause: it distinguishes one `PROBE_FAILED` from another. */
  reason: string
  /** The rest of the sentence that begins with `2 of 3 nodes of aks-prod-1`. */
  what: (context: PullContext, image: string, pull: NodePull, isOne: boolean) => string
  /** A sentence about the cause, if known. */
  why?: (context: PullContext) => string
  advise: (context: PullContext, pull: NodePull) => Fix
}

const explanations: Record<Exclude<PullVerdict, 'pulled'>, Explanation> = {
  changed: {
    code: 'PROBE_FAILED',
    reason: 'the cluster changed the probe pod',
    what: (_, __, { message }) => `proved nothing, because the cluster changed the probe pod: ${message}`,
    advise: () =>
      fix(
        'A pull with other secrets or of another image proves nothing about the identity of the nodes. Exempt a namespace from the webhook that changes ' +
          'its pods, and set probe-namespace to that one. To list the webhooks:',
        kubectlCommand('get mutatingwebhookconfigurations'),
      ),
  },
  refused: {
    code: 'PROBE_FAILED',
    reason: 'Kubernetes rejects the probe pods',
    what: () => 'could not be probed, because Kubernetes rejects the pods',
    advise: () =>
      fix(
        'Set probe-namespace to a namespace that allows the probe pods. To list the namespaces:',
        kubectlCommand('get namespaces --show-labels'),
      ),
  },
  'not-found': {
    code: 'IMAGE_NOT_FOUND',
    reason: 'the image is not in the registry',
    what: ({ registry }, image) => `did not find ${image} on ${registry.name}`,
    advise: ({ registry }, { image, arch, cause }) =>
      cause === 'platform'
        ? fix(
            `The image has no variant for the platform of the node (${arch}). Build or import it for all platforms of the cluster's nodes. To see its platforms:`,
            listManifestsCommand(registry.id, repositoryOf(image.reference)),
          )
        : fix(
            `Check repository and tag (named in: ${image.from}). To list the tags in the registry:`,
            listTagsCommand(registry.id, repositoryOf(image.reference)),
          ),
  },
  unschedulable: {
    code: 'PROBE_FAILED',
    reason: 'no node ran the probe pod',
    what: () => 'could not run the probe pod',
    advise: ({ target }, { node }) =>
      fix(
        'The kubelet rejected or ended the pod, because the node is full or is being removed, and no other node of its pool accepted it. Free ' +
          'some capacity, and run the step again. To see the node and the pools:',
        kubectlCommand('describe node', '', node),
        nodePoolCommand('list', target.id),
      ),
  },
  failed: {
    code: 'PROBE_FAILED',
    reason: 'the pull failed on the node',
    what: (_, image, { cause }) =>
      cause === 'kubelet-limit'
        ? `could not pull ${image}, because the kubelet limits the number of pulls per second (registryPullQPS)`
        : `could not pull ${image}`,
    advise: (_, { node, cause }) =>
      fix(
        cause === 'kubelet-limit'
          ? 'The registry was not contacted: other pods on the node used up the limit. Run the step again when fewer pods start there. To see what runs on the node:'
          : 'The message above is from the node. To see more about the node:',
        kubectlCommand('describe node', '', node),
      ),
  },
  unreachable: {
    code: 'REGISTRY_UNREACHABLE',
    reason: "the registry can't be reached from the node",
    what: ({ registry }, _, { cause }) => `can't reach ${registry.loginServer}: ${describeCause(cause)}`,
    advise: ({ registry, target }, { cause }) => adviseReach(registry, target, cause),
  },
  denied: {
    code: 'PULL_DENIED',
    reason: 'the registry refuses the identity of the node',
    what: ({ registry }, _, __, isOne) => `${isOne ? 'is' : 'are'} still refused by ${registry.loginServer}`,
    why: ({ group }) =>
      group &&
      `Access comes through the group ${group}, and a node keeps its token, with the group memberships of that time, for up to a day.`,
    advise: ({ registry, target, group, mayAssignDirectly }) =>
      choices(
        {
          text: group
            ? 'Nothing renews the token earlier. A direct role assignment works within minutes: ' +
              (mayAssignDirectly
                ? 'set on-timeout: assign-directly, or leave group empty. '
                : 'leave group empty and set role: auto. ') +
              'To see the roles of the pull identity, and whether the nodes use it:'
            : 'Azure documents up to 10 minutes for a new role; run the step again, with a longer timeout. If that time has passed, check the roles of the ' +
              'pull identity, and whether the nodes use it:',
          commands: [
            az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} ${inSubscriptionOf(registry.id)} --include-inherited --include-groups --output table`,
            aksCommand('show', target.id, '--query identityProfile.kubeletidentity'),
          ],
        },
        {
          text: 'Nodes that were created before the identity was changed keep the old one until they are reimaged. To reimage every node of the cluster:',
          commands: [aksCommand('upgrade', target.id, '--node-image-only')],
          caution: 'Disruptive: reimages every node of the cluster',
        },
      ),
  },
  'rate-limited': {
    code: 'THROTTLED',
    reason: 'the registry throttles the node',
    what: ({ registry }, _, __, isOne) => `${isOne ? 'is' : 'are'} throttled by ${registry.loginServer}`,
    advise: ({ registry }) =>
      choices(
        {
          text: 'Run the step again later, or probe fewer nodes at once (probe-nodes: one-per-pool). To see the usage of the registry:',
          commands: [acrCommand('show-usage', registry.id, '--output table')],
        },
        {
          text: 'A larger SKU has higher limits and costs more:',
          commands: [acrCommand('update', registry.id, '--sku Premium')],
          caution: 'Costs more: a larger SKU',
        },
      ),
  },
  slow: {
    code: 'PROBE_FAILED',
    reason: 'the pull did not finish before the timeout',
    what: (_, image, { pending }, isOne) =>
      pending?.doing === 'pulling'
        ? `${isOne ? 'was' : 'were'} still pulling ${image} at the timeout`
        : `did not finish pulling ${image} before the timeout`,
    advise: (_, { pending }) =>
      fix(
        pending?.doing === 'pulling'
          ? 'The pull takes longer than the timeout: set a longer timeout, or probe-image to a smaller image. To see what the node does:'
          : 'The node reported no pull: it may be busy, or its network or credential provider may not respond. Set a longer timeout. To see what the node does:',
        kubectlCommand('get events --all-namespaces --field-selector involvedObject.kind=Pod'),
      ),
  },
}

function describeCause(cause: PullCause | undefined): string {
  switch (cause) {
    case 'dns':
      return 'its name does not resolve'
    case 'firewall':
      return "the registry's firewall blocks it"
    case 'tls':
      return 'the certificate is not trusted'
    case 'proxy':
      return 'a proxy refuses the connection'
    case 'data-endpoint':
      return "the data endpoint, which serves the layers, can't be reached"
    default:
      return 'the connection fails'
  }
}

function adviseReach(registry: Registry, target: Target, cause: PullCause | undefined): Fix {
  const endpoints = listPrivateEndpointsCommand(registry.id)
  switch (cause) {
    case 'firewall':
      return fix(
        "Add the cluster's outbound addresses to the registry's firewall (az acr network-rule add), or use a private endpoint whose DNS zone is linked to the network of the cluster. To see the cluster's addresses, and those that the firewall allows:",
        aksCommand('show', target.id, '--query networkProfile.loadBalancerProfile.effectiveOutboundIPs'),
        listNetworkRulesCommand(registry.id),
      )
    case 'data-endpoint':
      return fix(
        'Allow the nodes to reach the data endpoints of the registry: in firewalls and network security groups and, with a private endpoint, in the private DNS zone. To see the endpoints:',
        acrCommand('show-endpoints', registry.id),
        endpoints,
      )
    case 'tls':
    case 'proxy':
      return fix(
        "Something between node and registry answers instead of the registry: a proxy or a firewall that inspects TLS. Exempt the registry and its data endpoints from it, or add its certificate authority to the cluster (httpProxyConfig.trustedCa). To see the cluster's proxy and outbound type:",
        aksCommand('show', target.id, '--query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"'),
      )
    default:
      return fix(
        'Check the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, and the network security groups, firewalls and route tables in between. To see the private endpoints of the registry, and the outbound type of the cluster:',
        endpoints,
        aksCommand('show', target.id, '--query networkProfile.outboundType'),
      )
  }
}

/** Worst first: final failures before those that may pass. */
const ranks = Object.keys(explanations) as Exclude<PullVerdict, 'pulled'>[]

/** The error for the pulls of a pair, at least one of which failed: the worst failure, and how many nodes have it. */
export function explainPulls(pulls: readonly NodePull[], context: PullContext): ActionError {
  const failed = pulls.filter(({ verdict }) => verdict !== 'pulled')
  const worst = ranks.find(rank => failed.some(({ verdict }) => verdict === rank)) ?? 'failed'
  // Images of manifests come first, because they will run.
  const these = failed
    .filter(({ verdict }) => verdict === worst)
    .sort((a, b) => Number(isOfManifest(b)) - Number(isOfManifest(a)))
  const [first] = these
  if (!first) throw new Error('no pull failed')
  const { target, registry } = context
  const { code, reason, what, why, advise } = explanations[worst]
  const nodes = [...new Set(these.map(({ node }) => node))]
  const total = new Set([...pulls.filter(isAsked), ...these].map(({ node }) => node)).size
  const image = shortDigest(first.image.reference)
  const subject = `${countNodes(nodes.length, total)} of ${target.name}`
  const names =
    nodes.slice(0, maxNodes).join(', ') + (nodes.length > maxNodes ? ` and ${nodes.length - maxNodes} more` : '')
  const verb = what(context, image, first, nodes.length === 1)
  const place = isOfManifest(first) ? ` The image is named in ${first.image.from}.` : ''
  const cause = why?.(context)
  const statement = `${subject} ${verb} (${names}).${cause ? ` ${cause}` : ''}${place}`
  const quote =
    first.message && worst !== 'changed'
      ? { statement, intro: 'The node said:', text: withoutStop(first.message) }
      : undefined
  return new ActionError(code, quote ? `${statement} ${quote.intro} ${quote.text}.` : statement, {
    subject: registry.name,
    resource: target.id,
    reason,
    quote,
    fix: advise(context, first),
  })
}

function isOfManifest({ image }: NodePull): boolean {
  return image.origin === 'manifest'
}

function countNodes(count: number, total: number): string {
  if (total === 1) return 'The probed node'
  if (count < total) return `${count} of the ${total} probed nodes`
  return total === 2 ? 'Both probed nodes' : `All ${total} probed nodes`
}

/** Maximum number of node names in a message; the report has all. */
const maxNodes = 5

function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}
