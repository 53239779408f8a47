import * as core from '@actions/core'
import { lastSegment } from '../azure/resource-id.js'
import { ActionError } from '../errors.js'
import { countDrift } from './drift-text.js'
import type { Drift } from './drift.js'

/** GitHub shows ten annotations of a level a step (docs.github.com/actions: "Limits for workflow annotations"). */
const mostAnnotations = 10
/** Of a long list in the log; the report has it whole. */
const mostLines = 20

/** One annotation a drift, worst first; where there are too many, the last one says how many more. */
export function annotateDrift({ items }: Drift, isFailure: boolean): void {
  const annotate = isFailure ? core.error : core.warning
  const shown = items.length > mostAnnotations ? items.slice(0, mostAnnotations - 1) : items
  for (const { target, registry, what } of shown) {
    annotate(`Not as wanted on ${registry}: ${what}`, { title: `attach-acr: DRIFT on ${lastSegment(target)}` })
  }
  if (shown.length < items.length) {
    annotate(`${items.length - shown.length} more are not as wanted; summary and report list them.`, {
      title: 'attach-acr: DRIFT',
    })
  }
}

/** The contract's error for the drift of a fleet. */
export function driftFailure(drift: Drift): ActionError {
  const lines = drift.items.map(({ target, registry, what }) => `${lastSegment(target)} on ${registry}: ${what}`)
  const fix = [
    ...lines.slice(0, mostLines).map(line => `  ${line}`),
    ...(lines.length > mostLines ? [`  and ${lines.length - mostLines} more, which the report lists`] : []),
    'The same steps with mode: attach make what is missing; what is gone must be created again, or taken out of the inputs.',
  ]
  return new ActionError('DRIFT', `${countDrift(drift)} not as wanted.`, { fix: fix.join('\n') })
}
