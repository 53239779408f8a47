import type { PlannedPair } from '../model/plan.js'

export type { Proof } from './pulls.js'

/** That some pairs have no nodes yet, if any have none. */
export function noteNodeless(pairs: PlannedPair[]): string[] {
  const names = new Set(pairs.flatMap(({ target }) => ('found' in target ? target.found.name : [])))
  return names.size > 0
    ? [`verified by what Azure reports, for there are no nodes yet that could pull: ${[...names].join(', ')}`]
    : []
}
