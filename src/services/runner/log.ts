import * as core from '@actions/core'
import type { Logger } from '../../model/progress.js'
import { plainText } from '../../model/plain-text.js'
import { formatSeconds, systemClock } from '../../model/time.js'
import { annotate } from './annotations.js'

const width = 100

/** The logger over the runner's log commands. */
export function createLogger(): Logger {
  const logger: Logger = {
    line: text => {
      core.info(harmless(text))
    },
    warn: text => {
      annotate('warning', text, 'attach-acr')
    },
    debug: text => {
      core.debug(text)
    },
    section(title, lines, { folded } = { folded: false }) {
      if (folded) core.startGroup(`▸ ${harmless(title)}`)
      else core.info(`▸ ${harmless(title)}`)
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

/**
 * Escapes a text so that neither the runner nor a terminal takes any of it for a command, whatever a service put into it
 * (actions/runner, `ActionCommand.cs`: a command begins a line, blanks aside, with `::`, or has `##[` anywhere).
 */
function harmless(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .map(line =>
      plainText(line)
        .replace(/^(\s*):(?=:)/, '$1:\u200b')
        .replaceAll('##[', '#\u200b#['),
    )
    .join('\n')
}

/** A line with a duration at its right edge. */
export function withTime(text: string, ms: number): string {
  return `${text.padEnd(width)} ${formatSeconds(ms / 1000).padStart(7)}`
}
