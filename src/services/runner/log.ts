import * as core from '@actions/core'
import type { Logger } from '../../model/progress.js'
import { systemClock } from '../../model/time.js'

const width = 100

/** The logger over the runner's log commands. */
export function createLogger(): Logger {
  const logger: Logger = {
    line: text => {
      core.info(harmless(text))
    },
    warn: text => {
      core.warning(text, { title: 'attach-acr' })
    },
    debug: text => {
      core.debug(text)
    },
    section(title, lines, { folded } = { folded: false }) {
      if (folded) core.startGroup(`▸ ${title}`)
      else core.info(`▸ ${title}`)
      for (const line of lines) core.info(`  ${harmless(line)}`)
      if (folded) core.endGroup()
    },
    async phase(title, work, describe) {
      const started = systemClock.now()
      const value = await work()
      const lines = describe(value)
      const last = lines.pop() ?? ''
      logger.section(title, [...lines, withTime(last, systemClock.now() - started)], { folded: true })
      return value
    },
  }
  return logger
}

/** Text that the runner takes for no command of its own, whatever a service put into it (actions/runner, `ActionCommand.cs`). */
function harmless(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1:\u200b').replaceAll('##[', '#\u200b#[')
}

/** A line with a duration at its right edge. */
export function withTime(text: string, ms: number): string {
  return `${text.padEnd(width)} ${(ms / 1000).toFixed(1).padStart(5)} s`
}
