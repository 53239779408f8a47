import type { State } from './states.js'

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
}
