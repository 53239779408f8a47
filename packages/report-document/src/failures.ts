import { groupBy } from 'kernel'
import { errorOf, stateOf } from 'run-model'
import { toProblem, type Problem } from './problems.js'
import type { Report } from './report.js'

/** The failures of a run, as they are shown: one that only kept something from being checked is marked as that. */
export function listFailures(report: Report): Problem[] {
  const unchecked = listUnchecked(report)
  const errors = report.own?.errors ?? []
  return errors.map(error => (unchecked.has(error.code) ? { ...toProblem(error), state: 'unknown' } : error))
}

/** The codes of failures of which all that they are about could only not be checked, as in `check` what could not be read. */
function listUnchecked({ pairs, images, manifests, workloads }: Report): ReadonlySet<string | undefined> {
  const held = [
    ...pairs.map(({ standing }) => ({ code: errorOf(standing)?.code, state: stateOf(standing) })),
    ...[...images, ...manifests].map(({ error, state }) => ({ code: error?.code, state })),
    ...(workloads ?? []).map(({ errorCode, state }) => ({ code: errorCode, state })),
  ]
  const byCode = [...groupBy(held, ({ code }) => code)]
  return new Set(byCode.flatMap(([code, own]) => (own.every(({ state }) => state === 'unknown') ? [code] : [])))
}
