import { acrCommand, kubectlCommand, nodePoolCommand, sameId, type Registry, type Selection, type Target } from 'azure'
import { clauseOf, compareNaturally, distinctOf, groupBy, nameSome, notice, type Finding, warning } from 'kernel'
import { type NodePull, type PlannedPair, type Verification } from 'run-model'
import { describeForeignNodes, describeUnfit, isMisfit, listOffers } from './nodes.js'
import type { PullRecord } from './record.js'
import type { PulledImage } from './probe-images.js'

/** Findings about nodes and pools that were skipped before anything was pulled. A pool at 0 nodes is only a note: there is nothing to probe. */
export function findSkipped(target: Target, { skipped, skippedNodes }: Selection): Finding[] {
  return [
    // What is skipped at a registry alone shows at the end, with the pools that joined.
    ...skipped.flatMap(({ pool, why, registry, isEmpty }) =>
      isEmpty || registry ? [] : skippedPool(target, pool, why),
    ),
    ...skippedNodes.map(({ node, why }) => skippedNode(target, node, why)),
  ]
}

/** The note about pools without nodes. @param awaited those that should have some: they have a finding, or have been probed */
export function noteEmptyPools({ name }: Target, { skipped }: Selection, awaited: readonly string[]): string[] {
  const pools = skipped
    .flatMap(({ pool, isEmpty }) => (isEmpty && !awaited.includes(pool) ? pool : []))
    .sort(compareNaturally)
  return pools.length > 0
    ? [`${name} has no nodes in ${pools.length > 1 ? 'the pools' : 'the pool'} ${pools.join(', ')}`]
    : []
}

/** Findings about nodes that were abandoned during the wait, or about their pool if no other node of it pulled. */
export function findAbandoned(target: Target, { seats, skipped }: Pick<PullRecord, 'seats' | 'skipped'>): Finding[] {
  const pulledPools = new Set(seats.map(({ node }) => node.pool))
  return skipped.map(({ node, abandoned = '' }) =>
    pulledPools.has(node.pool)
      ? skippedNode(target, node.name, abandoned)
      : skippedPool(target, node.pool, `its node ${node.name} was abandoned because ${abandoned}`),
  )
}

/** Findings about pools that should have nodes and had none to probe. @param selection of their nodes that have joined meanwhile */
export function findLate(target: Target, { skipped }: Selection, pools: readonly string[]): Finding[] {
  return skipped
    .filter(({ pool }) => pools.includes(pool))
    .flatMap(({ pool, why, isEmpty }) =>
      skippedPool(target, pool, isEmpty ? 'none of its nodes had joined when the nodes were last listed' : why),
    )
}

/** Findings about pools with no image that fits their nodes, or none of a registry: it is known beforehand, or the nodes have shown it. */
export function findMisfits(
  target: Target,
  { seats }: Pick<PullRecord, 'seats'>,
  images: readonly PulledImage[],
  registries: readonly Pick<Registry, 'id' | 'name'>[],
): Finding[] {
  const offers = listOffers(images, registries)
  return [...groupBy(seats, ({ node }) => node.pool)].flatMap(([pool, members]) => {
    const nodes = members.map(({ node }) => node)
    const pulls = members.flatMap(seat => seat.pulls)
    if (pulls.every(isMisfit)) return skippedPool(target, pool, describeForeignNodes(nodes))
    return offers.flatMap(({ id, name, own }) => {
      const asked = pulls.filter(({ image }) => sameId(image.registryId, id))
      if (!asked.every(isMisfit)) return []
      return skippedPool(target, pool, asked.length > 0 ? describeForeignNodes(nodes) : describeUnfit(own, nodes), name)
    })
  })
}

/** @param registry its name, if the pool pulls from others */
function skippedPool({ id, name }: Target, pool: string, why: string, registry = ''): Finding {
  // The pools of node auto-provisioning are objects in the cluster, not agent pools.
  const show = /^[a-z][a-z0-9]{0,11}$/.test(pool)
    ? nodePoolCommand('show', id, pool)
    : kubectlCommand('get nodes --label-columns karpenter.sh/nodepool,agentpool')
  return notice(
    'POOL_SKIPPED',
    id,
    `The pool ${pool} of ${name} was not probed${registry && ` at ${registry}`}: ${why}.`,
    'Its nodes pull with the same identity as those of the other pools. To see the pool:',
    show,
  )
}

function skippedNode({ id, name }: Target, node: string, why: string): Finding {
  return notice(
    'NODE_SKIPPED',
    id,
    `The node ${node} of ${name} was not probed: ${why}.`,
    'It pulls with the same identity as the other nodes. To see the node:',
    kubectlCommand('describe node', '', node),
  )
}

/** An image that no node of a cluster can run. */
export function notProbed({ id, name }: Target, { reference, from, isThere, platforms = [] }: PulledImage): Finding {
  const image = reference.slice(reference.indexOf('/') + 1)
  const built = platforms.map(({ os, arch }) => `${os}/${arch}`).join(', ')
  return notice(
    'IMAGE_NOT_PROBED',
    id,
    `No node of ${name} can run ${image}${built && ` (${built})`}, so none has pulled it (${from}).`,
    `${isThere ? 'Only its presence in the registry was checked' : 'Nor could the runner see it in the registry'}. Add a pool that can run it. To see the nodes, their platforms and labels:`,
    kubectlCommand('get nodes --label-columns kubernetes.io/os,kubernetes.io/arch --show-labels'),
  )
}

/**
 * The finding about a registry without an image to pull, in a step that writes nothing.
 * @param isImported whether `attach` would import one
 */
export function nothingThere({ id, name }: Registry, isImported = true): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    id,
    `${name} has none of the images that this step pulls, so nothing was pulled, and the access to it was only verified by the role that Azure reports.`,
    `${isImported ? 'Run this step with mode: attach. It imports what is missing. Or set' : 'Set'} probe-image to an existing image. To list them:`,
    acrCommand('repository list', id, '--output table'),
  )
}

/** The finding about a cluster without a node that could pull any of the images. */
export function nothingPulled({ id, name }: Target, registry: Registry): Finding {
  return warning(
    'IMAGE_NOT_PROBED',
    id,
    `No node of ${name} could pull from ${registry.name}, so the access to it was only verified by the role that Azure reports.`,
    'Scale up a pool, or set probe-image to an image that its nodes can run. To list the pools:',
    nodePoolCommand('list', id),
  )
}

/**
 * Findings about nodes that pulled only at a later attempt, although nothing was under way that could explain it (Azure/AKS issue 4052,
 * kubernetes/kubernetes issue 92326).
 * @param pulls those of the registry, all of which succeeded
 */
export function findUnsteady(
  { id, name }: Target,
  registry: Registry,
  pulls: readonly NodePull[],
  { seats }: Pick<PullRecord, 'seats'>,
): Finding[] {
  const unsteady = distinctOf(
    pulls.filter(({ attempts, firstRefusal }) => attempts > 1 && firstRefusal !== undefined),
    ({ node }) => node,
  )
  const [first] = unsteady
  if (!first) return []
  const nodes = new Set(pulls.map(({ node }) => node))
  const traitsOf = (own: string): string[] =>
    seats
      .filter(({ node }) => node.name === own)
      .flatMap(({ node: { pool, arch, kubeletVersion } }) => [
        `the pool ${pool}`,
        `the architecture ${arch}`,
        ...(kubeletVersion ? [`Kubernetes ${kubeletVersion}`] : []),
      ])
  const steady = [...nodes].filter(node => !unsteady.some(pull => pull.node === node)).flatMap(traitsOf)
  const traits = traitsOf(first.node).filter(trait => unsteady.every(pull => traitsOf(pull.node).includes(trait)))
  const common = [...new Set(traits)].filter(trait => !steady.includes(trait))
  const shared = common.length > 0 && nodes.size > 1 ? ` Only they have ${common.join(' and ')}.` : ''
  const count = nodes.size === 1 ? 'The probed node' : `${unsteady.length} of the ${nodes.size} probed nodes`
  const tries = unsteady.map(({ node, attempts }) => `${node}, ${attempts} attempts`)
  return [
    notice(
      'PULL_UNSTEADY',
      id,
      `${count} of ${name} pulled from ${registry.name} only at a later attempt (${nameSome(tries, maxClusters)}), although nothing was written and the role is old.${shared} The first refusal: ${clauseOf(first.firstRefusal ?? '')}.`,
      'Pods on such nodes start late, or after some restarts. If the notice comes back, replace these nodes, or open a support case about them. To see the node:',
      kubectlCommand('describe node', '', first.node),
    ),
  ]
}

/** The finding about a registry with anonymous pull, where a pull proves the network but not the role. */
export function pulledByAnyone({ id, name }: Registry): Finding {
  return warning(
    'ANONYMOUS_PULL',
    id,
    `${name} allows anonymous pull, so a pull proves that the network works, but not that the role does.`,
    'The role was verified by the role assignments that Azure reports. A pull proves it when anonymous pull is off, which breaks workloads that pull without signing in:',
    acrCommand('update', id, '--anonymous-pull-enabled false'),
  )
}

/** The finding about nodes that get images from each other, so that a pull doesn't prove the role. @param mirror `namespace/name` of a DaemonSet */
export function pulledFromPeers({ id, name }: Target, mirror: string): Finding {
  return warning(
    'PEER_MIRROR',
    id,
    `${name} has a peer-to-peer mirror (the DaemonSet ${mirror}): a node gets an image that another node has without asking the registry, so a pull does not prove the role.`,
    'The role was verified by the role assignments that Azure reports. A refused pull is still an answer of the registry. To see the mirror:',
    kubectlCommand('get daemonsets --all-namespaces --output wide'),
  )
}

/** The finding about images that pull secrets of a service account may have pulled; the others prove the identity. */
export function findSecrets({ id, name }: Target, pulls: readonly NodePull[]): Finding[] {
  const accounts = [...new Set(pulls.flatMap(({ image, mayBeBySecret }) => (mayBeBySecret && image.account) || []))]
  return accounts.map(account =>
    notice(
      'SERVICE_ACCOUNT_PULL',
      id,
      `Probe pods on ${name} ran as the service account ${account}, which has pull secrets: these may have pulled, not an identity in Azure.`,
      'So the role was verified by the role assignments that Azure reports. Pull secrets are not needed once the identity has the role. To see them:',
      kubectlCommand(
        'get serviceaccounts --all-namespaces --output yaml',
        '',
        '--field-selector',
        `metadata.name=${account}`,
      ),
    ),
  )
}

/**
 * Findings about registries from which no node of a cluster has fetched layers. Where that is not known, headline and report say so. That of a peer-to-peer
 * mirror says it already.
 * @param pulled.verifications by pair, with `pulls` if its nodes have pulled
 */
export function findUnfetched({
  verifications,
  findings,
}: {
  verifications: readonly [Pick<PlannedPair, 'target' | 'registry'>, Verification][]
  findings: readonly Finding[]
}): Finding[] {
  const mirrored = findings.flatMap(({ code, subject }) => (code === 'PEER_MIRROR' ? subject : []))
  const places = verifications.flatMap(([{ target, registry }, { pulls = [], error }]) => {
    const isRoleOnly = !error && pulls.length > 0 && pulls.every(({ layers }) => layers === 'on-node')
    return isRoleOnly && !mirrored.includes(target.id) ? { target, registry } : []
  })
  return [...groupBy(places, ({ registry }) => registry.id).values()].map(own => {
    const [{ registry }] = own
    const names = own.map(({ target }) => target.name)
    return notice(
      'IMAGE_NOT_PROBED',
      registry.id,
      `The nodes of ${nameSome(names, maxClusters)} had all layers that they pulled from ${registry.name}, by their own lists, so they fetched none: the role was tested, but not the host that serves the layers.`,
      'For a full proof, name an image in probe-image that is rebuilt before each run; a new tag of the same image is not enough. To see the hosts that the network must allow:',
      acrCommand('show-endpoints', registry.id),
    )
  })
}

const maxClusters = 5
