import { parseResourceId } from 'azure'
import { selectUnchecked, stateOf, states, type Drift } from 'report-document'
import { toSpot, type JobRow, type Spot } from 'run-report'
import { placesOf } from './entry.js'
import type { Leg } from './read-reports.js'

/** The jobs of a fleet, healthy ones, too: those with a gap first, then the worst. */
export function toJobRows(legs: readonly Leg[], drifts: readonly Drift[]): JobRow[] {
  const rows = legs.map((leg, index): JobRow => {
    const { called, report } = leg
    const { items = [], unknown = [] } = drifts[index] ?? {}
    const unchecked = selectUnchecked({ unknown })
    const pairs = report?.pairs ?? []
    const gap = reasonsOf(leg).join('; ')
    const lack = isBlind(leg) ? describeLack(leg) : ''
    const state =
      gap !== ''
        ? 'unknown'
        : pairs.some(pair => stateOf(pair) === 'failed')
          ? 'failed'
          : items.length > 0
            ? 'drifted'
            : unchecked.length > 0
              ? 'unknown'
              : 'fine'
    const clusters = new Set(pairs.flatMap(({ target }) => (target === '*' ? [] : target.toLowerCase())))
    return {
      name: called,
      state,
      clusters: clusters.size,
      drifted: items.length,
      unchecked: unchecked.length,
      gap,
      lack,
      hasReport: report !== undefined,
    }
  })
  const rankOf = ({ gap, state }: JobRow): number => (gap === '' ? states[state].rank : -1)
  return rows.sort((a, b) => rankOf(a) - rankOf(b))
}

/** Why a job has not checked everything; empty if it has. */
export function reasonsOf({ error, problem }: Pick<Leg, 'error' | 'problem'>): string[] {
  return [...(error ? [`${error.code}: ${error.message}`] : []), ...(problem === undefined ? [] : [problem])]
}

/** Whether a job has not checked everything, or its report is not whole. */
export function isBlind(leg: Leg): boolean {
  return reasonsOf(leg).length > 0
}

/** `rg-eu was not checked`, `aks-1 and aks-2 were not completely checked`. */
export function describeLack({ called, isPlural, report, error }: Leg): string {
  return `${called} ${isPlural ? 'were' : 'was'} not ${report && !error ? 'completely ' : ''}checked`
}

/** Every cluster of the fleet at every registry, and the parts of it that no report covers. */
export function toSpots(legs: readonly Leg[]): Spot[] {
  return legs.flatMap(({ entries, report, error, problem }): Spot[] => {
    const places = entries.map(placesOf)
    // A job with a report has at most one entry.
    const [only = ''] = places[0]?.subscriptions ?? []
    const pairs = report?.pairs ?? []
    // A cluster that was not found has no ID, but its job has a subscription.
    const own = only || pairs.flatMap(({ target }) => parseResourceId(target)?.subscriptionId ?? [])[0]
    const checked = pairs.map(pair => toSpot(pair, own))
    if (!error && problem === undefined) return checked
    const unchecked = places.flatMap(({ subscriptions, registries }) =>
      subscriptions.flatMap(subscription =>
        registries.map((registry): Spot => ({ subscription, registry, state: 'unknown' })),
      ),
    )
    return [...checked, ...unchecked]
  })
}
