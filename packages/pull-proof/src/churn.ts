import type { ChosenNode, ClusterNode } from 'azure'
import { clauseOf } from 'kernel'
import type { NodePull } from 'run-model'
import { isUsable, selectNodes } from './nodes.js'
import { addSeat, openPulls, startPull, type PullRecord, type Seat } from './record.js'
import { isHeard, isTroubled } from './seen-pull.js'

/** How long a node may be silent, full or not ready before it is replaced or abandoned, in milliseconds. */
const silenceMs = 30_000

/**
 * How long a silent node is waited for if only other nodes of its pool pull and none can take its place, in milliseconds: a kubelet's watch comes back up
 * to a minute after a break (client-go backs off up to 30 s; recorded: 52 s after an API server was away for 4 s).
 */
const watchMs = 90_000

/**
 * The same for a node that has accepted its pod and reports nothing more, in milliseconds: the kubelet gives its credential provider a minute
 * (kubernetes/kubernetes `pkg/credentialprovider/plugin`), and an IP address may take as long.
 */
const quietMs = 120_000

/** How often the nodes are listed while one is in trouble, while one has been pulling for as long, and while all is well; in milliseconds. */
const troubledLookMs = 15_000
const pullingLookMs = 60_000
const regularLookMs = 3 * 60_000

/**
 * Whether to list the nodes again, because one is in trouble or the last list is minutes old. Of a pull that lasts nothing is heard, and nothing of a kubelet
 * that is gone (seen on a real node); Kubernetes reports such a node as not ready after 40 to 50 s.
 */
export function needsLook(record: PullRecord, now: number): boolean {
  const age = now - record.lookedAt
  const isInTrouble =
    troubledSeats(record, now).length > 0 || record.seats.some(({ unreadyAt }) => unreadyAt !== undefined)
  const isPulling = record.seats.some(seat =>
    openPulls(seat, record, now).some(
      ({ pending }) => pending?.doing === 'pulling' && now - pending.since >= pullingLookMs,
    ),
  )
  // A taint may have come: pods that don't tolerate it are deleted within a second, or rejected, and the other pools wait meanwhile.
  const isNew = troubledSeats(record, now).some(
    seat => (seat.troubledAt ?? 0) >= record.lookedAt && seat.pulls.some(isTakenAway),
  )
  // From Kubernetes 1.36 on, a pod has its sandbox before the pull begins, so a node that dies then is not silent.
  const isStarting = record.seats.some(seat =>
    openPulls(seat, record, now).some(
      ({ pending }) => pending?.doing === 'starting' && now - pending.since >= troubledLookMs,
    ),
  )
  return isNew || age >= (isInTrouble || isStarting ? troubledLookMs : isPulling ? pullingLookMs : regularLookMs)
}

/** Whether a pod is gone, or its kubelet has rejected it because of a taint. */
function isTakenAway(pull: NodePull): boolean {
  return pull.cause === 'gone' || isUntolerated(pull)
}

/** Whether the pod does not tolerate a taint (Kubernetes `pkg/kubelet/lifecycle/predicate.go`). */
function isUntolerated({ verdict, message }: NodePull): boolean {
  return verdict === 'unschedulable' && message.startsWith('TaintToleration')
}

/** The keys of the taints that a pod for a node tolerates. */
function toleratedOn({ taints }: ClusterNode): string[] {
  return taints.flatMap(({ key, effect }) => (effect === 'NoExecute' ? key : []))
}

/** The seat, whose pods were changed if the node rejects them although all of its taints were tolerated. */
function withStripped(seat: Seat, listed: ClusterNode | undefined): Seat {
  const known = toleratedOn(seat.node)
  if (!listed || known.length === 0 || !toleratedOn(listed).every(key => known.includes(key))) return seat
  const pulls = seat.pulls.map((pull): NodePull =>
    isUntolerated(pull)
      ? { ...pull, verdict: 'changed', message: `its tolerations were removed (${pull.message})` }
      : pull,
  )
  return { ...seat, pulls }
}

/** Whether no round follows the last one, which began at the deadline or, inside the cluster, lasted until then. */
export function isLastRound({ round, order: { deadline, isInside } }: PullRecord, now: number): boolean {
  return round !== undefined && (isInside ? now : round.beganAt) >= deadline
}

/** The pools that should have nodes, none of which has joined so far. */
export function listAwaited({ order, seats, skipped }: Pick<PullRecord, 'order' | 'seats' | 'skipped'>): string[] {
  const there = new Set([...seats, ...skipped].map(({ node }) => node.pool))
  return order.awaited.filter(pool => !there.has(pool))
}

/** Replaces each node that accepted no pod, is gone or silent with a spare, if it has one. */
export function takeSpares(record: PullRecord, now: number): PullRecord {
  return troubledSeats(record, now)
    .filter(seat => !mayWait(seat, record, now))
    .reduce((next, seat) => replaceNode(next, seat, now), record)
}

/**
 * How long a command inside the cluster may last while a node is silent, in milliseconds, if another one could take its place: the nodes are listed after it,
 * and its pods are kept. Infinity if no node has a spare.
 */
export function patienceOf({ seats }: Pick<PullRecord, 'seats'>): number {
  return hasSpares({ seats }) ? troubledLookMs : Infinity
}

/** Whether another node of its pool could take the place of a node. */
export function hasSpares({ seats }: Pick<PullRecord, 'seats'>): boolean {
  return seats.some(({ spares }) => spares.length > 0)
}

/** How long a node without room on its disk is waited for, in milliseconds: a kubelet deletes unused images every five minutes (`imageMinimumGCAge` aside). */
const diskMs = 6 * 60_000

/** Whether a node's trouble often passes within seconds. A full node accepts no pod soon. */
function mayWait(seat: Seat, record: PullRecord, now: number): boolean {
  return !seat.pulls.some(pull => isTroubled(pull) && pull.verdict === 'unschedulable') && !isWorn(seat, record, now)
}

/** For how long a node has been in trouble, in milliseconds, counting only the time in which the API server could have shown that it had recovered. */
function troubledFor({ troubledAt = Infinity }: Seat, { brokenAt = 0 }: Pick<PullRecord, 'brokenAt'>, now: number) {
  return now - Math.max(troubledAt, brokenAt)
}

/** Whether a node has been in trouble for so long that a spare takes its place. */
function isWorn(seat: Seat, record: Pick<PullRecord, 'brokenAt'>, now: number): boolean {
  return troubledFor(seat, record, now) >= (isQuiet(seat) ? quietMs : silenceMs)
}

function isQuiet({ pulls }: Seat): boolean {
  return pulls.filter(isTroubled).every(({ pending }) => pending?.doing === 'quiet')
}

/**
 * Whether a node without a spare may still pull: a silent one may, unless it stays silent while others of its pool don't. One that was refused before
 * must show that it no longer is.
 */
function mayReturn(seat: Seat, record: PullRecord, now: number): boolean {
  if (isFull(seat)) return troubledFor(seat, record, now) < diskMs
  const isSilent = seat.pulls.filter(isTroubled).every(({ pending }) => pending)
  const isLast = !record.seats.some(
    ({ node, pulls }) => node.pool === seat.node.pool && node.name !== seat.node.name && !pulls.some(isTroubled),
  )
  return (
    isSilent &&
    (isLast ||
      findHeard(seat) !== undefined ||
      troubledFor(seat, record, now) < Math.max(watchMs, isQuiet(seat) ? quietMs : 0))
  )
}

/** Whether the disk of a node is its only trouble. */
function isFull({ pulls }: Seat): boolean {
  return pulls.filter(isTroubled).every(({ cause, pending }) => cause === 'disk' && !pending)
}

function troubledSeats(record: PullRecord, now: number): Seat[] {
  return record.seats.filter(seat => openPulls(seat, record, now).some(isTroubled))
}

function replaceNode(record: PullRecord, seat: Seat, now: number): PullRecord {
  const [node, ...spares] = seat.spares
  if (!node) return record
  const pulls = seat.pulls.map(pull => (pull.verdict === 'pulled' ? pull : startPull(node, pull.image, now)))
  const { nextIndex } = record
  return { ...swap(record, seat, { index: nextIndex, node, spares, pulls }), nextIndex: nextIndex + 1 }
}

function swap(record: PullRecord, before: Seat, after: Seat): PullRecord {
  return { ...record, seats: record.seats.map(seat => (seat === before ? after : seat)) }
}

/**
 * Updates the record from a list of the nodes: nodes that left or are no longer ready are replaced or, if they stay so, abandoned, and so are those
 * that are full or silent for long, but not the last silent one of a pool; with `probe-nodes: all`, nodes that joined are added.
 */
export function applyLook(record: PullRecord, nodes: readonly ClusterNode[], now: number): PullRecord {
  const late = nodes.filter(({ pool }) => record.order.awaited.includes(pool))
  const updated = record.seats.reduce<PullRecord>(
    (next, seat) => (openPulls(seat, record, now).length === 0 ? next : applyToSeat(next, seat, record, nodes, now)),
    { ...record, late },
  )
  return selectJoined(updated, record, nodes).reduce((grown, chosen) => addSeat(grown, chosen, now), updated)
}

/** Updates one seat, which may be replaced or abandoned. @param record as it was before all seats were updated */
function applyToSeat(
  next: PullRecord,
  before: Seat,
  record: PullRecord,
  nodes: readonly ClusterNode[],
  now: number,
): PullRecord {
  const listed = nodes.find(({ name }) => name === before.node.name)
  const { unreadyAt = now, ...rest } = withStripped(before, listed)
  const { name } = before.node
  const isListed = listed !== undefined
  const isHere = nodes.some(node => node.name === name && isUsable(node))
  const spares = isLastRound(record, now) ? [] : listSpares(before, record, nodes)
  // Its taints may have changed, and pods must tolerate them.
  const seat: Seat = { ...rest, node: listed ?? before.node, spares, ...(isListed && !isHere && { unreadyAt }) }
  const updated = swap(next, before, seat)
  if (isHere && !isWorn(seat, record, now)) return updated
  if (spares.length > 0) return replaceNode(updated, seat, now)
  if (isHere) return mayReturn(seat, updated, now) ? updated : giveUp(updated, seat, describeTrouble(seat))
  if (!isListed) return giveUp(updated, seat, explainSeat(seat, 'left the cluster'))
  return now - unreadyAt >= silenceMs ? giveUp(updated, seat, explainSeat(seat, 'is no longer ready')) : updated
}

/** The usable nodes that could take a seat: the spares that it had or, when none of these is left, new ones. */
function listSpares(seat: Seat, { order, seats }: PullRecord, nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const usable = nodes.filter(isUsable)
  const known = seat.spares.filter(({ name }) => usable.some(node => node.name === name))
  if (known.length > 0 || order.probeNodes === 'all') return known
  const taken = new Set(seats.map(({ node }) => node.name))
  return usable.filter(({ name, pool }) => pool === seat.node.pool && !taken.has(name))
}

/** The nodes that have joined and are to pull, too: of pools that had none or, with `probe-nodes: all`, of any. */
function selectJoined(updated: PullRecord, record: PullRecord, nodes: readonly ClusterNode[]): ChosenNode[] {
  const { probeNodes, pools, day } = record.order
  const { chosen } = selectNodes(nodes, pools, probeNodes, day)
  if (probeNodes === 'one-per-pool') {
    const left = listAwaited(updated)
    return chosen.filter(({ node }) => left.includes(node.pool))
  }
  const known = new Set([...record.seats, ...updated.skipped].map(({ node }) => node.name))
  return chosen.filter(({ node }) => !known.has(node.name))
}

/**
 * Abandons the nodes that are still in trouble at the end. Those without a result from the registry are skipped; those that it refused before they fell
 * silent stay, as nodes that have not pulled.
 */
export function giveUpTroubled(record: PullRecord, now: number): PullRecord {
  const { lostAt } = record
  if (lostAt !== undefined && now - lostAt >= silenceMs) return abandonAll(record, lostAt, now)
  const saysNothing = (pull: NodePull): boolean => isTroubled(pull) && !isHeard(pull) && pull.pending?.doing !== 'quiet'
  const gone = troubledSeats(record, now)
  const stalled = record.seats.filter(
    seat => !gone.includes(seat) && openPulls(seat, record, now).some(pull => isStalled(pull, now)),
  )
  const told = stalled.reduce(
    (next, seat) => swap(next, seat, { ...seat, abandoned: explainSeat(seat, 'has started no pull since') }),
    record,
  )
  return gone.reduce((next, seat) => {
    if (openPulls(seat, record, now).some(saysNothing)) return giveUp(next, seat, describeTrouble(seat))
    // Whatever became of the API server meanwhile, what was heard before is old.
    if (!isWorn(seat, {}, now) || !findHeard(seat)) return next
    return swap(next, seat, { ...seat, abandoned: describeTrouble(seat) })
  }, told)
}

/** Whether a node was refused, and its next pod has a sandbox and nothing more for so long that the kubelet is most likely gone. */
function isStalled(pull: NodePull, now: number): boolean {
  const { pending } = pull
  return isHeard(pull) && pending?.doing === 'starting' && now - pending.since >= silenceMs
}

/** The nodes that were refused before the API server was lost: whether they still are, nobody can tell. */
function abandonAll(record: PullRecord, lostAt: number, now: number): PullRecord {
  const seats = record.seats.map(seat =>
    openPulls(seat, record, now).length > 0 && findHeard(seat)
      ? { ...seat, abandoned: explainSeat(seat, 'the API server has not answered since', lostAt) }
      : seat,
  )
  return { ...record, seats }
}

function giveUp(record: PullRecord, seat: Seat, abandoned: string): PullRecord {
  return {
    ...record,
    seats: record.seats.filter(each => each !== seat),
    skipped: [...record.skipped, { ...seat, abandoned }],
  }
}

function describeTrouble(seat: Seat): string {
  const troubled = seat.pulls.filter(isTroubled)
  const reported = troubled.map(({ pending, message }) => (pending ?? { message }).message).find(Boolean) ?? ''
  const [text, since] = wordsOfSeat(seat)
  return `${explainSeat(seat, findHeard(seat) ? `${since} since` : text)}${reported && ` (${clauseOf(reported)})`}`
}

/** What a node in trouble does, on its own and before `since`. */
function wordsOfSeat(seat: Seat): readonly [string, string] {
  if (isFull(seat)) return ['has no room on its disk for the image', 'has had no room on its disk for the image']
  if (isQuiet(seat)) return ['accepted the pod, but did not start the pull', 'has started no pull']
  return ['accepted no pod', 'has accepted no pod']
}

/** Says why a node was abandoned, and until when it reported what about its registry. */
function explainSeat(seat: Seat, text: string, lostAt = Infinity): string {
  const pull = findHeard(seat)
  if (!pull) return `it ${text}`
  const heardAt = pull.pending ? (seat.troubledAt ?? pull.pending.since) : pull.finishedAt
  const until = Math.min(heardAt, lostAt)
  return `it ${heardOf[pull.verdict] ?? 'failed to pull'} until ${new Date(until).toISOString().slice(11, 19)} UTC and ${text}`
}

const heardOf: Partial<Record<NodePull['verdict'], string>> = {
  denied: 'was refused',
  unreachable: 'could not reach the registry',
  'rate-limited': 'was throttled',
}

/** The first pull of a node about which its registry, or the way there, said something that may pass. */
function findHeard({ pulls }: Seat): NodePull | undefined {
  return pulls.find(pull => pull.verdict !== 'pulled' && isHeard(pull))
}
