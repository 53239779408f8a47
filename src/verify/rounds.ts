import { ActionError } from '../model/error.js'
import { chunkByWeight } from '../model/lists.js'
import type { ChosenNode } from '../model/node.js'
import { isAsked, type NodePull } from '../model/outcome.js'
import type { Clock } from '../model/time.js'
import { isQuotaRefusal } from '../services/kubernetes/errors.js'
import { minLifeSeconds } from '../services/kubernetes/probe-pod.js'
import type { Prober } from '../services/kubernetes/probe.js'
import { applyLook, giveUpTroubled, needsLook, takeSpares, type Wanted } from './churn.js'
import { pauseAfter, pauseAfterHiccup, pauseBetween } from './pace.js'
import {
  chooseProbes,
  fold,
  isLetIn,
  openPulls,
  pullsOf,
  settledTries,
  startRecord,
  type PullRecord,
  type Rules,
} from './record.js'

/** The pulls on a cluster, and until when they are tried. */
export interface PullOrder extends Wanted {
  nodes: readonly ChosenNode[]
  /** Registries where nothing is under way that could change a refusal. */
  settled: ReadonlySet<string>
  /** Whether refusals are to be expected at first, because something was written just now. */
  isFresh: boolean
  /** Keys of the labels that nodes are chosen by. */
  labels: readonly string[]
  clock: Clock
  /** Milliseconds since the epoch; a last round begins by then. */
  deadline: number
  signal: AbortSignal
}

/** Progress events of `runRounds`. */
export interface PullProgress {
  /** @param nextMs pause until the next round; undefined when there is none */
  onRound(pulls: NodePull[], nextMs: number | undefined): void
}

/** How each pull ended, which nodes were given up, and what ended them all before their time. */
export interface RoundsEnd extends Pick<PullRecord, 'seats' | 'skipped'> {
  error?: ActionError
}

/** How long a round of kubectl waits for pods that still pull, in milliseconds: they are kept, and refused ones are to be asked again soon. */
const roundMs = 2000

/**
 * How long a command inside the cluster tries by itself, in milliseconds: it costs 10 to 30 s to start one, which is a twentieth of the wait only
 * after some minutes.
 */
const commandMs = 240_000

/** The longest pause between two commands, in milliseconds: starting one takes long enough. */
const commandPauseMs = 1500

/**
 * How long the last try gets to be heard, in milliseconds, also when the time is over: a refusal takes up to 7 s where starts are slow
 * (recorded from a real node).
 */
const hearingMs = 8000

/** How much longer than there is time for pulls a pod may live, in seconds. */
const spareLifeSeconds = 60

/** A failure to reach the cluster that may pass. */
interface Trouble {
  error: ActionError
  since: number
}

/**
 * Lets each node pull each image, again and again, until all have, one is refused for good, or the time is over. Nodes that have passed are not
 * asked again, nodes that go are replaced or left out, and what the prober fails for is tried again as long as it may pass.
 * @throws AbortError
 */
export async function runRounds(prober: Prober, order: PullOrder, progress: PullProgress): Promise<RoundsEnd> {
  const { clock, deadline, signal, settled } = order
  const startedAt = clock.now()
  const rules = (): Rules => ({ now: clock.now(), settled })
  let record = startRecord(order.nodes, order.images, startedAt)
  const isInside = prober.name === 'run-command'
  /** One command for all nodes costs less than several, because starting it costs more than its pods; it asks one node a pool by itself. */
  const fitsInOne = (): boolean => isInside && listOpen(record, rules()).length <= prober.capacity
  let everyone = !order.isFresh || fitsInOne()
  let lookedAt = startedAt
  let trouble: Trouble | undefined

  for (;;) {
    const isLast = clock.now() >= deadline
    const { probes, scouts } = chooseProbes(record, rules(), everyone)
    const asked = new Set(probes.map(({ index }) => index))
    const before = countLetIn(record)
    try {
      let unmade: ActionError | undefined
      for (const some of chunkByWeight(probes, prober.capacity, ({ images }) => images.length)) {
        const began = clock.now()
        const { results, error } = await prober.round(some, { ...limitsOf(prober, order, record, isLast), scouts })
        record = fold(record, results, { began, ended: clock.now() })
        unmade ??= error
      }
      trouble = unmade && { error: unmade, since: trouble?.since ?? clock.now() }
      const current = rules()
      record = takeSpares(record, current)
      if (needsLook(record, current, lookedAt)) {
        record = applyLook(record, await prober.look(order.labels), order, current)
        lookedAt = clock.now()
      }
    } catch (thrown) {
      const error = toPassing(thrown, record)
      trouble = { error, since: trouble?.since ?? clock.now() }
      if (!error.recovers) return endWith(record, error, rules())
    }
    const isProgress = countLetIn(record) > before
    everyone = isProgress || fitsInOne()
    const open = listOpen(record, rules())
    const told = record.seats.filter(({ index }) => asked.has(index)).flatMap(({ pulls }) => pulls)
    // A command inside the cluster has tried until no other try would have been heard in time.
    const isHeardOut =
      isInside && !trouble && open.every(pull => isAsked(pull) && !pull.pending) && clock.now() >= deadline - hearingMs
    if (open.length === 0 || isLast || isHeardOut || (isInside && clock.now() >= deadline)) {
      progress.onRound(told, undefined)
      return conclude(record, trouble, rules())
    }
    const pause = Math.min(
      trouble
        ? pauseAfterHiccup(clock.now() - trouble.since, clock)
        : isProgress
          ? 0
          : pauseAfter(open, { elapsedMs: clock.now() - startedAt, isSettled: areSettled(open, settled) }, clock),
      isInside && !trouble ? commandPauseMs : Infinity,
      Math.max(0, deadline - clock.now()),
    )
    progress.onRound(told, pause)
    await clock.sleep(pause, signal)
  }
}

function listOpen(record: PullRecord, rules: Rules): NodePull[] {
  return record.seats.flatMap(seat => openPulls(seat, record, rules))
}

function countLetIn(record: PullRecord): number {
  return pullsOf(record).filter(isLetIn).length
}

function areSettled(open: readonly NodePull[], settled: ReadonlySet<string>): boolean {
  return open.every(({ verdict, image }) => verdict === 'denied' && settled.has(image.registryId))
}

/** How long the next round goes on; Run Command tries again by itself, inside the cluster. */
function limitsOf(prober: Prober, { clock, deadline, settled }: PullOrder, record: PullRecord, isLast: boolean) {
  const now = clock.now()
  const isInside = prober.name === 'run-command'
  const open = listOpen(record, { now, settled })
  const isOld = open.every(({ pending }) => pending && now - pending.since >= hearingMs)
  const least = isInside || (isLast && !isOld) ? hearingMs : roundMs
  const until = Math.max(Math.min(now + (isInside ? commandMs : roundMs), deadline), now + least)
  const isSettled = open.every(({ image }) => settled.has(image.registryId))
  const firstAt = Math.min(now, ...open.map(({ startedAt }) => startedAt))
  const pauseMs = pauseBetween({ elapsedMs: now - firstAt, isSettled }, clock)
  const lifeSeconds = Math.max(minLifeSeconds, Math.ceil((Math.max(until, deadline) - now) / 1000) + spareLifeSeconds)
  return { until, pauseMs, tries: isSettled ? settledTries : Infinity, lifeSeconds }
}

/** The error of a round, which recovers where a quota refused pods after it had let some in, because it still counts deleted ones for a while. */
function toPassing(thrown: unknown, { hadPods }: PullRecord): ActionError {
  if (!(thrown instanceof ActionError)) throw thrown
  return !thrown.recovers && hadPods && isQuotaRefusal(thrown) ? thrown.with({ recovers: true }) : thrown
}

/** The end of all rounds: what says nothing about the registry is left out, as long as something else does. */
function conclude(record: PullRecord, trouble: Trouble | undefined, rules: Rules): RoundsEnd {
  const isSilent = listOpen(record, rules).every(({ verdict }) => verdict === 'slow')
  if (trouble && isSilent) return endWith(record, trouble.error, rules)
  return giveUpTroubled(record, rules)
}

/** The end of rounds whose prober failed: nothing is known of what was not pulled by then. */
function endWith(record: PullRecord, error: ActionError, rules: Rules): RoundsEnd {
  const unasked = new Set(listOpen(record, rules))
  const refuse = (pull: NodePull): NodePull =>
    unasked.has(pull) ? { ...pull, verdict: 'refused', message: error.message, finishedAt: rules.now } : pull
  const seats = record.seats.map(seat => ({ ...seat, pulls: seat.pulls.map(refuse) }))
  return { seats, skipped: record.skipped, error }
}
