import * as core from '@actions/core'
import { lastSegment } from '../azure/resource-id.js'
import { ActionError } from '../errors.js'
import { excerpt, mostNamed } from '../excerpt.js'
import { countDrift } from './drift-text.js'
import type { Drift } from './drift.js'
import { mostAnnotations } from './groups.js'

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
    ...excerpt(lines, mostNamed).map(line => `  ${line}`),
    'The same steps with mode: attach make what is missing; what is gone must be created again, or taken out of the inputs.',
  ]
  return new ActionError('DRIFT', `${countDrift(drift)} not as wanted.`, { fix: fix.join('\n') })
}
