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
import { shortDigest } from '../model/image.js'
import { isAsked, type NodePull, type PullCause, type PullVerdict } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import type { Target } from '../model/target.js'

/** What the error of a pair's failed pulls needs to know. */
export interface PullContext {
  target: Target
  registry: Registry
  /** The group that access comes through, if it does. */
  group: string
  /** Whether `on-timeout: assign-directly` is still to come, or would be possible. */
  mayAssignDirectly: boolean
  waitedMs: number
}

interface Explanation {
  code: ErrorCode
  /** Why the proof failed, as a clause: what tells one `PROBE_FAILED` from another. */
  reason: string
  /** The rest of the sentence that begins with `2 of 3 nodes of aks-prod-1`. */
  what: (context: PullContext, image: string, pull: NodePull, isOne: boolean) => string
  /** A sentence on the cause, where it is known. */
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
        'A pull with other secrets or of another image says nothing about the identity of the nodes. Exempt a namespace from the webhook that changes its ' +
          'pods, and give that in probe-namespace. The webhooks:',
        kubectlCommand('get mutatingwebhookconfigurations'),
      ),
  },
  refused: {
    code: 'PROBE_FAILED',
    reason: 'Kubernetes refuses the probe pods',
    what: () => 'could not be probed, because Kubernetes refuses the pods',
    advise: () =>
      fix(
        'Give a namespace in probe-namespace where the probe pods are allowed. The namespaces:',
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
            `The image has no variant for the platform of the node (${arch}). Build or import it for all platforms of the cluster's nodes. What it has:`,
            listManifestsCommand(registry.id, repositoryOf(image.reference)),
          )
        : fix(
            `Check repository and tag (named in: ${image.from}). What the registry has:`,
            listTagsCommand(registry.id, repositoryOf(image.reference)),
          ),
  },
  unschedulable: {
    code: 'PROBE_FAILED',
    reason: 'no node took the probe pod',
    what: () => 'took no probe pod',
    advise: ({ target }, { node }) =>
      fix(
        'The kubelet refused or ended the pod, because the node is full or is being removed, and no other node of its pool took it. Make ' +
          'room, and run the step again. What the node has, and the pools:',
        kubectlCommand('describe node', '', node),
        nodePoolCommand('list', target.id),
      ),
  },
  failed: {
    code: 'PROBE_FAILED',
    reason: 'the pull failed on the node',
    what: (_, image, { cause }) =>
      cause === 'kubelet-limit'
        ? `could not pull ${image}, because the kubelet limits how many pulls it begins a second (registryPullQPS)`
        : `could not pull ${image}`,
    advise: (_, { node, cause }) =>
      fix(
        cause === 'kubelet-limit'
          ? 'The registry was not asked: other pods of the node used the limit up. Run the step again when fewer pods start there. What runs on the node:'
          : 'The message above is what the node said. What else is known of it:',
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
      `Access comes through the group ${group}, and a node keeps its token, with the groups that it knew then, for up to a day.`,
    advise: ({ registry, target, group, mayAssignDirectly }) =>
      choices(
        {
          text: group
            ? 'Nothing renews the token earlier. A role of its own works within minutes: ' +
              (mayAssignDirectly
                ? 'set on-timeout: assign-directly, or leave group empty. '
                : 'leave group empty and set role: auto. ') +
              'What the pull identity holds, and whether the nodes use it:'
            : 'Azure documents up to 10 minutes for a new role; the step can be run again, with a longer timeout. If that time has passed, see what the pull ' +
              'identity holds, and whether the nodes use that identity:',
          commands: [
            az`role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} ${inSubscriptionOf(registry.id)} --include-inherited --include-groups --output table`,
            aksCommand('show', target.id, '--query identityProfile.kubeletidentity'),
          ],
        },
        {
          text: 'Nodes that were made before the identity was changed keep the old one until they are reimaged. If that is the case, this reimages every node of the cluster:',
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
          text: 'Run the step again later, or probe fewer nodes at once (probe-nodes: one-per-pool). What the registry uses:',
          commands: [acrCommand('show-usage', registry.id, '--output table')],
        },
        {
          text: 'A larger SKU has higher limits, and costs more:',
          commands: [acrCommand('update', registry.id, '--sku Premium')],
          caution: 'Costs more: a larger SKU',
        },
      ),
  },
  slow: {
    code: 'PROBE_FAILED',
    reason: 'the pull had not ended',
    what: (_, image, { pending }, isOne) =>
      pending?.doing === 'pulling'
        ? `${isOne ? 'was' : 'were'} still pulling ${image} when the time was over`
        : `had not pulled ${image} when the time was over`,
    advise: (_, { pending }) =>
      fix(
        pending?.doing === 'pulling'
          ? 'The pull takes longer than timeout: give a longer one, or a smaller image in probe-image. What the node does:'
          : 'Nothing was heard of a pull: the node may be busy, or its network or its credential provider may not answer. Give a longer timeout. What the node does:',
        kubectlCommand('get events --all-namespaces --field-selector involvedObject.kind=Pod'),
      ),
  },
}

function describeCause(cause: PullCause | undefined): string {
  switch (cause) {
    case 'dns':
      return 'its name is not resolved'
    case 'firewall':
      return "the registry's firewall does not let it in"
    case 'tls':
      return 'the certificate that answers is not trusted'
    case 'proxy':
      return 'the proxy on the way refuses'
    case 'data-endpoint':
      return 'the data endpoint, which the layers come from, is out of reach'
    default:
      return 'the connection fails'
  }
}

function adviseReach(registry: Registry, target: Target, cause: PullCause | undefined): Fix {
  const endpoints = listPrivateEndpointsCommand(registry.id)
  switch (cause) {
    case 'firewall':
      return fix(
        "Add the cluster's outbound addresses to the registry's firewall (az acr network-rule add), or use a private endpoint whose DNS zone is linked to the network of the cluster. The addresses, and what the firewall lets in:",
        aksCommand('show', target.id, '--query networkProfile.loadBalancerProfile.effectiveOutboundIPs'),
        listNetworkRulesCommand(registry.id),
      )
    case 'data-endpoint':
      return fix(
        'Let the nodes through to the data endpoints of the registry: in firewalls and network security groups, and, with a private endpoint, in the private DNS zone. The endpoints:',
        acrCommand('show-endpoints', registry.id),
        endpoints,
      )
    case 'tls':
    case 'proxy':
      return fix(
        "Something between node and registry answers in the registry's place: a proxy or a firewall that inspects TLS. Let the registry and its data endpoints past it, or give the cluster the authority (httpProxyConfig.trustedCa). How the cluster goes out:",
        aksCommand('show', target.id, '--query "{proxy: httpProxyConfig, outbound: networkProfile.outboundType}"'),
      )
    default:
      return fix(
        'Look at the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, and at network security groups, firewall and route tables on the way. The private endpoints of the registry, and how the cluster goes out:',
        endpoints,
        aksCommand('show', target.id, '--query networkProfile.outboundType'),
      )
  }
}

/** Worst first: what is final before what may still pass. */
const ranks = Object.keys(explanations) as Exclude<PullVerdict, 'pulled'>[]

/** The contract's error for the pulls of a pair, of which one at least failed: the worst failure, and how many there are. */
export function explainPulls(pulls: readonly NodePull[], context: PullContext): ActionError {
  const failed = pulls.filter(({ verdict }) => verdict !== 'pulled')
  const worst = ranks.find(rank => failed.some(({ verdict }) => verdict === rank)) ?? 'failed'
  // What a manifest names is what will run.
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
  const subject =
    total === 1 ? `The probed node of ${target.name}` : `${nodes.length} of the ${total} probed nodes of ${target.name}`
  const names =
    nodes.slice(0, mostNodes).join(', ') + (nodes.length > mostNodes ? ` and ${nodes.length - mostNodes} more` : '')
  const verb = what(context, image, first, nodes.length === 1)
  const said = first.message && worst !== 'changed' ? ` The node said: ${first.message.replace(/\.$/, '')}.` : ''
  const place = isOfManifest(first) ? ` The image is named in ${first.image.from}.` : ''
  const cause = why?.(context)
  return new ActionError(code, `${subject} ${verb} (${names}).${cause ? ` ${cause}` : ''}${place}${said}`, {
    subject: registry.name,
    resource: target.id,
    reason,
    fix: advise(context, first),
  })
}

function isOfManifest({ image }: NodePull): boolean {
  return image.origin === 'manifest'
}

/** Node names in a message; the report has all. */
const mostNodes = 5

function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}
