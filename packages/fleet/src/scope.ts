import { scopeOfEntries, scopeOfFleet, type StepScope, valuesOfScope } from 'drift-issue'
import type { Leg } from './read-reports.js'

/** What is merged: the fleet or, if it is not given, what its reports checked. */
export function scopeOf(fleet: readonly unknown[], legs: readonly Pick<Leg, 'report'>[]): StepScope {
  if (fleet.length > 0) return scopeOfFleet(fleet)
  const entries = legs.flatMap(({ report }) => {
    if (!report) return []
    // A list of clusters changes by itself.
    const targets = report.searched.length > 0 ? [] : report.pairs.map(({ asked }) => asked.target)
    const registries = report.pairs.map(({ asked }) => asked.registry)
    return [valuesOfScope(report.searched, [...registries, ...targets])]
  })
  return scopeOfEntries(entries)
}
