import {
  type ClusterNode,
  aksCommand,
  nodePoolCommand,
  normalizeId,
  offerOf,
  pullsAsServiceAccounts,
  sameId,
} from 'azure'
import type { Selection, Target } from 'azure'
import { ActionError, fix, groupBy, toActionError, type Finding, type Group } from 'kernel'
import type { NodePull, PlannedPair, Verification } from 'run-model'
import {
  findAbandoned,
  findLate,
  findMisfits,
  findSecrets,
  findSkipped,
  findUnsteady,
  notProbed,
  noteEmptyPools,
  nothingThere,
  pulledByAnyone,
  pulledFromPeers,
} from './findings.js'
import { isMisfit, isUsable, labelsFor, leaveUnfit, mayBecomeUsable, selectNodes } from './nodes.js'
import { imageKey, type ProbeImage } from './probe-images.js'
import { createPlatformReader, findLackingVariants } from './platforms.js'
import { listAwaited } from './churn.js'
import { findBarred, findPending, findSealed, listOutside, type PullingPair } from './pending.js'
import { explainPulls } from './pull-errors.js'
import type { PullOrder } from './record.js'
import { isHeard } from './seen-pull.js'
import { runRounds, type RoundsEnd } from './rounds.js'
import type { PullDeps, Sessions } from './sessions.js'
import { findCollision } from './unreachable.js'

/** The results of pairs. */
export interface PullEnd {
  verifications: [PlannedPair, Verification][]
  findings: Finding[]
  /** Pairs without nodes that could pull, or without a cluster that uses the identity yet. */
  nodeless: PlannedPair[]
  /** Pairs without an image that nodes could pull: none that the workloads run, or none that could be imported. */
  imageless: PlannedPair[]
  notes: string[]
}

/** All results in one. */
export function join(...ends: Partial<PullEnd>[]): PullEnd {
  return {
    verifications: ends.flatMap(({ verifications = [] }) => verifications),
    findings: ends.flatMap(({ findings = [] }) => findings),
    nodeless: ends.flatMap(({ nodeless = [] }) => nodeless),
    imageless: ends.flatMap(({ imageless = [] }) => imageless),
    notes: ends.flatMap(({ notes = [] }) => notes),
  }
}

/**
 * Lets the nodes of all clusters pull, concurrently. Never throws: a failure is a verification with an error.
 * @param deadline milliseconds since the epoch
 */
export async function verifyClusters(
  pairs: readonly PullingPair[],
  deadline: number,
  sessions: Sessions,
  deps: PullDeps,
): Promise<PullEnd> {
  const byTarget = groupBy(pairs, ({ pair }) => normalizeId(pair.target.id))
  const withPlatforms = createPlatformReader(deps.azure)
  const ends = await Promise.all(
    [...byTarget.values()].map(async (group): Promise<Partial<PullEnd>> => {
      const { target } = group[0].pair
      try {
        return await verifyCluster(group, deadline, sessions, withPlatforms, deps)
      } catch (thrown) {
        const error = toActionError(thrown)
        return { verifications: group.map(({ pair }) => [pair, { verified: 'none', error }]) }
      } finally {
        deps.progress.onEnd(target)
      }
    }),
  )
  return join(...ends)
}

async function verifyCluster(
  pairs: Group<PullingPair>,
  deadline: number,
  sessions: Sessions,
  withPlatforms: ReturnType<typeof createPlatformReader>,
  { azure, inputs, clock, progress }: PullDeps,
): Promise<Partial<PullEnd>> {
  const { target } = pairs[0].pair
  const named = pairs.flatMap(pair => pair.images)
  const labels = labelsFor(named)
  const { prober, nodes } = await sessions.of(target, labels)
  const usable = nodes.filter(isUsable)
  const registries = pairs.map(({ pair }) => pair.registry)
  const images = await withPlatforms(named, registries, usable)
  const pools = target.access?.pools ?? []
  const selection = leaveUnfit(selectNodes(nodes, pools, inputs.probeNodes), images, registries)
  const findings = [...findSkipped(target, selection), ...findLackingVariants(target, images, usable)]
  const pending = new Map(pairs.map(each => [each.pair.registry.id, findPending(each, azure.armTime())]))
  progress.onStart(target, prober.name, selection, pending)
  const filled = target.access?.filledPools ?? []
  const awaited = selection.skipped.flatMap(({ pool, isEmpty }) => (isEmpty && filled.includes(pool) ? pool : []))
  const lateOf = (pools: readonly string[], late: readonly ClusterNode[]): Finding[] =>
    findLate(target, leaveUnfit(selectNodes(late, pools, inputs.probeNodes), images, registries), pools)
  if (selection.chosen.length === 0) {
    if (nodes.some(mayBecomeUsable) && !nodes.some(isUsable)) throw noNodes(target, selection)
    const unprobed = nodes.some(isUsable) ? images.map(image => notProbed(target, image)) : []
    const nodeless = pairs.map(({ pair }) => pair)
    const notes = noteEmptyPools(target, selection, awaited)
    return { findings: [...findings, ...lateOf(awaited, []), ...unprobed], nodeless, notes }
  }
  const settled = new Set(registries.flatMap(({ id }) => (pending.get(id) === 'nothing' ? id : [])))
  const order: PullOrder = {
    nodes: selection.chosen,
    images,
    probeNodes: inputs.probeNodes,
    pools,
    awaited,
    settled,
    barred: findBarred(target, registries, settled, azure.armTime()),
    sealed: findSealed(registries),
    outside: new Set(pairs.flatMap(each => listOutside(each, inputs.repositories))),
    mayDropAccounts: inputs.probeServiceAccount === '' && !pullsAsServiceAccounts(target),
    offer: offerOf(target),
    isFresh: pairs.some(({ writtenAt }) => writtenAt !== undefined),
    labels,
    isInside: prober.name === 'run-command',
    capacity: prober.capacity,
    deadline,
  }
  const end = await runRounds(order, prober, { clock, signal: azure.signal }, (pulls, nextMs) => {
    progress.onRound(target, pulls, nextMs)
  })
  const mirror = prober.mirror()
  const judged = pairs.map(each => judge(each, end, mirror, inputs, settled.has(each.pair.registry.id)))
  const found = [
    ...findings,
    ...findAbandoned(target, end),
    ...lateOf(listAwaited(end), end.late),
    ...findMisfits(target, end, images, registries),
  ]
  const notes = [
    ...noteEmptyPools(target, selection, awaited),
    ...(end.isWithoutAccounts ? [noteAccounts(target, inputs.probeNamespace)] : []),
  ]
  return join({ findings: found, notes }, ...judged)
}

/** Judges a pair by the pulls of its cluster; it is nodeless if no node could run any of its images. */
function judge(
  { pair, images, group, writtenAt }: PullingPair,
  { seats, skipped, isWithoutAccounts, error, isTimeOver }: RoundsEnd,
  mirror: string | undefined,
  { mode, group: desiredGroup, onTimeout, repositories }: PullDeps['inputs'],
  isSettled: boolean,
): Partial<PullEnd> {
  const { target, registry } = pair
  const isOurs = ({ image }: { image: ProbeImage }): boolean => sameId(image.registryId, registry.id)
  const every = seats.flatMap(seat => seat.pulls)
  const all = every.filter(isOurs).map(pull => (isFromElsewhere(pull, every, mirror) ? withoutLayers(pull) : pull))
  const keyOf = isWithoutAccounts ? ({ reference }: ProbeImage): string => reference : imageKey
  const isPulled = new Set(all.filter(({ verdict }) => verdict === 'pulled').map(({ image }) => keyOf(image)))
  // A node that an image isn't built for proves nothing if another node has pulled the image.
  const pulls = all.filter(pull => !isMisfit(pull) || !isPulled.has(keyOf(pull.image)))
  const abandoned = skipped.flatMap(({ pulls: own }) => own).filter(isOurs)
  const tried = new Set([...pulls, ...abandoned].map(({ image }) => keyOf(image)))
  const findings = images.filter(image => !tried.has(keyOf(image))).map(image => notProbed(target, image))
  if (tried.size === 0) return { nodeless: [pair], findings }
  // An image that only abandoned nodes could have pulled counts as not pulled.
  const unpulled = abandoned.filter(({ image }) => !pulls.some(pull => keyOf(pull.image) === keyOf(image)))
  const counted = [...pulls, ...unpulled]
  // Only the nodes could tell whether a check has a pause image to pull; without one, nothing is wrong.
  if (mode === 'check' && lackPause(counted))
    return { findings: [nothingThere(registry)], verifications: [[pair, { verified: 'assignment' }]] }
  if (counted.some(({ verdict }) => verdict !== 'pulled')) {
    const mayAssignDirectly = desiredGroup !== '' && onTimeout === 'fail'
    const gone = new Map(
      [...skipped, ...seats].flatMap(({ node, abandoned: why }) => (why === undefined ? [] : [[node.name, why]])),
    )
    const context = { target, registry, group, mayAssignDirectly, repositories, isTimeOver, abandoned: gone }
    return {
      findings: [...findings, ...findCollision(target, registry, counted)],
      verifications: [[pair, { verified: 'none', pulls: counted, error: error ?? explainPulls(counted, context) }]],
    }
  }
  const pulledAt = Math.max(...counted.map(({ finishedAt }) => finishedAt))
  const propagationSeconds = writtenAt === undefined ? undefined : Math.max(0, pulledAt - writtenAt) / 1000
  const isProven = !registry.anonymousPull && !mirror && counted.every(pull => isByIdentity(pull, target))
  const verification: Verification = {
    // A pull proves the role only if the registry answered to the identity that the workload's pods pull with.
    verified: isProven ? 'pull' : 'assignment',
    pulls: counted,
    ...(propagationSeconds !== undefined && { propagationSeconds }),
  }
  return {
    findings: [
      ...findings,
      ...(registry.anonymousPull ? [pulledByAnyone(registry)] : []),
      ...(mirror ? [pulledFromPeers(target, mirror)] : []),
      ...findSecrets(target, counted),
      ...(isSettled ? findUnsteady(target, registry, counted, { seats }) : []),
    ],
    verifications: [[pair, verification]],
  }
}

/** Whether a node may have fetched an image from a peer, or from another registry: an image that is in several is fetched once. */
function isFromElsewhere({ node, digest, image }: NodePull, all: readonly NodePull[], mirror = ''): boolean {
  const isOther = (other: NodePull): boolean =>
    other.node === node && other.digest === digest && !sameId(other.image.registryId, image.registryId)
  return mirror !== '' || all.some(isOther)
}

/** The pull, with it unknown whether its node fetched the image. */
function withoutLayers(pull: NodePull): NodePull {
  const copy = { ...pull }
  if (pull.layers === 'fetched') delete copy.layers
  return copy
}

/** Whether nodes have looked for the pause image, and none has found it. */
function lackPause(pulls: readonly NodePull[]): boolean {
  const isAbsent = ({ verdict, cause }: NodePull): boolean => verdict === 'not-found' && !cause
  return (
    pulls.some(isAbsent) && pulls.every(pull => pull.image.origin === 'pause' && (isAbsent(pull) || !isHeard(pull)))
  )
}

/** The note that pods did not run as the service accounts of the manifests, which matters only if these have pull secrets. */
function noteAccounts({ name }: Target, namespace: string): string {
  return (
    `probe pods on ${name} did not run as the service accounts that the manifests name, because the namespace ${namespace} does not have all of them; ` +
    "the nodes' own identity pulled, without pull secrets"
  )
}

/** Whether the identity that pulls for the workload's pods pulled: the nodes', or that of the service account if the cluster pulls as those. */
function isByIdentity({ image, mayBeBySecret }: NodePull, target: Target): boolean {
  return !mayBeBySecret && (!pullsAsServiceAccounts(target) || image.account !== undefined)
}

function noNodes({ id, name }: Target, { skipped }: Selection): ActionError {
  const pools = skipped.map(({ pool, why }) => `${pool}: ${why}`).join('; ')
  return new ActionError('PROBE_FAILED', `${name} has no ready node, so nothing can pull (${pools}).`, {
    subject: name,
    resource: id,
    reason: 'no node is ready',
    fix: fix('Scale a pool up, or set verify: assignment. To list the pools:', nodePoolCommand('list', id)),
  })
}

/** Why a cluster's nodes can't pull, if that is known without contacting the cluster. */
export function whyNoPulls(target: Target): ActionError | undefined {
  if (!target.isStopped) return undefined
  return new ActionError('CLUSTER_STOPPED', `${target.name} is stopped, so its nodes can't pull.`, {
    subject: target.name,
    resource: target.id,
    fix: fix('Start it and run the step again, or set verify: assignment:', aksCommand('start', target.id)),
  })
}
