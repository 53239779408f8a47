import { isDrifted, type PairResult } from 'run-model'

/** The state of a cluster and a registry at a glance. */
export type State = 'failed' | 'drifted' | 'unknown' | 'fine'

/** The mark and the word of each state, which are the same everywhere, and its place among them, worst first. */
export const states: Readonly<Record<State, { mark: string; word: string; rank: number }>> = {
  failed: { mark: '✗', word: 'failed', rank: 0 },
  drifted: { mark: '⟳', word: 'drift', rank: 1 },
  unknown: { mark: '?', word: 'not checked', rank: 2 },
  fine: { mark: '✓', word: 'as expected', rank: 3 },
}

/** The state of a pair. Drift is shown as such, even if the cluster can pull. */
export function stateOf(pair: Pick<PairResult, 'status' | 'lacks'>): State {
  if (isDrifted(pair)) return 'drifted'
  return pair.status === 'failed' || pair.status === 'unknown' ? pair.status : 'fine'
}
