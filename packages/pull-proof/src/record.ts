import type { ChosenNode, ClusterNode, offerOf } from 'azure'
import { groupBy, present, type ActionError } from 'kernel'
import { containerPrefix, type ProbeResult, type PullResult } from 'kubernetes'
import type { NodePull } from 'run-model'
import { isFirm, isOpen, type Prospects } from './finality.js'
import { fits, isMisfit } from './nodes.js'
import { cacheMsOf } from './pace.js'
import { imageKey, type PulledImage } from './probe-images.js'
import { isTroubled, noteImage, type RoundTime } from './seen-pull.js'

/** A node that pulls, with other nodes of its pool that could replace it. */
export interface Seat {
  /** Index of the node's probe; a node that replaces it gets a new one. */
  index: number
  node: ClusterNode
  spares: readonly ClusterNode[]
  pulls: readonly NodePull[]
  /** Since when the node has not accepted, kept or started its pod, in milliseconds since the epoch. */
  troubledAt?: number
  /** Since when the cluster has reported that the node is not ready, in milliseconds since the epoch. */
  unreadyAt?: number
  /** Why it was abandoned, as a clause: what its registries said before no longer counts. */
  abandoned?: string
}

/** What the nodes of a cluster pull, and how long they are asked. */
export interface PullOrder extends Prospects {
  nodes: readonly ChosenNode[]
  images: readonly PulledImage[]
  /** Which nodes pull when nodes join and leave. */
  probeNodes: 'one-per-pool' | 'all'
  /** The number of the day on which the nodes of each pool take turns; undefined if they don't. */
  day: number | undefined
  /** Names of the agent pools, including empty ones. */
  pools: readonly string[]
  /** Those of them whose nodes should be there, but had not joined when the nodes were chosen. */
  awaited: readonly string[]
  /** What the nodes offer to a registry: a message means something else with another credential. */
  offer: ReturnType<typeof offerOf>
  /** Whether refusals are expected at first, because something has just been written. */
  isFresh: boolean
  /** Whether to pull without the service accounts of the manifests if one of them does not exist. */
  mayDropAccounts: boolean
  /** Keys of the labels that nodes are chosen by. */
  labels: readonly string[]
  /** Whether the pods are created inside the cluster, by Run Command: starting a command takes long, and each one retries on its own. */
  isInside: boolean
  /** Maximum number of images in one round. */
  capacity: number
  /** Milliseconds since the epoch; a last round begins by then. */
  deadline: number
}

/** The state of the pulls on a cluster, from which alone the next step follows. It is immutable. Times in milliseconds since the epoch. */
export interface PullRecord {
  order: PullOrder
  seats: readonly Seat[]
  /** Nodes that were abandoned and don't count, unless nothing else could have pulled. */
  skipped: readonly Seat[]
  nextIndex: number
  /** Whether the cluster has admitted pods of this run. */
  hadPods: boolean
  startedAt: number
  /** When the nodes were listed last, and those in the list whose pool had none when the nodes were chosen. */
  lookedAt: number
  late: readonly ClusterNode[]
  /** When a request to the API server failed last. */
  brokenAt?: number
  /** Since when no round has got to its end. */
  lostAt: number | undefined
  /** Why the last round or list of nodes failed, if that may pass, and since when. */
  trouble: { error: ActionError; since: number } | undefined
  /** Set if a service account of the manifests does not exist, so that no pod runs as one. */
  isWithoutAccounts?: true
  /** When the last round began, the indexes of its probes, whether it was for all nodes, and how many pulls had been let in before. */
  round?: { beganAt: number; asked: ReadonlySet<number>; everyone: boolean; letIn: number }
  last: 'start' | 'round' | 'look' | 'failure'
}

/** The record before the first round. */
export function startRecord(order: PullOrder, now: number): PullRecord {
  const record: PullRecord = {
    order,
    ...{ seats: [], skipped: [], nextIndex: 0, hadPods: false, late: [] },
    ...{ startedAt: now, lookedAt: now, lostAt: undefined, trouble: undefined, last: 'start' },
  }
  return order.nodes.reduce((grown, chosen) => addSeat(grown, chosen, now), record)
}

/** The record with one more node, which pulls the images that fit it, with one seat per service account; the same record if none fits. */
export function addSeat(record: PullRecord, { node, spares }: ChosenNode, now: number): PullRecord {
  const fitting = record.order.images.filter(image => fits(image, node))
  if (fitting.length === 0) return record
  const first = record.nextIndex
  const seats = [...groupBy(fitting, ({ account }) => account).values()].map((own, position): Seat => {
    const pulls = own.map(image => startPull(node, image, now))
    return { index: first + position, node, spares, pulls }
  })
  return { ...record, seats: [...record.seats, ...seats], nextIndex: first + seats.length }
}

/** The record in which no pod runs as a service account. Nothing may be under way. */
export function withoutAccounts(record: PullRecord): PullRecord {
  const plain = (image: PulledImage): PulledImage => {
    const copy = { ...image }
    delete copy.account
    return copy
  }
  const seats = record.seats.map((seat, position) => {
    const pulls = seat.pulls.map(pull => ({ ...pull, image: plain(pull.image) }))
    return { ...seat, index: record.nextIndex + position, pulls }
  })
  return { ...record, seats, nextIndex: record.nextIndex + seats.length, isWithoutAccounts: true }
}

export function startPull(
  { name, pool, os, arch, kubeletVersion, system }: ClusterNode,
  image: PulledImage,
  now: number,
): NodePull {
  const base = { node: name, pool, os, arch, ...present({ system }), image, cacheMs: cacheMsOf(kubeletVersion) }
  return { ...base, verdict: 'slow', message: '', attempts: 0, startedAt: now, finishedAt: now }
}

/** All pulls of the nodes that were not abandoned. */
export function pullsOf({ seats }: Pick<PullRecord, 'seats'>): NodePull[] {
  return seats.flatMap(({ pulls }) => pulls)
}

/** The pulls of a seat that are worth an attempt: none of a registry that has refused one pull for good. */
export function openPulls(seat: Seat, record: PullRecord, now: number): NodePull[] {
  const { order } = record
  const lost = new Set(
    pullsOf(record)
      .filter(pull => pull.verdict !== 'pulled' && !isMisfit(pull) && !isOpen(pull, order, now))
      .map(({ image }) => image.registryId),
  )
  return seat.pulls.filter(pull => isOpen(pull, order, now) && !lost.has(pull.image.registryId))
}

/** The pulls of all seats that are worth an attempt. */
export function listOpen(record: PullRecord, now: number): NodePull[] {
  return record.seats.flatMap(seat => openPulls(seat, record, now))
}

/**
 * Chooses the probes of a round. While nodes are refused, one per pool and registry is probed, because they all pull with the same identity; pods
 * that are still pulling are always included.
 * @param everyone probes all nodes: at first, and when one has just pulled
 * @returns as `scouts` the indexes of the first probe per pool and registry, and whether others are not probed
 */
export function chooseProbes(record: PullRecord, now: number, everyone: boolean) {
  const open = record.seats.map(seat => ({ seat, pulls: openPulls(seat, record, now) }))
  const groupOf = ({ node }: Seat, { image }: NodePull): string =>
    `${node.pool} ${image.registryId} ${image.account ?? ''}`
  const pairs = open.flatMap(({ seat, pulls }) =>
    pulls.filter(({ verdict }) => verdict !== 'pulled').map(pull => ({ group: groupOf(seat, pull), seat })),
  )
  const scoutOf = new Map([...groupBy(pairs, ({ group }) => group)].map(([group, [first]]) => [group, first.seat]))
  const probes = open.map(({ seat, pulls }) => {
    const asked = pulls.filter(
      pull => everyone || scoutOf.get(groupOf(seat, pull)) === seat || pull.pending !== undefined,
    )
    const images = asked.map(pull => {
      const { reference, account } = pull.image
      return { container: nameContainer(seat.pulls.indexOf(pull)), reference, ...(account && { account }) }
    })
    return { index: seat.index, node: seat.node, images }
  })
  const scouts = new Set([...scoutOf.values()].map(({ index }) => index))
  const isPart = probes.some(({ images }, at) => images.length < (open[at]?.pulls.length ?? 0))
  return { probes: probes.filter(({ images }) => images.length > 0), scouts: [...scouts], isPart }
}

/** The same in each round, because a pod that is still pulling is kept. @param position of the pull on its seat */
function nameContainer(position: number): string {
  return `${containerPrefix}${position}`
}

export function fold(record: PullRecord, results: readonly ProbeResult[], time: RoundTime): PullRecord {
  const byIndex = groupBy(results, ({ index }) => index)
  const seats = record.seats.map(seat => {
    const own: readonly ProbeResult[] = byIndex.get(seat.index) ?? []
    // When an attempt inside the cluster began isn't known: the last one may have just begun.
    const timeOf = (at: number): RoundTime => (at === 0 ? time : { ...time, began: time.ended })
    return own.reduce((next, result, at) => noteResult(next, withOffer(result, record.order), timeOf(at)), seat)
  })
  const folded = { ...record, seats, hadPods: record.hadPods || results.some(({ attempts }) => attempts > 0) }
  return {
    ...folded,
    seats: seats.map(seat => ({ ...seat, pulls: seat.pulls.map(pull => withSibling(pull, folded)) })),
  }
}

/**
 * The pull with the node that has pulled the same image with the same identity. Attempts before that decide nothing, unless nothing was under way anyway. A pull
 * by the secret of a service account shows no role.
 */
function withSibling(pull: NodePull, { order, ...record }: Pick<PullRecord, 'order' | 'seats'>): NodePull {
  const { image, attempts, verdict } = pull
  if (pull.sibling || verdict === 'pulled' || !order.alike.has(image.registryId)) return pull
  const first = pullsOf(record).find(
    other => other.verdict === 'pulled' && !other.mayBeBySecret && imageKey(other.image) === imageKey(image),
  )
  if (!first) return pull
  const sibling = { node: first.node, at: first.finishedAt }
  return isFirm(pull, order) ? { ...pull, sibling } : { ...pull, sibling, staleAttempts: attempts }
}

/** The result with the cause that the nodes' credential gives it: a secret is never a stale credential, because it is not exchanged for one. */
function withOffer(result: ProbeResult, { offer }: PullOrder): ProbeResult {
  if (offer !== 'secret') return result
  const images = result.images.map((image): PullResult =>
    image.cause === 'stale-credential' ? { ...image, cause: 'secret' } : image,
  )
  return { ...result, images }
}

function noteResult(seat: Seat, { attempts, images }: ProbeResult, time: RoundTime): Seat {
  const { troubledAt, ...rest } = seat
  const pulls = seat.pulls.map((pull, position) => {
    const seen = images.find(({ container }) => container === nameContainer(position))
    return seen ? noteImage(pull, seen, attempts, time) : pull
  })
  const troubled = pulls.filter(isTroubled)
  const since = troubled.every(({ pending }) => pending) ? (time.silentSince ?? time.began) : time.began
  return { ...rest, pulls, ...(troubled.length > 0 && { troubledAt: troubledAt ?? since }) }
}
