import type { ActionError } from 'kernel'

/** A drift that an issue remembers from an earlier run. */
export interface FormerDrift {
  kind: 'pair' | 'image'
  /** Key of the drift item. */
  key: string
  /** Resource ID of the target, or its name if it was never found; the image's name. */
  target: string
  /** Login server, or the registry's name if it was never found. */
  registry: string
  /** Whether its target or registry did not exist when it was last checked. */
  wasGone: boolean
  /** Whether its pull identity did not exist when a run last saw whether it does. */
  wasDead: boolean
  /** Whether the issue already says that it is no longer checked. */
  wasDropped: boolean
  /** Hash of what is wrong with it and what it can still pull, after a `+` if that is everything: another one if the same thing drifts in another way. */
  how: string
  since: Since
}

/** When, and by which run of the workflow, a drift was first seen. */
export interface Since {
  /** The day in UTC, `2026-11-25`. */
  on: string
  /** The run's number and ID (`GITHUB_RUN_NUMBER`, `GITHUB_RUN_ID`); empty if the runner does not set them. */
  number: string
  run: string
  /** Whether an earlier run has seen it, and nobody remembers which. */
  isOrEarlier: boolean
  /** The nights in which a run has seen it, a bit for each: the lowest for the day for which the issue counts, 30 in all. Absent if nobody remembers any. */
  nights?: number
}

/** The fate of an earlier drift that a run did not see. */
export interface Fate {
  /** `gone`: does not exist, so there is nothing to repair; `dropped`: no longer checked; `unseen`: could not be checked. */
  kind: 'gone' | 'dropped' | 'unseen'
  /** The same every night for the same reason: an error code, or a word. */
  code: string
  /** The reason, without a full stop: `the cluster was deleted`. */
  text: string
  /** The quote at the end of the reason. */
  quote?: ActionError['quote'] | null
}

/** The fate of an earlier drift that could not be checked, for the reason that an error or an item has. */
export function unseen({ code, message: text, quote }: Omit<Fate, 'kind' | 'text'> & { message: string }): Fate {
  return { kind: 'unseen', code, text, ...(quote && { quote }) }
}

/** The fate of an image that nothing uses any more, by what was read in vain. */
export const unused = {
  manifests: { kind: 'gone', code: 'manifests', text: 'the manifests no longer name it' },
  workloads: { kind: 'gone', code: 'workloads', text: 'no workload runs it any more' },
} as const

/** Finds out the fate of earlier drifts, one for each. */
export type SettleDrift = (former: readonly FormerDrift[]) => Promise<Fate[]>
