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

/** The result of one job of a fleet, at a glance. */
export interface JobRow {
  /** What it should check, in words. */
  name: string
  state: State
  /** Number of clusters in its report. */
  clusters: number
  /** Number of clusters and images that drifted, and of those that could not be checked. */
  drifted: number
  unchecked: number
  /** Why it has not checked everything; empty if it has. */
  gap: string
  /** `rg-eu was not checked`; empty if it has checked everything. */
  lack: string
  /** Whether it left a report, though perhaps of a part. */
  hasReport: boolean
}

/** The state of a pair. Drift is shown as such, even if the cluster can pull. */
export function stateOf(pair: Pick<PairResult, 'status' | 'lacks'>): State {
  if (isDrifted(pair)) return 'drifted'
  return pair.status === 'failed' || pair.status === 'unknown' ? pair.status : 'fine'
}
