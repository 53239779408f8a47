import { aksCommand, nodePoolCommand } from '../model/az-commands.js'
import { ActionError, type ErrorCode } from '../model/error.js'
import { shortDigest } from '../model/image.js'
import type { NodePull, PullVerdict } from '../model/outcome.js'
import type { Registry } from '../model/registry.js'
import type { Target } from '../model/target.js'

/** What a pair's pulls were for, to explain those that failed. */
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
  /** What happened, behind `2 of 3 nodes of aks-prod-1`. */
  what: (context: PullContext, image: string) => string
  fix: (context: PullContext, pull: NodePull) => string
}

const explanations: Record<Exclude<PullVerdict, 'pulled'>, Explanation> = {
  refused: {
    code: 'PROBE_FAILED',
    what: () => 'could not be probed, for Kubernetes refuses the pods',
    fix: () => 'Give a namespace in probe-namespace where the probe pods are allowed.',
  },
  'not-found': {
    code: 'IMAGE_NOT_FOUND',
    what: ({ registry }, image) => `did not find ${image} on ${registry.name}`,
    fix: ({ registry }, { image, arch, message }) =>
      /platform/i.test(message)
        ? `The image has no variant for linux/${arch}. Build or import it for all platforms of the cluster's nodes. What it has:\n  az acr manifest list-metadata --registry ${registry.name} --name ${repositoryOf(image.reference)} --output table`
        : `Check repository and tag (named in: ${image.from}). What the registry has:\n  az acr repository show-tags --name ${registry.name} --repository ${repositoryOf(image.reference)} --output table`,
  },
  unschedulable: {
    code: 'PROBE_FAILED',
    what: () => 'took no probe pod',
    fix: ({ target }) =>
      'The kubelet refused the pod, for want of room for pods or because the node is going away. Make room, or set probe-nodes: one-per-pool, ' +
      `which takes another node of the pool then:\n  kubectl describe nodes\n  ${nodePoolCommand('list', target.id)}`,
  },
  failed: {
    code: 'PROBE_FAILED',
    what: (_, image) => `could not pull ${image}`,
    fix: () => 'The message above is what the node said. What else it says:\n  kubectl describe node <node>',
  },
  unreachable: {
    code: 'PULL_DENIED',
    what: ({ registry }) => `can not reach ${registry.loginServer}`,
    fix: ({ registry, target }, { message }) =>
      /client with IP|firewall/i.test(message)
        ? `The registry's firewall does not let the cluster's outbound addresses in. Add them, or use a private endpoint:\n  ${aksCommand('show', target.id, '--query networkProfile.loadBalancerProfile.effectiveOutboundIPs')}\n  az acr network-rule add --name ${registry.name} --ip-address <address>`
        : 'Names or connections fail on the way: look at the private DNS zone privatelink.azurecr.io and its link to the network of the cluster, at ' +
          `network security groups, firewall and proxy, and at the data endpoint (*.blob.core.windows.net):\n  az network private-dns link vnet list --zone-name privatelink.azurecr.io --resource-group <group> --output table\n  az acr private-endpoint-connection list --registry-name ${registry.name} --output table`,
  },
  denied: {
    code: 'PULL_DENIED',
    what: ({ registry, group }) =>
      group
        ? `are still refused by ${registry.loginServer}: their access comes through the group ${group}, and a node keeps its token, with the groups that it knew then, for up to a day`
        : `are still refused by ${registry.loginServer}`,
    fix: ({ registry, target, group, mayAssignDirectly }, { message }) =>
      [
        ...(group
          ? [
              mayAssignDirectly
                ? 'Nothing renews the token earlier. A role of its own works within minutes: set on-timeout: assign-directly, or leave group empty.'
                : 'Nothing renews the token earlier. A role of its own works within minutes: leave group empty and set role: auto, or give it by hand.',
            ]
          : [
              'Azure documents up to 10 minutes for a new role; the step can be run again, with a longer timeout. If that is over, see what the pull identity holds, and whether the nodes use that identity:',
            ]),
        `  az role assignment list --assignee ${target.identity.objectId} --scope ${registry.id} --include-inherited --include-groups --output table`,
        `  ${aksCommand('show', target.id, '--query identityProfile.kubeletidentity')}`,
        'Nodes that were made before the identity was changed keep the old one until they are reimaged:',
        `  ${aksCommand('upgrade', target.id, '--node-image-only')}`,
        ...(message.includes('403')
          ? [
              "A 403 can also come from the registry's firewall, or from a private DNS zone that is not linked to the cluster's network:",
              `  az acr network-rule list --name ${registry.name} --output table`,
            ]
          : []),
      ].join('\n'),
  },
  'rate-limited': {
    code: 'THROTTLED',
    what: ({ registry }) => `are throttled by ${registry.loginServer}`,
    fix: ({ registry }) =>
      `Run the step again later, probe fewer nodes at once (probe-nodes: one-per-pool), or take a larger SKU:\n  az acr update --name ${registry.name} --sku Premium`,
  },
  slow: {
    code: 'PROBE_FAILED',
    what: (_, image) => `had not pulled ${image} when the time was over`,
    fix: () =>
      'No refusal came, so the pull may only be slow: give a longer timeout, or a smaller image in probe-image. What the node does:\n  kubectl get events --all-namespaces --field-selector involvedObject.kind=Pod',
  },
}

/** Worst first: what is final before what may still heal. */
const ranks = Object.keys(explanations) as Exclude<PullVerdict, 'pulled'>[]

/** The contract's error for the pulls of a pair, of which one at least failed; it tells of the worst, and of how many. */
export function explainPulls(pulls: NodePull[], context: PullContext): ActionError {
  const failed = pulls.filter(({ verdict }) => verdict !== 'pulled')
  const worst = ranks.find(rank => failed.some(({ verdict }) => verdict === rank)) ?? 'failed'
  const these = failed.filter(({ verdict }) => verdict === worst)
  const [first] = these
  if (!first) throw new Error('no pull failed')
  const { target, registry } = context
  const { code, what, fix } = explanations[worst]
  const nodes = [...new Set(these.map(({ node }) => node))]
  const total = new Set(pulls.map(({ node }) => node)).size
  const image = shortDigest(first.image.reference)
  const subject =
    total === 1 ? `The probed node of ${target.name}` : `${nodes.length} of the ${total} probed nodes of ${target.name}`
  const names =
    nodes.slice(0, mostNodes).join(', ') + (nodes.length > mostNodes ? ` and ${nodes.length - mostNodes} more` : '')
  const verb = nodes.length === 1 ? what(context, image).replace(/^are /, 'is ') : what(context, image)
  const said = first.message ? ` The node said: ${first.message.replace(/\.$/, '')}.` : ''
  const place = first.image.from.includes(', document ') ? ` The image is named in ${first.image.from}.` : ''
  return new ActionError(code, `${subject} ${verb} (${names}).${place}${said}`, {
    subject: registry.name,
    fix: fix(context, first),
  })
}

/** Node names in a message; the report has all. */
const mostNodes = 5

function repositoryOf(reference: string): string {
  return reference.replace(/^[^/]*\//, '').replace(/(:[^:/]*)?(@.*)?$/, '')
}
