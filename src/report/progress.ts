import type { ImageProgress } from '../apply-images.js'
import type { ApplyProgress } from '../apply.js'
import type { Clock } from '../clock.js'
import type { Inputs } from '../inputs.js'
import { withTime, type Logger } from '../log.js'
import { describeOperation } from '../operation-text.js'
import type { Mode } from '../state.js'
import type { VerifyProgress, WrittenPair } from '../verify.js'
import { version } from '../version.js'
import { formatElapsed, formatSeconds, plural } from './format.js'
import { describeImageResult, describeInputs, describeOutcome } from './narration.js'

/** The first line of the log. */
export function announceStart(inputs: Inputs, log: Logger): void {
  log.line(`attach-acr ${version} · ${describeInputs(inputs)}`)
}

/** Prints what is written as it is written. */
export function narrateApply(log: Logger, clock: Clock, title = 'Apply'): ApplyProgress {
  const started = clock.now()
  const told = new Set<string>()
  log.section(title, [])
  return {
    onDone(outcome) {
      log.line(`  ${withTime(describeOutcome(outcome), outcome.finishedAt - started)}`)
    },
    onWait(operation, refusal, pauseMs) {
      const why = refusal.azure?.message ?? refusal.message
      const next = `next try in ${formatSeconds(pauseMs / 1000)}`
      const reason = told.has(why) ? 'the same answer' : why
      told.add(why)
      log.line(`  ${formatElapsed(clock.now() - started)}  ${describeOperation(operation)}: ${reason} (${next})`)
    },
  }
}

/** Prints what is waited for, with the last answer. */
export function narrateVerify(log: Logger, clock: Clock, mode: Mode): VerifyProgress {
  const started = clock.now()
  const [until, notYet] =
    mode === 'detach' ? ['no longer reports it', 'still reported'] : ['reports it', 'not reported yet']
  log.section(`Verify: wait until Azure Resource Manager ${until}`, [])
  const elapsed = (): string => formatElapsed(clock.now() - started)
  const describe = ({ target, found }: WrittenPair): string =>
    `${found.role.name} on ${found.registry.name} for ${target.name}`
  return {
    onDone(pair, { error, propagationSeconds = 0 }) {
      const end = error ? `failed: ${error.code}` : mode === 'detach' ? 'gone' : 'reported'
      log.line(`  ${withTime(`${elapsed()}  ${describe(pair)}: ${end}`, propagationSeconds * 1000)}`)
    },
    onWait(pairs, held, pauseMs) {
      const [first] = pairs
      if (!first) return
      const listed = held.get(first)?.length ?? 0
      const [what, answer] =
        pairs.length === 1
          ? [describe(first), ` (Azure lists ${listed === 0 ? 'no role' : plural(listed, 'role assignment')} of it)`]
          : [`${pairs.length} of them on ${first.found.registry.name}`, '']
      log.line(`  ${elapsed()}  ${what}: ${notYet}${answer}; next look in ${formatSeconds(pauseMs / 1000)}`)
    },
  }
}

/** Prints each image as it ends, between what is waited for meanwhile. */
export function narrateImages(log: Logger, clock: Clock): ImageProgress {
  const started = clock.now()
  return {
    onDone(result) {
      log.line(`  ${withTime(describeImageResult(result), clock.now() - started)}`)
    },
  }
}
