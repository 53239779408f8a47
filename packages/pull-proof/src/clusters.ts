import {
  type ClusterNode,
  aksCommand,
  nodePoolCommand,
  normalizeId,
  offerOf,
  pullsAsServiceAccounts,
  sameId,
} from 'azure'
import type { Registry, Selection, Target } from 'azure'
import { ActionError, briefly, dayMs, fix, groupBy, isGone, toActionError, type Finding, type Group } from 'kernel'
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
import { imageKey, type PulledImage } from './probe-images.js'
import { createPlatformReader, findLackingVariants } from './platforms.js'
import { listAwaited } from './churn.js'
import { findBarred, findPending, findSealed, listAlike, listOutside, type PullingPair } from './pending.js'
import { explainPulls, isRoleRefused } from './pull-errors.js'
import type { PullOrder } from './record.js'
import type { Prospects } from './finality.js'
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
        return { verifications: group.map(({ pair }) => [pair, failed(toActionError(thrown))]) }
      } finally {
        deps.progress.onEnd(target)
      }
    }),
  )
  return join(...ends)
}

/** The verification of a pair whose nodes could not be asked, or for which there is nothing to pull. What no longer exists has no access. */
export function failed(error: ActionError): Verification {
  return { verified: 'none', error, ...(!isGone(error.code) && { isBeyondRights: true }) }
}

async function verifyCluster(
  pairs: Group<PullingPair>,
  deadline: number,
  sessions: Sessions,
  withPlatforms: ReturnType<typeof createPlatformReader>,
  { azure, inputs, clock, progress, startedAt }: PullDeps,
): Promise<Partial<PullEnd>> {
  const { target } = pairs[0].pair
  // A deployment that is run again asks the same node again.
  const day = inputs.mode === 'check' ? Math.floor(startedAt / dayMs) : undefined
  const named = pairs.flatMap(pair => pair.images)
  const labels = labelsFor(named)
  const { prober, nodes } = await sessions.of(target, labels)
  const usable = nodes.filter(isUsable)
  const registries = pairs.map(({ pair }) => pair.registry)
  const images = await withPlatforms(named, registries, usable)
  const pools = target.access?.pools ?? []
  const choose = (among: readonly ClusterNode[]): Selection =>
    leaveUnfit(selectNodes(among, pools, inputs.probeNodes, day), images, registries)
  const selection = choose(nodes)
  const findings = [...findSkipped(target, selection), ...findLackingVariants(target, images, usable)]
  const pending = new Map(pairs.map(each => [each.pair.registry.id, findPending(each, azure.armTime())]))
  progress.onStart(target, prober.name, selection, pending)
  const filled = target.access?.filledPools ?? []
  const awaited = selection.skipped.flatMap(({ pool, isEmpty }) => (isEmpty && filled.includes(pool) ? pool : []))
  const notes = noteEmptyPools(target, selection, awaited)
  if (selection.chosen.length === 0) {
    const late = findLate(target, choose([]), awaited)
    return join({ findings: [...findings, ...late], notes }, judgeNodeless(pairs, nodes, selection, images))
  }
  const settled = new Set(registries.flatMap(({ id }) => (pending.get(id) === 'nothing' ? id : [])))
  const mirror = prober.mirror()
  const order: PullOrder = {
    ...{ nodes: selection.chosen, images, probeNodes: inputs.probeNodes, day, pools, awaited, labels, deadline },
    ...listProspects(pairs, settled, inputs, azure.armTime()),
    alike: mirror ? new Set() : listAlike(pairs),
    mayDropAccounts: inputs.probeServiceAccount === '' && !pullsAsServiceAccounts(target),
    offer: offerOf(target),
    isFresh: pairs.some(({ writtenAt }) => writtenAt !== undefined),
    isInside: prober.name === 'run-command',
    capacity: prober.capacity,
  }
  const end = await runRounds(order, prober, { clock, signal: azure.signal }, (pulls, nextMs) => {
    progress.onRound(target, pulls, nextMs)
  })
  const judged = pairs.map(each => judgeCluster(each, end, mirror, inputs, settled.has(each.pair.registry.id)))
  const found = [
    ...findings,
    ...findAbandoned(target, end),
    ...findLate(target, choose(end.late), listAwaited(end)),
    ...findMisfits(target, end, images, registries),
  ]
  const accounts = end.isWithoutAccounts ? [noteAccounts(target, inputs.probeNamespace)] : []
  const ends = inputs.mode === 'check' ? judged.map(each => withUnasked(each, nodes)) : judged
  return join({ findings: found, notes: [...notes, ...accounts] }, ...ends)
}

/** The results with the names of the nodes that could pull on another day: that these were not refused says nothing about them. */
function withUnasked(end: Partial<PullEnd>, nodes: readonly ClusterNode[]): Partial<PullEnd> {
  const names = nodes.filter(mayBecomeUsable).map(({ name }) => name)
  const verifications = (end.verifications ?? []).map(([pair, verification]): [PlannedPair, Verification] => {
    const { pulls } = verification
    if (!pulls) return [pair, verification]
    const asked = new Set(pulls.map(({ node }) => node))
    return [pair, { ...verification, unasked: names.filter(name => !asked.has(name)) }]
  })
  return { ...end, verifications }
}

/** What waiting can still change. @param settled IDs of the registries where no change is pending */
function listProspects(
  pairs: Group<PullingPair>,
  settled: ReadonlySet<string>,
  { repositories }: PullDeps['inputs'],
  armTime: number,
): Omit<Prospects, 'alike'> {
  const registries = pairs.map(({ pair }) => pair.registry)
  return {
    settled,
    barred: findBarred(pairs[0].pair.target, registries, settled, armTime),
    sealed: findSealed(registries),
    outside: new Set(pairs.flatMap(each => listOutside(each, repositories))),
  }
}

/** The end of pairs whose cluster has no node that could pull for them. @throws ActionError if it has nodes, but none is ready */
function judgeNodeless(
  pairs: Group<PullingPair>,
  nodes: readonly ClusterNode[],
  selection: Selection,
  images: readonly PulledImage[],
): Partial<PullEnd> {
  const { target } = pairs[0].pair
  const nodeless = pairs.map(({ pair }) => pair)
  if (nodes.some(isUsable)) return { nodeless, findings: images.map(image => notProbed(target, image)) }
  if (nodes.some(mayBecomeUsable)) throw noNodes(target, selection)
  return { nodeless }
}

/** Judges a pair by the pulls of its cluster; it is nodeless if no node could run any of its images. */
function judgeCluster(
  pulling: PullingPair,
  end: RoundsEnd,
  mirror: string | undefined,
  inputs: PullDeps['inputs'],
  isSettled: boolean,
): Partial<PullEnd> {
  const { pair, images } = pulling
  const { target, registry } = pair
  const { counted, tried } = countPulls(registry, end, mirror)
  const keyOf = keyFor(end)
  const findings = images.filter(image => !tried.has(keyOf(image))).map(image => notProbed(target, image))
  if (tried.size === 0) return { nodeless: [pair], findings }
  // Only the nodes could tell whether a check has a pause image to pull; without one, nothing is wrong.
  if (inputs.mode === 'check' && lackPause(counted))
    return { findings: [nothingThere(registry)], verifications: [[pair, { verified: 'assignment' }]] }
  const judged = counted.every(({ verdict }) => verdict === 'pulled')
    ? judgePulled(pulling, counted, mirror, isSettled ? end : undefined)
    : judgeFailed(pulling, counted, end, inputs, isSettled)
  return join({ findings }, judged)
}

/** What distinguishes images: without accounts, one that several accounts name is one. */
function keyFor({ isWithoutAccounts }: RoundsEnd): (image: PulledImage) => string {
  return isWithoutAccounts ? ({ reference }) => reference : imageKey
}

/** The pulls that count for a registry, and the keys of all images that nodes tried to pull, also those of nodes that were abandoned. */
function countPulls(registry: Registry, end: RoundsEnd, mirror: string | undefined) {
  const keyOf = keyFor(end)
  const isOurs = ({ image }: { image: PulledImage }): boolean => sameId(image.registryId, registry.id)
  const every = end.seats.flatMap(seat => seat.pulls)
  const all = every.filter(isOurs).map(pull => (isFromElsewhere(pull, every, mirror) ? withoutLayers(pull) : pull))
  const isPulled = new Set(all.filter(({ verdict }) => verdict === 'pulled').map(({ image }) => keyOf(image)))
  // A node that an image isn't built for proves nothing if another node has pulled the image.
  const pulls = all.filter(pull => !isMisfit(pull) || !isPulled.has(keyOf(pull.image)))
  const abandoned = end.skipped.flatMap(({ pulls: own }) => own).filter(isOurs)
  // An image that only abandoned nodes could have pulled counts as not pulled.
  const unpulled = abandoned.filter(({ image }) => !pulls.some(pull => keyOf(pull.image) === keyOf(image)))
  const tried = new Set([...pulls, ...abandoned].map(({ image }) => keyOf(image)))
  return { counted: [...pulls, ...unpulled], tried }
}

/** Judges a pair for which not all pulls succeeded. */
function judgeFailed(
  { pair, group, writtenAt }: PullingPair,
  pulls: NodePull[],
  { seats, skipped, error, isTimeOver }: RoundsEnd,
  { group: desiredGroup, onTimeout, repositories, timeoutMs }: PullDeps['inputs'],
  isSettled: boolean,
): Partial<PullEnd> {
  const { target, registry } = pair
  const mayAssignDirectly = desiredGroup !== '' && onTimeout === 'fail'
  const abandoned = new Map(
    [...skipped, ...seats].flatMap(({ node, abandoned: why }) => (why === undefined ? [] : [[node.name, why]])),
  )
  const granted = writtenAt === undefined ? {} : { writtenAt }
  const context = {
    target,
    registry,
    group,
    mayAssignDirectly,
    repositories,
    isTimeOver,
    isSettled,
    timeoutMs,
    ...granted,
    abandoned,
  }
  // Without any other failure, a node that the registry refuses is the only sign that the role is not in effect.
  const verification: Verification =
    error || !isRoleRefused(pulls, context)
      ? failed(error ?? explainPulls(pulls, context))
      : { verified: 'none', error: explainPulls(pulls, context) }
  return { findings: findCollision(target, registry, pulls), verifications: [[pair, { ...verification, pulls }]] }
}

/** Judges a pair for which all pulls succeeded. @param settledEnd the end of all rounds, if no change was pending at the registry */
function judgePulled(
  { pair, writtenAt }: PullingPair,
  pulls: NodePull[],
  mirror: string | undefined,
  settledEnd: RoundsEnd | undefined,
): Partial<PullEnd> {
  const { target, registry } = pair
  const pulledAt = Math.max(...pulls.map(({ finishedAt }) => finishedAt))
  const propagationSeconds = writtenAt === undefined ? undefined : Math.max(0, pulledAt - writtenAt) / 1000
  const isProven = !registry.anonymousPull && !mirror && pulls.every(pull => isByIdentity(pull, target))
  const verification: Verification = {
    // A pull proves the role only if the registry answered to the identity that the workload's pods pull with.
    verified: isProven ? 'pull' : 'assignment',
    pulls,
    ...(propagationSeconds !== undefined && { propagationSeconds }),
  }
  const findings = [
    ...(registry.anonymousPull ? [pulledByAnyone(registry)] : []),
    ...(mirror ? [pulledFromPeers(target, mirror)] : []),
    ...findSecrets(target, pulls),
    ...(settledEnd ? findUnsteady(target, registry, pulls, settledEnd) : []),
  ]
  return { findings, verifications: [[pair, verification]] }
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
  return new ActionError(
    'PROBE_FAILED',
    { what: `${name} has no ready node, so nothing can pull (${pools})`, brief: 'no node is ready' },
    {
      subject: name,
      resource: id,
      fix: briefly('Scale a pool up, or set verify: assignment.', 'To list the pools:', nodePoolCommand('list', id)),
    },
  )
}

/** Why a cluster's nodes can't pull, if that is known without contacting the cluster. */
export function whyNoPulls(target: Target): ActionError | undefined {
  if (!target.isStopped) return undefined
  return new ActionError('CLUSTER_STOPPED', `${target.name} is stopped, so its nodes can't pull`, {
    subject: target.name,
    resource: target.id,
    fix: fix('Start it and run the step again, or set verify: assignment:', aksCommand('start', target.id)),
  })
}
