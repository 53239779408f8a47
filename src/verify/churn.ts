import type { ClusterNode } from '../model/node.js'
import type { NodePull, ProbeImage } from '../model/pull.js'
import { isUsable, selectNodes } from './nodes.js'
import { addSeat, isHeard, isTroubled, openPulls, startPull, type PullRecord, type Rules, type Seat } from './record.js'

/** How long a node may be silent or full before it is replaced or abandoned, in milliseconds. */
const silenceMs = 30_000

/**
 * The same for a node that has accepted its pod and reports nothing more, in milliseconds: the kubelet gives its credential provider a minute
 * (kubernetes/kubernetes `pkg/credentialprovider/plugin`), and an IP address may take as long.
 */
const quietMs = 120_000

/** How often the nodes are listed while one is in trouble, and while all is well; in milliseconds. */
const troubledLookMs = 15_000
const regularLookMs = 3 * 60_000

/** The images to pull, and which nodes pull when nodes join and leave. */
export interface PullSpec {
  probeNodes: 'one-per-pool' | 'all'
  pools: readonly string[]
  images: readonly ProbeImage[]
}

/** Whether to list the nodes again, because one is in trouble or the last list is minutes old. */
export function needsLook(record: PullRecord, rules: Rules, lookedAt: number): boolean {
  const age = rules.now - lookedAt
  const isInTrouble = troubledSeats(record, rules).some(seat => !mayWait(seat, rules.now))
  return age >= regularLookMs || (isInTrouble && age >= troubledLookMs)
}

/** Replaces each node that accepted no pod, is gone or silent with a spare, if it has one. */
export function takeSpares(record: PullRecord, rules: Rules): PullRecord {
  return troubledSeats(record, rules)
    .filter(seat => !mayWait(seat, rules.now))
    .reduce((next, seat) => replaceNode(next, seat, rules.now), record)
}

/** Whether a node's trouble often passes within seconds. A full node accepts no pod soon. */
function mayWait(seat: Seat, now: number): boolean {
  return !seat.pulls.some(pull => isTroubled(pull) && pull.verdict === 'unschedulable') && !isWorn(seat, now)
}

/** Whether a node has been in trouble for so long that it is abandoned. */
function isWorn({ pulls, troubledAt }: Seat, now: number): boolean {
  if (troubledAt === undefined) return false
  const isQuiet = pulls.filter(isTroubled).every(({ pending }) => pending?.doing === 'quiet')
  return now - troubledAt >= (isQuiet ? quietMs : silenceMs)
}

function troubledSeats(record: PullRecord, rules: Rules): Seat[] {
  return record.seats.filter(seat => openPulls(seat, record, rules).some(isTroubled))
}

/** Replaces a seat's node with its first spare. */
function replaceNode(record: PullRecord, seat: Seat, now: number): PullRecord {
  const [node, ...spares] = seat.spares
  if (!node) return record
  const pulls = seat.pulls.map(pull => (pull.verdict === 'pulled' ? pull : startPull(node, pull.image, now)))
  const replaced: Seat = { index: record.nextIndex, node, spares, pulls }
  const seats = record.seats.map(each => (each === seat ? replaced : each))
  return { ...record, seats, nextIndex: record.nextIndex + 1 }
}

/**
 * Updates the record from a list of the nodes: nodes that left or are no longer ready are replaced or abandoned, and so are those in trouble for
 * long; with `probe-nodes: all`, nodes that joined are added.
 */
export function applyLook(record: PullRecord, nodes: readonly ClusterNode[], spec: PullSpec, rules: Rules): PullRecord {
  const usable = new Map(nodes.filter(isUsable).map(node => [node.name, node]))
  const taken = new Set(record.seats.map(({ node }) => node.name))
  const freshSpares = (pool: string): ClusterNode[] =>
    spec.probeNodes === 'all' ? [] : [...usable.values()].filter(node => node.pool === pool && !taken.has(node.name))
  let next = record
  for (const before of record.seats) {
    if (openPulls(before, record, rules).length === 0) continue
    const known = before.spares.filter(({ name }) => usable.has(name))
    const seat = { ...before, spares: known.length > 0 ? known : freshSpares(before.node.pool) }
    next = { ...next, seats: next.seats.map(each => (each === before ? seat : each)) }
    const isHere = usable.has(seat.node.name)
    if (isHere && !isWorn(seat, rules.now)) continue
    if (seat.spares.length > 0) next = replaceNode(next, seat, rules.now)
    else next = giveUp(next, seat, isHere ? describeTrouble(seat) : describeAbsence(seat, nodes))
  }
  if (spec.probeNodes === 'one-per-pool') return next
  const known = new Set([...taken, ...next.skipped.map(({ seat }) => seat.node.name)])
  return selectNodes(nodes, spec.pools, 'all')
    .chosen.filter(({ node }) => !known.has(node.name))
    .reduce((grown, chosen) => addSeat(grown, chosen, spec.images, rules.now), next)
}

/** Abandons the nodes that are still in trouble at the end, and have no result from the registry. */
export function giveUpTroubled(record: PullRecord, rules: Rules): PullRecord {
  const saysNothing = (pull: NodePull): boolean => isTroubled(pull) && !isHeard(pull) && pull.pending?.doing !== 'quiet'
  return troubledSeats(record, rules)
    .filter(seat => openPulls(seat, record, rules).some(saysNothing))
    .reduce((next, seat) => giveUp(next, seat, describeTrouble(seat)), record)
}

function giveUp(record: PullRecord, seat: Seat, why: string): PullRecord {
  return {
    ...record,
    seats: record.seats.filter(each => each !== seat),
    skipped: [...record.skipped, { seat, why }],
  }
}

function describeAbsence({ node }: Seat, nodes: readonly ClusterNode[]): string {
  return nodes.some(({ name }) => name === node.name) ? 'it is no longer ready' : 'it left the cluster'
}

function describeTrouble({ pulls }: Seat): string {
  const troubled = pulls.filter(isTroubled)
  const reported = troubled.map(({ pending, message }) => (pending ?? { message }).message).find(Boolean) ?? ''
  const isQuiet = troubled.every(({ pending }) => pending?.doing === 'quiet')
  return `${isQuiet ? 'it accepted the pod, but did not start the pull' : 'it accepted no pod'}${reported && ` (${reported.replace(/\.$/, '')})`}`
}
