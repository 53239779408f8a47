import { dayMs } from 'kernel'
import { plural } from 'texts'
import type { DriftItem } from 'report-document'

/** A drift that an issue remembers from an earlier run. */
export interface FormerDrift extends Pick<DriftItem, 'kind' | 'key'> {
  /** Resource ID of the target, or its name if it was never found; the image's name. */
  target: string
  /** Login server, or the registry's name if it was never found. */
  registry: string
  /** Resource ID of the registry; empty if it was not found. */
  registryId: string
  /** The jobs that found it, by their hashes; none if it is not known. */
  jobs: readonly string[]
  /** Resource IDs of the clusters on which an image ran, in lower case. */
  clusters: readonly string[]
  /**
   * What a run must see before it counts as repaired: `identity` if its pull identity did not exist, `pull` if no node could pull, `nodes` if the registry
   * refused nodes: that others pull says nothing about these.
   */
  toProve: readonly (NonNullable<DriftItem['unproven']>[number] | 'nodes')[]
  /** The names of the refused nodes that no run has seen pull since; empty if there are too many, so that every node must pull. */
  nodes: readonly string[]
  /**
   * Hash of what is wrong with it and what it can still pull, after a `+` if that is everything, and before a `~` if nodes are refused while others pull:
   * another one if the same thing drifts in another way.
   */
  how: string
  since: Since
  /** The day in UTC on which a run last looked at it, `2026-11-25`. */
  seenOn: string
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

/** The day of a time in UTC, `2026-11-25`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The number of the day on which a drift is that old: 1 on the day on which it was first seen. */
export function countDays({ on }: Since, now: number): number {
  return Math.max(0, Math.round((Date.parse(dayOf(now)) - Date.parse(on)) / dayMs)) + 1
}

/** `for 7 days`, the first one included, or `new`. */
export function describeAge(days: number, upTo = ''): string {
  return days > 1 ? `for ${upTo}${plural(days, 'day')}` : 'new'
}

const maxNights = 30

/**
 * The nights of a drift as they are counted today.
 * @param nights as they were counted on another day
 * @param isSeen whether a run has seen it today
 */
export function countNights({ nights = 0 }: Since, on: string, today: string, isSeen: boolean): { nights?: number } {
  const days = Math.max(0, Math.round((Date.parse(today) - Date.parse(on)) / dayMs))
  // Without a day, nothing is known of them.
  const kept = days < maxNights ? (nights % 2 ** (maxNights - days)) * 2 ** days : 0
  const all = isSeen && kept % 2 === 0 ? kept + 1 : kept
  return all > 0 ? { nights: all } : {}
}

/** The oldest of some dates; undefined if there is none. */
export function oldestOf(all: readonly Since[]): Since | undefined {
  const rankOf = ({ on, isOrEarlier }: Since): string => `${on} ${isOrEarlier ? 0 : 1}`
  return [...all].sort((a, b) => rankOf(a).localeCompare(rankOf(b)))[0]
}

/** `2026-11-25.40.1658821493`, with a `-` at the end for `or earlier`. */
export function packSince({ on, number, run, isOrEarlier }: Since): string {
  return `${on}.${number}.${run}${isOrEarlier ? '-' : ''}`
}

/** Undefined for anything that `packSince` did not make: people can edit the text. */
export function unpackSince(text: string): Since | undefined {
  const [, on, number = '', run = '', end = ''] = /^(\d{4}-\d\d-\d\d)\.(\d{0,20})\.(\d{0,20})(-?)$/.exec(text) ?? []
  if (on === undefined || Number.isNaN(Date.parse(on))) return undefined
  return { on, number, run, isOrEarlier: end !== '' }
}

/** `for 3 days`, `new`, `for 3 days or longer`: the one way in which an age is said. */
export function sayAge(since: Since, now: number): string {
  const days = countDays(since, now)
  return since.isOrEarlier ? `for ${plural(days, 'day')} or longer` : describeAge(days)
}

/** `2026-11-25 (for 3 days)`, `2026-11-25 or earlier (for 3 days or longer)`. */
export function describeSince(since: Since, now: number): string {
  return `${since.on}${since.isOrEarlier ? ' or earlier' : ''} (${sayAge(since, now)})`
}
