import { labelOf, titlesOf, parseResourceId } from 'azure'
import { groupBy, say } from 'kernel'
import { selectUnchecked, toSpot, type Drift, type Report } from 'report-document'
import { stateOf, states, worstOf } from 'run-model'
import type { JobRow } from 'run-report'
import { placesOfEntry, toName } from './entry.js'
import { keyOfPair, type joinPairs } from './join.js'
import type { Leg } from './read-reports.js'

/** The jobs of a fleet, healthy ones, too, worst first. */
export function toJobRows(legs: readonly Leg[], drifts: readonly Drift[]): JobRow[] {
  const rows = legs.map((leg, index): JobRow => {
    const { called, report } = leg
    const { items = [], unknown = [] } = drifts[index] ?? {}
    const unchecked = selectUnchecked({ unknown })
    const pairs = report?.pairs ?? []
    const gap = reasonsOf(leg).join('; ')
    const isOpen = gap !== '' || unchecked.length > 0
    const isFailed = pairs.some(({ standing }) => stateOf(standing) === 'failed')
    const state = worstOf([
      ...items.map(each => each.state),
      ...(isFailed ? ['failed' as const] : []),
      ...(isOpen ? ['unknown' as const] : []),
    ])
    const clusters = new Set(pairs.flatMap(({ target }) => (target === '*' ? [] : target.toLowerCase())))
    return {
      name: called,
      state,
      clusters: clusters.size,
      drifted: countThings(items),
      unchecked: countThings(unchecked),
      gap,
      lack: gap && describeUncheckedJob(leg),
      hasReport: report !== undefined,
    }
  })
  // Of those that were not checked, the jobs that did not end come first.
  const rankOf = ({ state, gap }: JobRow): number => states[state].rank + (gap === '' ? 0.5 : 0)
  return rows.sort((a, b) => rankOf(a) - rankOf(b))
}

/** The number of clusters and images, however many registries a cluster is paired with. */
const countThings = (items: Drift['items']): number =>
  new Set(items.map(({ kind, target, key }) => (kind === 'pair' ? target.toLowerCase() : key))).size

/** Why a job has not checked everything; empty if it has. */
export function reasonsOf({ error, problem }: Pick<Leg, 'error' | 'problem'>): string[] {
  return [...(error ? [`${error.code}: ${say(error.said)}`] : []), ...(problem === undefined ? [] : [problem])]
}

/** Whether a job has not checked everything, or its report is not whole. */
export function hasGap(leg: Leg): boolean {
  return reasonsOf(leg).length > 0
}

/** The job of a report as keys have it: a cluster given by name is that of its job alone. */
export const nameLeg = ({ name, report }: Pick<Leg, 'name' | 'report'>): string => report?.job ?? name

/** `rg-eu was not checked`, `aks-1 and aks-2 were not completely checked`. */
export function describeUncheckedJob({ called, isPlural, report, error }: Leg): string {
  return `${called} ${isPlural ? 'were' : 'was'} not ${report && !error ? 'completely ' : ''}checked`
}

/**
 * Every cluster of the fleet at every registry, and the parts of it that no report covers.
 * @param joined what all jobs together say of each pair
 */
export function toSpots(legs: readonly Leg[], joined: ReturnType<typeof joinPairs>): Drift['spots'] {
  const known = new Set(legs.flatMap(({ report }) => (report?.pairs ?? []).map(({ asked }) => labelOf(asked.registry))))
  const all = legs.map(({ entries }) => entries.map(entry => placesOfEntry(entry, known)))
  const titleOf = titlesOf(listFleetSubscriptions(legs))
  return legs.flatMap((leg, index): Drift['spots'] => {
    const { called, report } = leg
    const places = all[index] ?? []
    // A job with a report has at most one entry.
    const [only = ''] = places[0]?.subscriptions ?? []
    const pairs = report?.pairs ?? []
    // A cluster that was not found has no ID, but its job has a subscription.
    const own = only || pairs.flatMap(({ target }) => parseResourceId(target)?.subscriptionId ?? [])[0]
    const checked = pairs.map(pair => toSpot(joined.get(keyOfPair(nameLeg(leg), pair)) ?? pair, own, titleOf))
    if (!hasGap(leg)) return checked
    const unchecked = (places.length > 0 ? places : [{ subscriptions: [''], registries: [''] }]).flatMap(
      ({ subscriptions, registries }) =>
        subscriptions.flatMap(subscription =>
          registries.map(registry => ({
            subscription,
            place: subscription && titleOf(subscription),
            registry,
            job: called,
            state: 'unknown' as const,
            text: `${states.unknown.mark} ${states.unknown.word}`,
          })),
        ),
    )
    return [...checked, ...unchecked]
  })
}

/** The subscriptions of entries and reports, each with the name of its entries, if all of these have the same one, or else with Azure's. */
export function listFleetSubscriptions(legs: readonly Pick<Leg, 'entries' | 'report'>[]): Report['subscriptions'] {
  const places = legs.flatMap(({ entries }) => entries.map(entry => placesOfEntry(entry)))
  const called = groupBy(
    places.flatMap(({ name, subscriptions }) => subscriptions.map(id => ({ id, name }))),
    ({ id }) => id,
  )
  const reported = legs.flatMap(({ report }) => report?.subscriptions ?? [])
  const known = new Map(reported.flatMap(({ id, name }) => (name === null ? [] : [[id.toLowerCase(), name]])))
  const ids = new Set([...called.keys(), ...reported.map(({ id }) => id.toLowerCase())].filter(Boolean))
  return [...ids].map(id => {
    const [name = '', ...others] = new Set(called.get(id)?.map(each => each.name))
    return { id, name: (others.length === 0 && toName(name)) || (known.get(id) ?? null) }
  })
}
