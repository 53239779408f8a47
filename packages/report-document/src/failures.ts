import { errorOf, stateOf } from 'run-model'
import { toProblem, type Problem } from './problems.js'
import type { Report } from './report.js'

/** The failures of a run, as they are shown: one that only kept something from being checked is marked as that. */
export function listFailures(report: Report): Problem[] {
  const errors = report.own?.errors ?? []
  return errors.map(error => (isUnchecked(report, error.code) ? { ...toProblem(error), state: 'unknown' } : error))
}

/** Whether all that the failures of a code are about could only not be checked, as in `check` what could not be read. */
function isUnchecked({ pairs, images, manifests, workloads }: Report, code: string): boolean {
  const held = [
    ...pairs.map(({ standing }) => ({ code: errorOf(standing)?.code, state: stateOf(standing) })),
    ...[...images, ...manifests].map(({ error, state }) => ({ code: error?.code, state })),
    ...(workloads ?? []).map(({ errorCode, state }) => ({ code: errorCode, state })),
  ].filter(each => each.code === code)
  return held.length > 0 && held.every(({ state }) => state === 'unknown')
}
