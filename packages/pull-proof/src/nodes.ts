import {
  sameId,
  type ChosenNode,
  type ClusterNode,
  type Constraints,
  type NodeTerm,
  type Platform,
  type Registry,
  type Requirement,
  type Selection,
  type Taint,
  type Toleration,
} from 'azure'
import { groupBy } from 'kernel'
import type { NodePull } from 'run-model'
import type { PulledImage } from './probe-images.js'

/**
 * Chooses the nodes that will pull: one usable node per pool, or all of them. Pure.
 * @param pools names of the agent pools, including empty ones
 * @param day the number of the day on which the nodes of each pool take turns, by name: each has its own, day plus rounds. Undefined if the first one is always chosen.
 */
export function selectNodes(
  nodes: readonly ClusterNode[],
  pools: readonly string[],
  probeNodes: 'one-per-pool' | 'all',
  day?: number,
): Selection {
  const empty = pools.map((pool): [string, ClusterNode[]] => [pool, []])
  const byPool = new Map([...empty, ...groupBy(nodes, ({ pool }) => pool)])
  const chosen: ChosenNode[] = []
  const skipped: Selection['skipped'] = []
  const skippedNodes: Selection['skippedNodes'] = []
  for (const [pool, members] of byPool) {
    const usable = members.filter(isUsable)
    const free = usable.filter(({ isCordoned }) => !isCordoned)
    // Pinned pods reach a cordoned node, too, but it may soon be removed.
    const best = free.length > 0 ? free : usable
    const first = chooseOne(
      best,
      usable.filter(node => !best.includes(node)),
      day,
    )
    if (members.length === 0) skipped.push({ pool, why: 'no nodes', isEmpty: true })
    else if (!first) skipped.push({ pool, why: describePool(members) })
    else if (probeNodes === 'one-per-pool') chosen.push(first)
    else {
      chosen.push(...best.map(node => ({ node, spares: [] })))
      const left = members.filter(node => !chosen.some(each => each.node === node))
      skippedNodes.push(...left.map(node => ({ node: node.name, why: describeNode(node) })))
    }
  }
  return { chosen, skipped, skippedNodes }
}

/**
 * The node of a pool whose turn it is, before its spares. After each round the turns begin one node later, so that a weekly run does not ask the same one of
 * seven nodes every time.
 * @param best its nodes that take turns
 * @param others its other usable nodes, which are only spares
 */
function chooseOne(
  best: readonly ClusterNode[],
  others: readonly ClusterNode[],
  day: number | undefined,
): ChosenNode | undefined {
  const hasTurns = day !== undefined && best.length > 1
  const at = hasTurns ? (day + Math.floor(day / best.length)) % best.length : 0
  const inOrder = hasTurns ? best.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : best
  const [node, ...spares] = [...inOrder.slice(at), ...inOrder.slice(0, at), ...others]
  return node && { node, spares, ...(hasTurns && { turn: { number: at + 1, of: best.length } }) }
}

/**
 * The selection without the nodes that no image fits. A pool without any fitting node is skipped, or only for the registries whose images do not
 * fit. A pool may have nodes of several platforms: then it has one node more for each registry that the first one can't pull from.
 */
export function leaveUnfit(
  selection: Selection,
  images: readonly PulledImage[],
  registries: readonly Pick<Registry, 'id' | 'name'>[],
): Selection {
  const offers = listOffers(images, registries)
  const fitsAny = (own: readonly PulledImage[], nodes: readonly ClusterNode[]): boolean =>
    nodes.some(node => own.some(image => fits(image, node)))
  const chosen = selection.chosen.flatMap(({ node, spares, turn }): ChosenNode[] => {
    const [first, ...others] = [node, ...spares].filter(each => fitsAny(images, [each]))
    if (!first) return []
    const more = offers.reduce<ClusterNode[]>((taken, { own }) => {
      const next = fitsAny(own, [first, ...taken]) ? undefined : others.find(each => fitsAny(own, [each]))
      return next ? [...taken, next] : taken
    }, [])
    const left = others.filter(each => !more.includes(each))
    const own = { node: first, spares: left, ...(turn && first === node && { turn }) }
    return [own, ...more.map(each => ({ node: each, spares: [] }))]
  })
  const asked = groupBy(
    chosen.map(({ node }) => node),
    ({ pool }) => pool,
  )
  const usable = groupBy(
    selection.chosen.flatMap(({ node, spares }) => [node, ...spares]),
    ({ pool }) => pool,
  )
  const skipped = [...usable].flatMap(([pool, members]): Selection['skipped'] => {
    const nodes = asked.get(pool)
    if (!nodes) return [{ pool, why: describeUnfit(images, members) }]
    return offers
      .filter(({ own }) => !fitsAny(own, nodes))
      .map(({ name, own }) => ({ pool, registry: name, why: describeUnfit(own, members) }))
  })
  return { ...selection, chosen, skipped: [...selection.skipped, ...skipped] }
}

/** The registries that have one of the images, each with its own. */
export function listOffers<T extends Pick<Registry, 'id'>>(images: readonly PulledImage[], registries: readonly T[]) {
  return registries
    .map(registry => ({ ...registry, own: images.filter(({ registryId }) => sameId(registryId, registry.id)) }))
    .filter(({ own }) => own.length > 0)
}

/** Why nodes can't pull any of the images: these have another platform, or belong to workloads that don't run there. */
export function describeUnfit(images: readonly PulledImage[], nodes: readonly ClusterNode[]): string {
  const foreign = images.filter(({ platforms = [] }) => !nodes.some(node => fits({ platforms }, node)))
  if (foreign.length === images.length) return describeForeignNodes(nodes)
  if (foreign.length === 0) return 'no workload with an image to pull can run on its nodes'
  return `each image to pull has another platform than its nodes (${describePlatforms(nodes)}), or belongs to a workload that can't run on them`
}

/** Why no image has the platform of these nodes, as they said themselves. */
export function describeForeignNodes(nodes: readonly ClusterNode[]): string {
  return `no image to pull is built for its nodes (${describePlatforms(nodes)})`
}

function describePlatforms(nodes: readonly ClusterNode[]): string {
  return [...new Set(nodes.map(describePlatform))].join(', ')
}

/**
 * Whether a node should pull an image: the image has its platform, if known, and one of the image's workloads may run there. Pure.
 * @param image.constraints of the workloads that name it; undefined if none does, so that only the platform counts
 */
export function fits(
  { platforms = [], constraints }: Pick<PulledImage, 'platforms' | 'constraints'>,
  node: NodeTraits,
): boolean {
  const isBuiltFor = platforms.length === 0 || platforms.some(platform => runsOn(platform, node))
  return isBuiltFor && (constraints?.some(each => mayRunOn(each, node)) ?? true)
}

/** Whether a pull only showed that an image isn't built for its node, although no workload brings it there. */
export function isMisfit({ cause, image }: NodePull): boolean {
  return cause === 'platform' && !image.constraints
}

/** The keys of the labels that decide where images may run, which must be read with the nodes. */
export function labelsFor(images: readonly PulledImage[]): string[] {
  const keys = images.flatMap(({ constraints = [] }) =>
    constraints.flatMap(({ nodeSelector, nodeAffinity = [] }) => [
      ...Object.keys(nodeSelector),
      ...nodeAffinity.flatMap(({ labels }) => labels.map(({ key }) => key)),
    ]),
  )
  return [...new Set(keys)]
}

/** Whether a node can pull for probe pods that are pinned to it. */
export function isUsable(node: ClusterNode): boolean {
  return node.isReady && mayBecomeUsable(node)
}

/** What keeps nodes from pulling for good, in a pool of such nodes and of one node. */
const hindrances = [
  ['isHosted', 'Azure hosts its nodes, and no other pods run there', 'Azure hosts it'],
  [
    'isVirtual',
    'its nodes are virtual, and no kubelet pulls there',
    'it is a virtual node, and no kubelet pulls there',
  ],
  [
    'isFlex',
    'its nodes are flex nodes, which have no credentials of the cluster for registries',
    'it is a flex node, which has no credentials of the cluster for registries',
  ],
] as const

/** Whether a node may become ready and pull later. */
export function mayBecomeUsable(node: ClusterNode): boolean {
  return !hindrances.some(([trait]) => node[trait])
}

function describePool(members: readonly ClusterNode[]): string {
  return hindrances.find(([trait]) => members.every(node => node[trait]))?.[1] ?? 'no node is ready'
}

function describeNode(node: ClusterNode): string {
  const [, , hindrance] = hindrances.find(([trait]) => node[trait]) ?? []
  return hindrance ?? (node.isReady ? 'it is cordoned' : 'it is not ready')
}

/** The properties of a node that decide which images it can pull. */
export type NodeTraits = Pick<ClusterNode, 'name' | 'os' | 'arch' | 'labels' | 'taints'>

/** The Windows build of a node; containers of another build do not start there (learn.microsoft.com/virtualization/windowscontainers). */
const windowsBuild = 'node.kubernetes.io/windows-build'

/** Windows Server 2022: from this build on, a node also runs images of earlier builds, back to this one. */
const firstCompatibleBuild = 20_348

/** `linux/arm64`; for Windows with its build, which decides as well. */
function describePlatform({ os, arch, labels }: Pick<NodeTraits, 'os' | 'arch' | 'labels'>): string {
  const build = labels[windowsBuild]
  return `${os}/${arch}${build ? ` ${build}` : ''}`
}

function runsOn({ os, arch, osVersion = '' }: Platform, node: NodeTraits): boolean {
  if (os !== node.os || arch !== node.arch) return false
  const ofNode = buildOf(node.labels[windowsBuild] ?? '')
  const ofImage = buildOf(osVersion)
  if (os !== 'windows' || ofNode === undefined || ofImage === undefined) return true
  return ofImage === ofNode || (ofImage >= firstCompatibleBuild && ofImage < ofNode)
}

function buildOf(version: string): number | undefined {
  const build = /^\d+\.\d+\.(\d+)/.exec(version)?.[1]
  return build === undefined ? undefined : Number(build)
}

function mayRunOn({ nodeSelector, nodeAffinity, tolerations, nodeName, os }: Constraints, node: NodeTraits): boolean {
  return (
    (nodeName === undefined || nodeName === node.name) &&
    (os === undefined || os === node.os) &&
    Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (nodeAffinity?.some(term => holds(term, node)) ?? true) &&
    node.taints.every(taint => !isForWorkloads(taint) || tolerations.some(toleration => tolerates(toleration, taint)))
  )
}

/** Whether a taint reserves a node for certain workloads; Kubernetes' own taints describe its state. */
function isForWorkloads({ key, effect }: Taint): boolean {
  return effect !== 'PreferNoSchedule' && !/^node\.(cloudprovider\.)?kubernetes\.io\//.test(key)
}

function tolerates({ key = '', operator, value = '', effect = '' }: Toleration, taint: Taint) {
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || (key !== '' && value === taint.value)
}

function holds({ labels, names }: NodeTerm, node: NodeTraits): boolean {
  if (labels.length + names.length === 0) return false
  return (
    labels.every(requirement => meets(requirement, node.labels[requirement.key])) &&
    names.every(requirement => meets(requirement, node.name))
  )
}

/** Whether a label matches a requirement, by operator; `NotIn` also matches a node without the label. */
const operators: Partial<Record<string, (found: string | undefined, values: readonly string[]) => boolean>> = {
  In: (found, values) => found !== undefined && values.includes(found),
  NotIn: (found, values) => found === undefined || !values.includes(found),
  Exists: found => found !== undefined,
  DoesNotExist: found => found === undefined,
  Gt: (found, [limit]) => Number(found) > Number(limit),
  Lt: (found, [limit]) => Number(found) < Number(limit),
}

function meets({ operator, values }: Requirement, found: string | undefined): boolean {
  return operators[operator]?.(found, values) ?? false
}
