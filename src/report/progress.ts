import type { Clock } from '../clock.js'
import type { ActionError } from '../errors.js'
import type { Inputs } from '../inputs.js'
import { withTime, type Logger } from '../log.js'
import type { Operation, Outcome, RoleAssignment, Verification } from '../state.js'
import { version } from '../version.js'
import { formatElapsed, formatSeconds, plural } from './format.js'
import { describeInputs, describeOperation, describeOutcome } from './narration.js'

/** The first line of the log. */
export function announceStart(inputs: Inputs, log: Logger): void {
  log.line(`attach-acr ${version} · ${describeInputs(inputs)}`)
}

/** Prints what is written as it is written. */
export function narrateApply(log: Logger, clock: Clock) {
  const started = clock.now()
  log.section('Apply', [])
  return {
    onDone(outcome: Outcome): void {
      log.line(`  ${withTime(describeOutcome(outcome), outcome.finishedAt - started)}`)
    },
    onWait(operation: Operation, refusal: ActionError, pauseMs: number): void {
      log.line(
        `  ${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: ${refusal.azure?.message ?? refusal.message} Next try in ${formatSeconds(pauseMs / 1000)}`,
      )
    },
  }
}

/** Prints what is waited for, with the last answer. */
export function narrateVerify(log: Logger, clock: Clock) {
  const started = clock.now()
  log.section('Verify: wait until Azure Resource Manager reports it', [])
  return {
    onDone({ operation, error, propagationSeconds = 0 }: Verification): void {
      const end = error ? `failed: ${error.code}` : 'reported'
      log.line(
        `  ${withTime(`${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: ${end}`, propagationSeconds * 1000)}`,
      )
    },
    onWait({ operation }: Outcome, seen: RoleAssignment[], pauseMs: number): void {
      const instead =
        seen.length === 0
          ? 'Azure reports no role of it'
          : `Azure reports ${plural(seen.length, 'other role assignment')}`
      log.line(
        `  ${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: not reported yet (${instead}); next look in ${formatSeconds(pauseMs / 1000)}`,
      )
    },
  }
}
