import { isDrifted, type PairStatus } from '../model/run.js'

/** The state of a cluster and a registry at a glance. */
export type State = 'failed' | 'drifted' | 'unknown' | 'fine'

/** All states, worst first. */
export const states: readonly State[] = ['failed', 'drifted', 'unknown', 'fine']

/** The mark of each state, which is the same everywhere. */
export const stateMarks: Readonly<Record<State, string>> = { failed: '✗', drifted: '⟳', unknown: '?', fine: '✓' }

/** The words for each state. */
export const stateWords: Readonly<Record<State, string>> = {
  failed: 'failed',
  drifted: 'drift',
  unknown: 'not checked',
  fine: 'as expected',
}

/** The state of a pair. Drift is shown as such, even if the cluster can pull. */
export function stateOf(pair: { status: PairStatus; lacks: readonly string[] }): State {
  if (isDrifted(pair)) return 'drifted'
  if (pair.status === 'failed' || pair.status === 'unknown') return pair.status
  return 'fine'
}

/** The worse one of two states. */
export function worseOf(a: State, b: State): State {
  return states.indexOf(a) < states.indexOf(b) ? a : b
}
