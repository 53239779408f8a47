import type { ChosenNode, ClusterNode } from 'azure'
import { attempt, chunkByWeight, type ActionError, type Clock } from 'kernel'
import { minLifeSeconds, type Prober } from 'kubernetes'
import { isAsked, type NodePull } from 'run-model'
import { applyLook, giveUpTroubled, needsLook, patienceOf, takeSpares, type PullSpec } from './churn.js'
import { pauseAfter, pauseAfterHiccup, pauseBetween } from './pace.js'
import {
  chooseProbes,
  fold,
  isLetIn,
  isStale,
  openPulls,
  pullsOf,
  settledTries,
  startRecord,
  type PullRecord,
  type Rules,
  withoutAccounts,
} from './record.js'

/** The pulls on a cluster, and how long they are retried. */
export interface PullOrder extends PullSpec {
  nodes: readonly ChosenNode[]
  /** Registries where no pending change could end a refusal, and those where none could end a refusal by address. */
  settled: ReadonlySet<string>
  barred: ReadonlySet<string>
  /** Whether refusals are expected at first, because something has just been written. */
  isFresh: boolean
  /** Whether to pull without the service accounts of the manifests if one of them does not exist. */
  mayDropAccounts: boolean
  /** Keys of the labels that nodes are chosen by. */
  labels: readonly string[]
  clock: Clock
  /** Milliseconds since the epoch; a last round begins by then. */
  deadline: number
  signal: AbortSignal
}

interface PullProgress {
  /** @param nextMs pause until the next round; undefined after the last one */
  onRound(pulls: NodePull[], nextMs: number | undefined): void
}

/** The result of each pull, the abandoned nodes, and the error that ended all pulls early. */
export interface RoundsEnd extends Pick<PullRecord, 'seats' | 'skipped'> {
  error?: ActionError
  /** Whether the deadline had passed. */
  isTimeOver: boolean
  /** Set if a service account of the manifests does not exist, so that no pod ran as one. */
  isWithoutAccounts?: true
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

/** A failure to reach the cluster that may pass. */
interface Trouble {
  error: ActionError
  since: number
}

/**
 * Lets each node pull each image in rounds, until all have, one is refused for good, or the time is over. Nodes that have pulled are not probed
 * again, nodes that leave are replaced or abandoned, and failures of the prober are retried while they may pass.
 * @throws AbortError
 */
export async function runRounds(prober: Prober, order: PullOrder, progress: PullProgress): Promise<RoundsEnd> {
  const { clock, deadline, signal, settled, barred } = order
  const startedAt = clock.now()
  let brokenAt: number | undefined
  /** Since when no round has got to its end. */
  let lostAt: number | undefined
  const rules = (): Rules => ({ now: clock.now(), settled, barred, ...(brokenAt !== undefined && { brokenAt }) })
  let record = startRecord(order.nodes, order.images, startedAt)
  const isInside = prober.name === 'run-command'
  /** One command for all nodes costs less than several, because starting it costs more than its pods; it retries one node per pool on its own. */
  const fitsInOne = (): boolean => isInside && listOpen(record, rules()).length <= prober.capacity
  let everyone = !order.isFresh || fitsInOne()
  let lookedAt = startedAt
  let trouble: Trouble | undefined
  let isWithoutAccounts = false
  const ended = (end: Omit<RoundsEnd, 'isTimeOver'>): RoundsEnd => ({
    ...end,
    isTimeOver: clock.now() >= deadline,
    ...(isWithoutAccounts && { isWithoutAccounts }),
  })

  for (;;) {
    const isLast = clock.now() >= deadline
    const { probes, scouts } = chooseProbes(record, rules(), everyone)
    const asked = new Set(probes.map(({ index }) => index))
    const before = countLetIn(record)
    let nodes: ClusterNode[] | undefined
    /** Nodes that joined during the wait must be asked, too, before all of them count as having pulled. */
    let owesLook = false as boolean
    const { error } = await attempt(async () => {
      let unmade: ActionError | undefined
      for (const some of chunkByWeight(probes, prober.capacity, ({ images }) => images.length)) {
        const began = clock.now()
        const end = await prober.round(some, { ...limitsOf(prober, order, record, isLast), scouts })
        record = fold(record, end.results, { ...end, began, ended: clock.now() })
        unmade ??= end.error
        nodes = end.nodes ?? nodes
      }
      trouble = unmade && { error: unmade, since: trouble?.since ?? clock.now() }
      lostAt = undefined
      // A full quota is an answer of the API server.
      if (unmade && unmade.detail !== 'quota') brokenAt = clock.now()
      const current = rules()
      record = takeSpares(record, current)
      owesLook = order.probeNodes === 'all' && !isLast && pullsOf(record).every(({ verdict }) => verdict === 'pulled')
      if (nodes || owesLook || needsLook(record, current, lookedAt)) {
        record = applyLook(record, nodes ?? (await prober.look(order.labels)), order, current)
        lookedAt = clock.now()
        owesLook = false
      }
    })
    if (error?.detail === 'account' && order.mayDropAccounts && !isWithoutAccounts) {
      record = withoutAccounts(record)
      isWithoutAccounts = true
      continue
    }
    if (error) {
      const since = trouble?.since ?? clock.now()
      if (error.detail !== 'quota') {
        brokenAt = clock.now()
        lostAt ??= brokenAt
      }
      trouble = { error: toPassing(error, record, clock.now() - since), since }
      if (!trouble.error.recovers) return ended(endWith(record, trouble.error, rules()))
    }
    const isProgress = countLetIn(record) > before
    everyone = isProgress || fitsInOne()
    const open = listOpen(record, rules())
    const probed = record.seats.filter(({ index }) => asked.has(index)).flatMap(({ pulls }) => pulls)
    // A command inside the cluster has retried until no other attempt would have got a result in time.
    const isHeardOut =
      isInside && !trouble && open.every(pull => isAsked(pull) && !pull.pending) && clock.now() >= deadline - hearingMs
    if ((open.length === 0 && !owesLook) || isLast || isHeardOut || (isInside && clock.now() >= deadline)) {
      progress.onRound(probed, undefined)
      return ended(conclude(record, trouble, rules(), lostAt))
    }
    const pause = Math.min(
      trouble
        ? pauseAfterHiccup(clock.now() - trouble.since, clock)
        : isProgress
          ? 0
          : pauseAfter(open, { elapsedMs: clock.now() - startedAt, isSettled: areSettled(open, rules()) }, clock),
      isInside && !trouble ? maxCommandPauseMs : Infinity,
      Math.max(0, deadline - clock.now()),
    )
    progress.onRound(probed, pause)
    await clock.sleep(pause, signal)
  }
}

function listOpen(record: PullRecord, rules: Rules): NodePull[] {
  return record.seats.flatMap(seat => openPulls(seat, record, rules))
}

function countLetIn(record: PullRecord): number {
  return pullsOf(record).filter(isLetIn).length
}

function areSettled(open: readonly NodePull[], { settled, barred, now }: Rules): boolean {
  return open.every(pull => {
    const { verdict, cause, image } = pull
    if (cause === 'firewall') return barred.has(image.registryId)
    return verdict === 'denied' && settled.has(image.registryId) && !isStale(pull, now)
  })
}

/** The limits of the next round; Run Command retries on its own, inside the cluster. */
function limitsOf(prober: Prober, order: PullOrder, record: PullRecord, isLast: boolean) {
  const { clock, deadline, settled, barred } = order
  const now = clock.now()
  const isInside = prober.name === 'run-command'
  const open = listOpen(record, { now, settled, barred })
  const isOld = open.every(({ pending }) => pending && now - pending.since >= hearingMs)
  const minMs = isInside || (isLast && !isOld) ? hearingMs : roundMs
  const until = Math.max(Math.min(now + (isInside ? commandMs : roundMs), deadline), now + minMs)
  const isSettled = open.every(({ image }) => settled.has(image.registryId))
  const firstAt = Math.min(now, ...open.map(({ startedAt }) => startedAt))
  const isWaiting = open.some(pull => isStale(pull, now))
  const pauseMs = pauseBetween({ elapsedMs: now - firstAt, isSettled: isSettled && !isWaiting }, clock)
  const lifeSeconds = Math.max(minLifeSeconds, Math.ceil((Math.max(until, deadline) - now) / 1000) + spareLifeSeconds)
  const tries = isSettled ? settledTries : Infinity
  const ofBarred = open.filter(({ image }) => barred.has(image.registryId))
  const hosts = [...new Set(ofBarred.map(({ image }) => image.reference.replace(/\/.*/s, '')))]
  const walls = { hosts, tries: settledTries }
  const patienceMs = Math.min(patienceOf(record), commandMs)
  const labels = order.probeNodes === 'all' && { labels: order.labels }
  return { until, pauseMs, tries, walls, lifeSeconds, patienceMs, ...labels }
}

/** How long a quota may be full before that is final, in milliseconds, if it has not admitted any pods. */
const quotaMs = 30_000

/** The error of a round; if a quota refused pods it recovers, because a quota counts deleted pods for a while, those of this run or of others. */
function toPassing(error: ActionError, { hadPods }: PullRecord, lastedMs: number): ActionError {
  const mayPass = error.detail === 'quota' && (hadPods || lastedMs < quotaMs)
  return !error.recovers && mayPass ? error.with({ recovers: true }) : error
}

type Outcome = Omit<RoundsEnd, 'isTimeOver'>

/** The end of all rounds; nodes without a result from the registry are abandoned if others have one. */
function conclude(record: PullRecord, trouble: Trouble | undefined, rules: Rules, lostAt: number | undefined): Outcome {
  const isSilent = listOpen(record, rules).every(({ verdict }) => verdict === 'slow')
  if (trouble && isSilent) return endWith(record, trouble.error, rules)
  return giveUpTroubled(record, rules, lostAt)
}

/** The end of rounds whose prober failed: pulls that are still open count as refused. */
function endWith(record: PullRecord, error: ActionError, rules: Rules): Outcome {
  const open = new Set(listOpen(record, rules))
  const refuse = (pull: NodePull): NodePull => {
    if (!open.has(pull)) return pull
    const refused: NodePull = { ...pull, verdict: 'refused', message: error.message, finishedAt: rules.now }
    // What the registry said before stopped nothing.
    delete refused.cause
    return refused
  }
  const seats = record.seats.map(seat => ({ ...seat, pulls: seat.pulls.map(refuse) }))
  return { seats, skipped: record.skipped, error }
}
