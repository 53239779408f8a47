import { groupBy } from '../model/lists.js'
import type { ChosenNode, ClusterNode } from '../model/node.js'
import type { NodePull, ProbeImage, PullVerdict } from '../model/outcome.js'
import { containerPrefix, type Probe } from '../services/kubernetes/probe-pod.js'
import type { ImageResult, ProbeResult } from '../services/kubernetes/probe.js'
import { recovering } from '../services/kubernetes/verdict.js'
import { fits, isMisfit } from './fitting.js'

/** A node that is asked to pull, with those of its pool that could take its place. */
export interface Seat {
  /** Tells the pods of this seat from others; a node that takes its place gets a new one. */
  index: number
  node: ClusterNode
  spares: readonly ClusterNode[]
  pulls: readonly NodePull[]
  /** Since when the node has not taken, kept or begun its pod, in milliseconds since the epoch. */
  troubledAt?: number
}

/** The state of the pulls on a cluster. It is immutable: each round returns a new record. */
export interface PullRecord {
  seats: readonly Seat[]
  /** Nodes that were given up, with their pulls, and why. */
  skipped: readonly { seat: Seat; why: string }[]
  nextIndex: number
  /** Whether the cluster has let pods of this run in. */
  hadPods: boolean
}

/** What decides when a refusal is final. */
export interface Rules {
  now: number
  /** Registries where nothing is under way: nothing was written, no group is in play, and the grant is an old one. */
  settled: ReadonlySet<string>
}

/** How often a node is asked whose refusal nothing under way could change. */
export const settledTries = 3

/** How long a replica may not have an image yet that is in the registry, in milliseconds (geo-replication is eventually consistent). */
const replicationMs = 5 * 60_000

/** The record before the first round. */
export function startRecord(chosen: readonly ChosenNode[], images: readonly ProbeImage[], now: number): PullRecord {
  const empty: PullRecord = { seats: [], skipped: [], nextIndex: 0, hadPods: false }
  return chosen.reduce((record, each) => addSeat(record, each, images, now), empty)
}

/** The record with one more node, which is to pull what fits on it; the same record where nothing does. */
export function addSeat(
  record: PullRecord,
  { node, spares }: ChosenNode,
  images: readonly ProbeImage[],
  now: number,
): PullRecord {
  const pulls = images.filter(image => fits(image, node)).map(image => startPull(node, image, now))
  if (pulls.length === 0) return record
  const seat: Seat = { index: record.nextIndex, node, spares, pulls }
  return { ...record, seats: [...record.seats, seat], nextIndex: record.nextIndex + 1 }
}

/** The result of a pull that has not begun. */
export function startPull({ name, pool, arch }: ClusterNode, image: ProbeImage, now: number): NodePull {
  return { node: name, pool, arch, image, verdict: 'slow', message: '', attempts: 0, startedAt: now, finishedAt: now }
}

/** All pulls of the nodes that were not given up. */
export function pullsOf({ seats }: Pick<PullRecord, 'seats'>): NodePull[] {
  return seats.flatMap(({ pulls }) => pulls)
}

/** Whether another try may end otherwise. */
function isOpen({ verdict, cause, pending, attempts, image, startedAt }: NodePull, { now, settled }: Rules): boolean {
  if (pending) return true
  if (verdict === 'unschedulable') return true
  if (verdict === 'not-found') return image.isThere && cause !== 'platform' && now - startedAt < replicationMs
  const isRefusal = verdict === 'denied' || cause === 'firewall'
  if (isRefusal && settled.has(image.registryId)) return attempts < settledTries
  return recovering.includes(verdict)
}

/** The pulls of a seat that are worth a try: those of a registry of which one pull was refused for good are not. */
export function openPulls(seat: Seat, record: PullRecord, rules: Rules): NodePull[] {
  const lost = new Set(
    pullsOf(record)
      .filter(pull => pull.verdict !== 'pulled' && !isMisfit(pull) && !isOpen(pull, rules))
      .map(({ image }) => image.registryId),
  )
  return seat.pulls.filter(pull => isOpen(pull, rules) && !lost.has(pull.image.registryId))
}

/** The probes of a round, and of which nodes they are that are asked for their whole pool. */
export interface RoundProbes {
  probes: Probe[]
  /** Indexes of the first probe of each pool and registry. */
  scouts: number[]
}

/**
 * Chooses the probes of a round. While nodes are refused one of each pool and registry is asked, because they all pull by the same identity; pods
 * that are on their way are looked at in any case.
 * @param everyone asks all nodes: at first, and when one has just pulled
 */
export function chooseProbes(record: PullRecord, rules: Rules, everyone: boolean): RoundProbes {
  const open = record.seats.map(seat => ({ seat, pulls: openPulls(seat, record, rules) }))
  const groupOf = ({ node }: Seat, pull: NodePull): string => `${node.pool} ${pull.image.registryId}`
  const pairs = open.flatMap(({ seat, pulls }) => pulls.map(pull => ({ group: groupOf(seat, pull), seat })))
  const scoutOf = new Map([...groupBy(pairs, ({ group }) => group)].map(([group, [first]]) => [group, first?.seat]))
  const probes = open.map(({ seat, pulls }) => {
    const asked = pulls.filter(
      pull => everyone || scoutOf.get(groupOf(seat, pull)) === seat || pull.pending !== undefined,
    )
    const images = asked.map(pull => ({ container: containerOf(seat, pull), reference: pull.image.reference }))
    return { index: seat.index, node: seat.node, images }
  })
  const scouts = new Set([...scoutOf.values()].flatMap(seat => seat?.index ?? []))
  return { probes: probes.filter(({ images }) => images.length > 0), scouts: [...scouts] }
}

/** The same in each round, because a pod that still pulls is kept. */
function containerOf({ pulls }: Seat, pull: NodePull): string {
  return nameContainer(pulls.indexOf(pull))
}

function nameContainer(position: number): string {
  return `${containerPrefix}${position}`
}

/** Start and end of a round, in milliseconds since the epoch. */
export interface RoundTime {
  began: number
  ended: number
}

/** The record with the results of a round. */
export function fold(record: PullRecord, results: readonly ProbeResult[], time: RoundTime): PullRecord {
  const byIndex = new Map(results.map(result => [result.index, result]))
  const seats = record.seats.map(seat => {
    const result = byIndex.get(seat.index)
    return result ? noteResult(seat, result, time) : seat
  })
  return { ...record, seats, hadPods: record.hadPods || results.some(({ attempts }) => attempts > 0) }
}

function noteResult(seat: Seat, { attempts, images }: ProbeResult, time: RoundTime): Seat {
  const { troubledAt, ...rest } = seat
  const pulls = seat.pulls.map((pull, position) => {
    const seen = images.find(({ container }) => container === nameContainer(position))
    return seen ? noteImage(pull, seen, attempts, time) : pull
  })
  return { ...rest, pulls, ...(pulls.some(isTroubled) && { troubledAt: troubledAt ?? time.began }) }
}

/** How long a pull goes on that the registry has let in, in milliseconds: refusals are recorded within 7 s, also where runc is throttled. */
const letInMs = 20_000

function noteImage(before: NodePull, seen: ImageResult, tries: number, { began, ended }: RoundTime): NodePull {
  const { node, pool, arch, image, startedAt, pending } = before
  const attempts = before.attempts + tries
  const base = { node, pool, arch, image, startedAt, attempts, finishedAt: ended }
  if (seen.verdict) return { ...base, ...heard(seen.verdict, seen) }
  if (!seen.doing) return { ...before, attempts, finishedAt: ended }
  // Of several tries inside the cluster, the last one may have begun just now.
  const since = tries === 0 && pending ? pending.since : tries > 1 ? ended : began
  const underWay = { pending: { doing: seen.doing, since, message: seen.message } }
  if (seen.earlier?.verdict) return { ...base, ...heard(seen.earlier.verdict, seen.earlier), ...underWay }
  const kept: NodePull = { ...base, ...heard(before.verdict, before), ...underWay }
  if (isHeard(before) && !isLetIn(kept)) return kept
  return { ...base, ...heard('slow', { message: seen.message }), ...underWay }
}

function heard(verdict: PullVerdict, { cause, message }: Pick<NodePull, 'cause' | 'message'>) {
  return { verdict, message, ...(cause && { cause }) }
}

/** Whether a pull's verdict is what a node heard of the registry, which a later try that hears nothing does not undo. */
export function isHeard({ verdict, cause }: Pick<NodePull, 'verdict' | 'cause'>): boolean {
  return cause !== 'gone' && !['slow', 'unschedulable'].includes(verdict)
}

/** Whether a node was let in: it has pulled, or pulls for so long that no refusal is to come. */
export function isLetIn({ verdict, pending, finishedAt }: NodePull): boolean {
  return verdict === 'pulled' || (pending?.doing === 'pulling' && finishedAt - pending.since >= letInMs)
}

/** Whether a pull says something about its node rather than about the registry: there is no room, no network, or the pod is gone. */
export function isTroubled({ verdict, cause, pending }: Pick<NodePull, 'verdict' | 'cause' | 'pending'>): boolean {
  if (pending) return pending.doing === 'silent' || pending.doing === 'quiet'
  return verdict === 'unschedulable' || cause === 'gone'
}
