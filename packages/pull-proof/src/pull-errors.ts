import {
  acrCommand,
  aksCommand,
  describeQuarantine,
  kubectlCommand,
  listManifestsCommand,
  listTagsCommand,
  nameImage,
  parseImageSource,
  shell,
  shortDigest,
  showLockCommand,
} from 'azure'
import { ActionError, briefly, clauseOf, fix, nameSome, type Fix } from 'kernel'
import { type NodePull } from 'run-model'
import { explainDenials, repositoryOf, type PullContext } from './denials.js'
import { deadMs, isHeard } from './seen-pull.js'
import { describeUnreachable, isAnswer, lookAtNetwork } from './unreachable.js'

/** What may change pods on admission. */
const listMutators = [
  kubectlCommand('get mutatingwebhookconfigurations'),
  kubectlCommand('get mutatingadmissionpolicies,mutatingadmissionpolicybindings'),
]

type Explanation = {
  code: ActionError['code']
  /** The rest of the sentence that begins with `2 of 3 nodes of aks-prod-1`. */
  what: (context: PullContext, image: string, pull: NodePull, isOne: boolean) => string
} & (
  | {
      /** Why the pull failed, as a clause: it distinguishes one `PROBE_FAILED` from another. */
      reason: string | ((context: PullContext, pull: NodePull) => string)
      advise: (context: PullContext, pull: NodePull) => Fix
    }
  // Pulls that can fail in the same way for several reasons.
  | { explain: typeof explainDenials }
)

const explanations: Record<Exclude<NodePull['verdict'], 'pulled'>, Explanation> = {
  changed: {
    code: 'PROBE_FAILED',
    reason: 'the cluster changed the probe pod',
    what: (_, __, { message }) => `proved nothing, because the cluster changed the probe pod: ${message}`,
    advise: () =>
      briefly(
        'Exempt a namespace from the webhook or policy that changes its pods, or remove its annotation scheduler.alpha.kubernetes.io/node-selector, and set probe-namespace to that one.',
        'The pull of a changed pod proves nothing about the identity of the nodes. To list the webhooks, and the policies that change pods (Kubernetes 1.36 or newer):',
        ...listMutators,
      ),
  },
  refused: {
    code: 'PROBE_FAILED',
    reason: 'Kubernetes rejects the probe pods',
    what: () => 'could not be probed, because Kubernetes rejects the pods',
    advise: () =>
      briefly(
        'Set probe-namespace to a namespace that allows the probe pods.',
        'To list the namespaces:',
        kubectlCommand('get namespaces --show-labels'),
      ),
  },
  'not-found': {
    code: 'IMAGE_NOT_FOUND',
    reason: ({ registry }, { cause, os, arch }) => {
      if (cause === 'locked')
        return registry.quarantines ? 'the image is locked, or in quarantine' : 'the image is locked'
      if (cause === 'part') return 'a part of the image is not in the registry'
      if (cause === 'format') return 'it is not an image that the node can pull'
      return cause === 'platform' ? `the image has no ${os}/${arch}` : 'the image is not in the registry'
    },
    what: ({ registry }, image, { cause, os, arch, message }) => {
      if (cause === 'locked')
        return `can't pull ${image}, because ${registry.quarantines ? `it is locked on ${registry.name}, or not released yet` : `someone has locked it on ${registry.name}`}`
      if (cause === 'platform') return `can't pull ${image}: it has no ${os}/${arch}`
      if (cause === 'format')
        return `can't pull ${image}: it is on ${registry.name}, but it is not an image, or one of a format that is too old`
      if (cause !== 'part') return `did not find ${image} on ${registry.name}`
      const [part] = /sha256:[0-9a-f]{64}/.exec(message) ?? []
      return `can't pull ${image}: its manifest is on ${registry.name}, but a part of it${part ? ` (${shortDigest(part)})` : ''} is not`
    },
    advise({ registry }, { image, os, arch, cause }) {
      const repository = repositoryOf(image.reference)
      const manifests = listManifestsCommand(registry.id, repository)
      if (cause === 'locked') return adviseOnLock(registry, image.reference, registry.quarantines ? [manifests] : [])
      if (cause === undefined && registry.quarantines)
        return briefly(
          `Check repository and tag (named in: ${image.from}), and whether the scanner has released the image.`,
          `To see the manifests, with their quarantineState:`,
          manifests,
        )
      if (cause === undefined)
        return briefly(
          `Check repository and tag (named in: ${image.from}).`,
          `To list the tags in the registry:`,
          listTagsCommand(registry.id, repository),
        )
      return briefly(
        `Push or import the image again, with all of its parts and for ${os}/${arch}.`,
        `To see its manifests:`,
        manifests,
      )
    },
  },
  // A refusal is known, whatever could not be seen of other nodes.
  denied: {
    code: 'PULL_DENIED',
    explain: explainDenials,
    what: ({ registry }, _, __, isOne) => `${isOne ? 'is' : 'are'} still refused by ${registry.loginServer}`,
  },
  unschedulable: {
    code: 'PROBE_FAILED',
    reason: (_, { cause }) => (cause === 'disk' ? 'the disk of the node is full' : 'no node ran the probe pod'),
    what: (_, image, { cause }, isOne) =>
      cause === 'disk'
        ? `${isOne ? 'has' : 'have'} no room on ${isOne ? 'its disk' : 'their disks'} for ${image}`
        : 'could not run the probe pod',
    advise: (_, { node, cause }) =>
      fix(
        cause === 'disk'
          ? 'The kubelet deletes unused images when its disk is nearly full, and none was left to delete. Free some space, or give the pool larger disks. To see the node:'
          : 'The node is full, tainted or being removed, and no other node of its pool accepted the pod. Free some capacity, and run the step again. To see the node:',
        kubectlCommand('describe node', '', node),
      ),
  },
  failed: {
    code: 'PROBE_FAILED',
    reason: 'the pull failed on the node',
    what: (_, image, { cause }) =>
      cause === 'kubelet-limit'
        ? `could not pull ${image}, because the kubelet limits the number of pulls per second (registryPullQPS)`
        : `could not pull ${image}`,
    advise: (_, { node }) =>
      briefly('Look for the reason on the node.', 'To see what runs on it:', kubectlCommand('describe node', '', node)),
  },
  unreachable: {
    code: 'REGISTRY_UNREACHABLE',
    reason: (_, { cause }) =>
      cause === 'upstream'
        ? 'the registry gets nothing from its upstream'
        : cause === 'streaming'
          ? "the node's proxy for artifact streaming does not answer"
          : "the registry can't be reached from the node",
    what: ({ registry }, image, { cause, message }) => {
      const why = describeUnreachable(registry, cause, message)
      return isAnswer(cause) ? `can't pull ${image}: ${why}` : `can't reach ${registry.loginServer}: ${why}`
    },
    advise: ({ registry, target }, pull) => lookAtNetwork(registry, target, pull),
  },
  'rate-limited': {
    code: 'THROTTLED',
    reason: 'the registry throttles the node',
    what: ({ registry }, _, __, isOne) => `${isOne ? 'is' : 'are'} throttled by ${registry.loginServer}`,
    advise: ({ registry }) =>
      briefly(
        'Run the step again later, or probe fewer nodes at once (probe-nodes: one-per-pool).',
        'To see the usage of the registry:',
        acrCommand('show-usage', registry.id, '--output table'),
      ),
  },
  slow: {
    code: 'PROBE_FAILED',
    reason: ({ isTimeOver, abandoned }, { node }) =>
      abandoned.has(node)
        ? 'the node was abandoned before it had pulled'
        : `the pull did not finish before the ${isTimeOver ? 'timeout' : 'wait ended'}`,
    what: ({ isTimeOver, abandoned }, image, { node, pending }, isOne) => {
      const why = abandoned.get(node)
      if (why !== undefined) return `did not pull ${image}, because ${why}`
      if (pending?.doing === 'pulling')
        return `${isOne ? 'was' : 'were'} still pulling ${image}${isTimeOver ? ' at the timeout' : ''}`
      return `did not finish pulling ${image}${isTimeOver ? ' before the timeout' : ''}`
    },
    advise({ target, registry, abandoned, timeoutMs }, { node, pending, finishedAt }) {
      if (abandoned.has(node))
        return briefly(
          'Run the step again when the pool has a node that accepts pods.',
          'No other node could take its place. To see the node:',
          kubectlCommand('describe node', '', node),
        )
      if (pending?.doing === 'held' || pending?.doing === 'stuck')
        return briefly(
          'Exempt a namespace from the webhook or policy that added the containers named above, and set probe-namespace to that one.',
          'The pull waits for them. To list the webhooks, and the policies that change pods (Kubernetes 1.36 or newer):',
          ...listMutators,
        )
      const isEarly = pending !== undefined && finishedAt - pending.since < deadMs
      // Before a pull, the credential provider exchanges its token at the registry, which might not answer, either.
      if (isEarly && ['pulling', 'quiet', 'starting'].includes(pending.doing))
        return briefly(
          timeoutMs < 180_000 ? 'Set a timeout of at least 3 minutes.' : 'Set a longer timeout.',
          `The image may be large, the node busy or pulling other images first (serializeImagePulls), or the registry might not answer, which a node reports only after a minute. To see whether the node can reach the registry${target.access?.isPrivate ? ', on a machine that reaches the private API server' : ''}:`,
          // It starts a pod on the node with kubectl, and deletes it (learn.microsoft.com/cli/azure/aks#az-aks-check-acr).
          aksCommand('check-acr', target.id, shell`--acr ${registry.loginServer} --node-name ${node}`),
        )
      const queue =
        pending?.doing === 'pulling'
          ? ' The node may also pull one image at a time (serializeImagePulls), and others before this one.'
          : ''
      return fix(
        `Set a longer timeout, or probe-image to a smaller image.${queue} To see what the node does:`,
        kubectlCommand('get events --all-namespaces --field-selector involvedObject.kind=Pod'),
      )
    },
  },
}

/** Worst first: final failures before those that may pass. */
const ranks = Object.keys(explanations) as Exclude<NodePull['verdict'], 'pulled'>[]

/** The error for the pulls of a pair, at least one of which failed: the worst failure, and how many nodes have it. */
export function explainPulls(pulls: readonly NodePull[], context: PullContext): ActionError {
  const verdictOf = (pull: NodePull): NodePull['verdict'] => (isOutdated(pull, context) ? 'slow' : pull.verdict)
  const worst = ranks.find(rank => pulls.some(pull => verdictOf(pull) === rank))
  // Images of manifests come first, because they will run.
  const these = pulls
    .filter(pull => verdictOf(pull) === worst)
    .sort((a, b) => Number(isOfManifest(b)) - Number(isOfManifest(a)))
  const [first] = these
  if (!worst || !first) throw new Error('no pull failed')
  const { target, registry } = context
  const explanation = explanations[worst]
  const { code, what } = explanation
  const { reason, why, fix: advice } = explainVerdict(explanation, first, these, context)
  const nodes = [...new Set(these.map(({ node }) => node))]
  const total = new Set([...pulls.filter(({ attempts }) => attempts > 0), ...these].map(({ node }) => node)).size
  const image = shortDigest(first.image.reference)
  const subject = `${countNodes(nodes.length, total)} of ${target.name}`
  const verb = what(context, image, first, nodes.length === 1)
  const place = isOfManifest(first) && `The image is named in ${first.image.from}.`
  const said = {
    what: `${subject} ${verb} (${nameSome(nodes, maxNodes)})`,
    brief: reason,
    more: [why, place].filter(Boolean).join(' '),
    quote: first.message && worst !== 'changed' ? { by: 'The node said:', text: clauseOf(first.message) } : undefined,
  }
  return new ActionError(first.cause === 'locked' ? 'AZURE_REFUSED' : code, said, {
    subject: registry.name,
    resource: target.id,
    pullCause: isOutdated(first, context) ? undefined : first.cause,
    fix: advice,
  })
}

/** Whether the registry still refuses a node, although nothing shows that its identity has the role. */
export function isRoleRefused(pulls: readonly NodePull[], context: Pick<PullContext, 'abandoned'>): boolean {
  return pulls.some(pull => pull.verdict === 'denied' && !pull.sibling && !isOutdated(pull, context))
}

/** Whether what a node said no longer counts, because it has been abandoned since. */
function isOutdated(pull: NodePull, { abandoned }: Pick<PullContext, 'abandoned'>): boolean {
  return abandoned.has(pull.node) && pull.verdict !== 'pulled' && isHeard(pull)
}

function explainVerdict(explanation: Explanation, first: NodePull, pulls: readonly NodePull[], context: PullContext) {
  if ('explain' in explanation) return explanation.explain(pulls, context)
  const { reason, advise } = explanation
  const why = isHidden(first) ? describeQuarantine(context.registry) : ''
  return { reason: typeof reason === 'string' ? reason : reason(context, first), why, fix: advise(context, first) }
}

/** Whether a quarantine may hide an image: it is not found by its tag, and by its digest it is refused as a locked one is. */
function isHidden({ verdict, cause }: NodePull): boolean {
  return verdict === 'not-found' && (cause === undefined || cause === 'locked')
}

function isOfManifest({ image }: NodePull): boolean {
  return image.origin === 'manifest'
}

/** What to look at if a node was refused because of a lock: the image's own, and the repository's. */
function adviseOnLock({ id }: PullContext['registry'], reference: string, more: readonly string[]): Fix {
  const { repository = '', tag = '', digest = '' } = parseImageSource(reference) ?? {}
  return briefly(
    'Ask who has locked it, and why, or deploy another image.',
    'Its lock, or that of its repository, has readEnabled: false:',
    showLockCommand(id, ['--image', nameImage({ repository, reference: digest || tag })]),
    showLockCommand(id, ['--repository', repository]),
    ...more,
  )
}

function countNodes(count: number, total: number): string {
  if (total === 1) return 'The probed node'
  if (count < total) return `${count} of the ${total} probed nodes`
  return total === 2 ? 'Both probed nodes' : `All ${total} probed nodes`
}

/** Maximum number of node names in a message; the report has all. */
const maxNodes = 5
