import type { ClusterNode } from 'azure'
import { attempt, chunk, type ActionError, type Clock } from 'kernel'
import { minLifeSeconds, type Prober } from 'kubernetes'
import { type NodePull } from 'run-model'
import {
  applyLook,
  giveUpTroubled,
  hasSpares,
  isLastRound,
  listAwaited,
  needsLook,
  patienceOf,
  takeSpares,
} from './churn.js'
import { blockedMs, isFirm, isShown, isStale, shownMs, triesOf } from './finality.js'
import { pauseAfter, pauseAfterHiccup, pauseBetween } from './pace.js'
import { chooseProbes, fold, listOpen, pullsOf, startRecord, withoutAccounts } from './record.js'
import { isLetIn } from './seen-pull.js'
import type { PullOrder, PullRecord } from './record.js'

/**
 * Does what `decide` says, and puts what comes of it into the record, until the end.
 * @param onRound called after each round with its pulls and the pause until the next one, in milliseconds; undefined after the last one
 * @throws AbortError
 */
export async function runRounds(
  order: PullOrder,
  prober: Pick<Prober, 'round' | 'look'>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  onRound: (pulls: NodePull[], nextMs: number | undefined) => void,
): Promise<RoundsEnd> {
  let record = startRecord(order, clock.now())

  /** Lets nodes pull, in as many parts as the prober needs. What the first ones showed counts even if a later one fails. */
  const playRound = async (everyone: boolean): Promise<void> => {
    const { probes, ...chosen } = chooseProbes(record, clock.now(), everyone)
    record = beginRound(record, probes, everyone, clock.now())
    let unmade: ActionError | undefined
    let lost: ActionError | undefined
    let nodes: ClusterNode[] | undefined
    const { error } = await attempt(async () => {
      for (const some of chunk(probes, order.capacity, ({ images }) => images.length)) {
        const began = clock.now()
        const end = await prober.round(some, { ...limitsOf(record, began, clock.random()), ...chosen })
        record = fold(record, end.results, { ...end, began, ended: clock.now() })
        unmade ??= end.error
        lost ??= end.lost
        nodes = end.nodes ?? nodes
      }
    })
    const now = clock.now()
    const failure = error ?? lost
    record = failure ? noteFailure(record, failure, now) : endRound(record, unmade, now)
    if (!error && nodes) record = noteNodes(record, nodes, { began: now, ended: now })
  }

  const look = async (): Promise<void> => {
    const began = clock.now()
    const { value: nodes, error } = await attempt(() => prober.look(order.labels))
    const ended = clock.now()
    record = error ? noteFailure(record, error, ended) : noteNodes(record, nodes, { began, ended })
  }

  for (;;) {
    const step = decide(record, clock.now(), clock.random())
    if (step.do === 'look') {
      await look()
      continue
    }
    if (step.asked) onRound(step.asked, step.do === 'round' ? step.pauseMs : undefined)
    if (step.do === 'end') return step.end
    await clock.sleep(step.pauseMs, signal)
    await playRound(step.everyone)
  }
}

/**
 * What the pulls of a cluster need next: another round after a pause, a list of the nodes, or nothing any more. `asked` are the pulls that the last round
 * was about; absent if it has been reported already, or has failed for good.
 */
export type Step =
  | { do: 'round'; pauseMs: number; everyone: boolean; asked?: NodePull[] }
  | { do: 'look' }
  | { do: 'end'; end: RoundsEnd; asked?: NodePull[] }

export interface RoundsEnd extends PullRecord {
  /** What ended all pulls early. */
  error?: ActionError
  /** Whether the deadline had passed. */
  isTimeOver: boolean
}

/** How long a kubectl round waits for pods that still pull, in milliseconds: they are kept, and refused nodes must be retried soon. */
const roundMs = 2000

/**
 * How long a command inside the cluster retries on its own, in milliseconds: starting one takes 10 to 30 s, which is a twentieth of the wait only
 * after some minutes.
 */
const commandMs = 240_000

/** Maximum pause between two commands, in milliseconds: starting one takes long enough. */
const maxCommandPauseMs = 1500

/**
 * How long the last attempt waits for a result, in milliseconds, even after the deadline: a refusal takes up to 7 s if starts are slow
 * (recorded from a real node).
 */
const hearingMs = 8000

/** How much longer a pod may live than the time for pulls, in seconds. */
const spareLifeSeconds = 60

/** How long a quota may be full before that is final, in milliseconds, if it has not admitted any pods. */
const quotaMs = 30_000

/**
 * Decides from the record alone what comes next: until all nodes have pulled, one is refused for good, or the time is over, each pulls each image in
 * rounds. Nodes that have pulled are not probed again, and failures of the prober are retried while they may pass. Pure.
 * @param now milliseconds since the epoch
 * @param chance in [0, 1): pauses differ by it, so that clusters drift apart
 */
export function decide(record: PullRecord, now: number, chance: number): Step {
  const { order, round, last, trouble } = record
  const fitsInOne = order.isInside && listOpen(record, now).length <= order.capacity
  if (last === 'start' || !round)
    return { do: 'round', pauseMs: 0, everyone: round?.everyone ?? (!order.isFresh || fitsInOne) }
  const isTimeOver = now >= order.deadline
  if (last === 'failure' && trouble && !trouble.error.recovers)
    return { do: 'end', end: { ...endWith(record, trouble.error, now), isTimeOver } }
  const owes = owesLook(record, round)
  if (last === 'round' && (owes || needsLook(record, now))) return { do: 'look' }
  const asked = record.seats.filter(({ index }) => round.asked.has(index)).flatMap(({ pulls }) => pulls)
  if (isAtEnd(record, round, owes, now))
    return { do: 'end', end: { ...concludeRounds(record, now), isTimeOver }, asked }
  const isProgress = countLetIn(record) > round.letIn
  const pauseMs = pauseBeforeRound(record, isProgress, now, chance)
  // One command for all nodes costs less than several, because starting it costs more than its pods; it retries one node per pool on its own.
  return { do: 'round', pauseMs, everyone: isProgress || fitsInOne, asked }
}

type Round = NonNullable<PullRecord['round']>

/** Whether the nodes must be listed before the end: those that joined during the wait must be asked, too, before all of them count as having pulled. */
function owesLook(record: PullRecord, { beganAt }: Round): boolean {
  const { order, last, lookedAt } = record
  const mayJoin = order.probeNodes === 'all' || listAwaited(record).length > 0
  const isLast = beganAt >= order.deadline
  if (!mayJoin || isLast || last === 'look') return false
  const pulls = pullsOf(record)
  const isListed = pulls.length > 0 && pulls.every(({ finishedAt }) => finishedAt < lookedAt)
  return !isListed && pulls.every(({ verdict }) => verdict === 'pulled')
}

/** Whether no other round follows. */
function isAtEnd(record: PullRecord, { beganAt }: Round, owes: boolean, now: number): boolean {
  const { isInside, deadline } = record.order
  const open = listOpen(record, now)
  if (open.length === 0 && !owes) return true
  if (beganAt >= deadline) return true
  if (!isInside) return false
  // A command inside the cluster has retried until no other attempt would have got a result in time.
  const isHeardOut =
    !record.trouble && open.every(pull => pull.attempts > 0 && !pull.pending) && now >= deadline - hearingMs
  return isHeardOut || now >= deadline
}

/** The pause until the next round, in milliseconds, at most until the deadline. */
function pauseBeforeRound(record: PullRecord, isProgress: boolean, now: number, chance: number): number {
  const { order, trouble, startedAt } = record
  const untilDeadline = Math.max(0, order.deadline - now)
  if (trouble) return Math.min(pauseAfterHiccup(now - trouble.since, chance), untilDeadline)
  if (isProgress) return 0
  const open = listOpen(record, now)
  const isSettled = open.every(pull => isFirm(pull, order) && !isStale(pull, now))
  const pauseMs = pauseAfter(open, { elapsedMs: now - startedAt, isSettled }, chance)
  return Math.min(pauseMs, order.isInside ? maxCommandPauseMs : Infinity, untilDeadline)
}

/** The record when a round of these probes begins. */
export function beginRound(
  record: PullRecord,
  probes: readonly { index: number }[],
  everyone: boolean,
  now: number,
): PullRecord {
  const asked = new Set(probes.map(({ index }) => index))
  return { ...record, round: { beganAt: now, asked, everyone, letIn: countLetIn(record) } }
}

/** The record at the end of a round whose results are in it. @param unmade why some pods could not be created, if a retry may help */
export function endRound(record: PullRecord, unmade: ActionError | undefined, now: number): PullRecord {
  const trouble = unmade && { error: unmade, since: record.trouble?.since ?? now }
  // A full quota is an answer of the API server.
  const isBroken = unmade && unmade.detail !== 'quota'
  const ended: PullRecord = { ...record, trouble, lostAt: undefined, ...(isBroken && { brokenAt: now }), last: 'round' }
  // Nobody would ask the spare any more.
  return isLastRound(record, now) ? ended : takeSpares(ended, now)
}

/** The record with a list of the nodes. @param time when they were asked for, and when they were there; milliseconds since the epoch */
export function noteNodes(
  record: PullRecord,
  nodes: readonly ClusterNode[],
  { began, ended }: { began: number; ended: number },
): PullRecord {
  return { ...applyLook(record, nodes, began), lookedAt: ended, last: 'look' }
}

/** The record after a round or a list of nodes that failed. If a service account of the manifests does not exist, the next round does without. */
export function noteFailure(record: PullRecord, error: ActionError, now: number): PullRecord {
  if (error.detail === 'account' && record.order.mayDropAccounts && !record.isWithoutAccounts)
    return { ...withoutAccounts(record), last: 'start' }
  const since = record.trouble?.since ?? now
  const isQuota = error.detail === 'quota'
  // A quota counts deleted pods for a while, those of this run or of others.
  const mayPass = !error.recovers && isQuota && (record.hadPods || now - since < quotaMs)
  return {
    ...record,
    ...(!isQuota && { brokenAt: now, lostAt: record.lostAt ?? now }),
    trouble: { error: mayPass ? error.with({ recovers: true }) : error, since },
    last: 'failure',
  }
}

/** The limits of the next round; Run Command retries on its own, inside the cluster. @param chance as for `decide` */
export function limitsOf(record: PullRecord, now: number, chance: number) {
  const { deadline, settled, barred, sealed, alike, isInside, probeNodes, labels } = record.order
  const open = listOpen(record, now)
  const isLast = record.round !== undefined && record.round.beganAt >= deadline
  const isOld = open.every(({ pending }) => pending && now - pending.since >= hearingMs)
  const minMs = isInside || (isLast && !isOld) ? hearingMs : roundMs
  const isSettled = open.every(({ image }) => settled.has(image.registryId))
  const firstAt = Math.min(now, ...open.map(({ startedAt }) => startedAt))
  // Then a registry that is still out of reach is blocked; the command gets the time of another attempt.
  const blockedAt = isSettled && firstAt + blockedMs > now ? firstAt + blockedMs + hearingMs : Infinity
  const until = Math.max(Math.min(now + (isInside ? commandMs : roundMs), deadline, blockedAt), now + minMs)
  const isWaiting = open.some(pull => isStale(pull, now))
  const ofBarred = open.filter(({ image }) => barred.has(image.registryId) || sealed.has(image.registryId))
  const hosts = [...new Set(ofBarred.map(({ image }) => image.reference.replace(/\/.*/s, '')))]
  return {
    until,
    pauseMs: pauseBetween({ elapsedMs: now - firstAt, isSettled: isSettled && !isWaiting }, chance),
    firm: isSettled || open.every(isShown) ? ('all' as const) : hosts,
    tries: triesOf(open, record.order),
    offer: record.order.offer,
    lifeSeconds: Math.max(minLifeSeconds, Math.ceil((Math.max(until, deadline) - now) / 1000) + spareLifeSeconds),
    patienceMs: Math.min(patienceOf(record), commandMs),
    ...(open.every(({ image }) => alike.has(image.registryId)) && { shownMs }),
    // With spares, a command lists the nodes at its end: another one for that would take half a minute.
    ...((probeNodes === 'all' || (isInside && hasSpares(record))) && { labels }),
  }
}

function countLetIn(record: PullRecord): number {
  return pullsOf(record).filter(isLetIn).length
}

/** The end of all rounds; nodes without a result from the registry are abandoned if others have one. */
function concludeRounds(record: PullRecord, now: number) {
  const { trouble } = record
  const isSilent = listOpen(record, now).every(({ verdict }) => verdict === 'slow')
  if (trouble && isSilent) return endWith(record, trouble.error, now)
  return giveUpTroubled(record, now)
}

/** The end of rounds whose prober failed: pulls that are still open count as refused by Kubernetes, except those that the registry has refused. */
function endWith(record: PullRecord, error: ActionError, now: number) {
  const open = new Set(listOpen(record, now))
  const refuse = (pull: NodePull): NodePull => {
    if (!open.has(pull)) return pull
    const byKubernetes = { verdict: 'refused', message: error.message, finishedAt: now } as const
    const refused: NodePull = { ...pull, ...(pull.verdict !== 'denied' && byKubernetes) }
    // What the registry said before stopped nothing.
    delete refused.cause
    return refused
  }
  const seats = record.seats.map(seat => ({ ...seat, pulls: seat.pulls.map(refuse) }))
  return { ...record, seats, error }
}
