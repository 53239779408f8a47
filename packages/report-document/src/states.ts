import { isDrifted, type PairResult } from 'run-model'

/** The state of a cluster and a registry at a glance. */
export type State = 'failed' | 'drifted' | 'unknown' | 'fine'

/** All states, worst first. */
export const states: readonly State[] = ['failed', 'drifted', 'unknown', 'fine']

/** The mark of each state, which is the same everywhere. */
export const stateMarks: Readonly<Record<State, string>> = { failed: '✗', drifted: '⟳', unknown: '?', fine: '✓' }

/** The marks of findings. */
export const findingMarks = { warning: '⚠', notice: 'ℹ' } as const

export const stateWords: Readonly<Record<State, string>> = {
  failed: 'failed',
  drifted: 'drift',
  unknown: 'not checked',
  fine: 'as expected',
}

type Pair = Pick<PairResult, 'status' | 'lacks'>

/** The state of a pair. Drift is shown as such, even if the cluster can pull. */
export function stateOf(pair: Pair): State {
  if (isDrifted(pair)) return 'drifted'
  return pair.status === 'failed' || pair.status === 'unknown' ? pair.status : 'fine'
}

/** The status to show: drift as such, even if the target can pull. */
export function shownStatus(pair: Pair): PairResult['status'] {
  return isDrifted(pair) ? 'missing' : pair.status
}

const statuses: PairResult['status'][] = ['failed', 'missing', 'unknown', 'attached', 'detached']

/** The place of a pair among others, worst first. */
export function rankOfPair(pair: Pair): number {
  return statuses.indexOf(shownStatus(pair))
}

export function worseOf(a: State, b: State): State {
  return states.indexOf(a) < states.indexOf(b) ? a : b
}
