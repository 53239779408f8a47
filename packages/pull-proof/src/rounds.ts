import type { ClusterNode } from 'azure'
import { attempt, chunkByWeight, type ActionError, type Clock } from 'kernel'
import type { Prober } from 'kubernetes'
import type { NodePull } from 'run-model'
import { beginRound, decide, endRound, limitsOf, noteFailure, noteNodes, type RoundsEnd } from './decide.js'
import { chooseProbes, fold, startRecord, type PullOrder, type PullRecord } from './record.js'

/** What the rounds of a cluster need, besides their order. */
interface RoundDeps {
  prober: Pick<Prober, 'round' | 'look'>
  clock: Clock
  signal: AbortSignal
  /** @param nextMs pause until the next round; undefined after the last one */
  onRound: (pulls: NodePull[], nextMs: number | undefined) => void
}

/** Does what `decide` says, and puts what comes of it into the record, until the end. @throws AbortError */
export async function runRounds(order: PullOrder, deps: RoundDeps): Promise<RoundsEnd> {
  const { prober, clock, signal, onRound } = deps
  let record = startRecord(order, clock.now())
  for (;;) {
    const began = clock.now()
    const step = decide(record, began, clock.random())
    if (step.do === 'look') {
      const { value: nodes, error } = await attempt(() => prober.look(order.labels))
      const ended = clock.now()
      record = error ? noteFailure(record, error, ended) : noteNodes(record, nodes, { began, ended })
      continue
    }
    if (step.asked) onRound(step.asked, step.do === 'round' ? step.pauseMs : undefined)
    if (step.do === 'end') return step.end
    await clock.sleep(step.pauseMs, signal)
    record = await playRound(record, step.everyone, deps)
  }
}

/** The record after a round, in as many parts as the prober needs. What the first ones showed counts even if a later one fails. */
async function playRound(before: PullRecord, everyone: boolean, { prober, clock }: RoundDeps): Promise<PullRecord> {
  const { probes, scouts } = chooseProbes(before, clock.now(), everyone)
  let record = beginRound(before, probes, everyone, clock.now())
  let unmade: ActionError | undefined
  let nodes: ClusterNode[] | undefined
  const { error } = await attempt(async () => {
    for (const some of chunkByWeight(probes, before.order.capacity, ({ images }) => images.length)) {
      const began = clock.now()
      const end = await prober.round(some, { ...limitsOf(record, began, clock.random()), scouts })
      record = fold(record, end.results, { ...end, began, ended: clock.now() })
      unmade ??= end.error
      nodes = end.nodes ?? nodes
    }
  })
  const now = clock.now()
  if (error) return noteFailure(record, error, now)
  record = endRound(record, unmade, now)
  return nodes ? noteNodes(record, nodes, { began: now, ended: now }) : record
}
