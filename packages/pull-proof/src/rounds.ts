import type { ClusterNode } from 'azure'
import { attempt, type ActionError, type Clock } from 'kernel'
import type { Prober } from 'kubernetes'
import type { NodePull } from 'run-model'
import { beginRound, decide, endRound, limitsOf, noteFailure, noteNodes, type RoundsEnd } from './decide.js'
import { chooseProbes, fold, startRecord, type PullOrder } from './record.js'

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
    const { probes, scouts } = chooseProbes(record, clock.now(), everyone)
    record = beginRound(record, probes, everyone, clock.now())
    let unmade: ActionError | undefined
    let lost: ActionError | undefined
    let nodes: ClusterNode[] | undefined
    const { error } = await attempt(async () => {
      for (const some of chunkByWeight(probes, order.capacity, ({ images }) => images.length)) {
        const began = clock.now()
        const end = await prober.round(some, { ...limitsOf(record, began, clock.random()), scouts })
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

/** Splits items into lists of at most that weight; a heavier item gets a list of its own. */
export function chunkByWeight<T>(items: readonly T[], maxWeight: number, weigh: (item: T) => number): T[][] {
  const chunks: T[][] = []
  let weight = Infinity
  for (const item of items) {
    const own = weigh(item)
    if (weight + own > maxWeight) {
      chunks.push([])
      weight = 0
    }
    chunks.at(-1)?.push(item)
    weight += own
  }
  return chunks
}
