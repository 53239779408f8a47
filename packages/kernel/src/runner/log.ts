import * as core from '@actions/core'
import type { Logger } from '../surroundings.js'
import { plainText } from '../plain-text.js'
import { formatSeconds } from '../duration.js'
import { systemClock } from '../time.js'
import { annotate } from './annotations.js'

const width = 100

/** The logger over the runner's log commands. */
export function createLogger(): Logger {
  const logger: Logger = {
    line: text => {
      core.info(escape(text))
    },
    warn: text => {
      annotate('warning', text, 'attach-acr')
    },
    debug: text => {
      core.debug(text)
    },
    section(title, lines, { folded } = { folded: false }) {
      if (folded) core.startGroup(`▸ ${escape(title)}`)
      else core.info(`▸ ${escape(title)}`)
      for (const line of lines) core.info(`  ${escape(line)}`)
      if (folded) core.endGroup()
    },
    async phase(title, work, describe, startedAt = systemClock.now()) {
      const value = await work()
      const lines = describe(value)
      const last = lines.pop() ?? ''
      logger.section(title, [...lines, withTime(last, systemClock.now() - startedAt)], { folded: true })
      return value
    },
  }
  return logger
}

/**
 * Escapes a text so that neither the runner nor a terminal interprets any of it as a command
 * (actions/runner, `ActionCommand.cs`: a command starts with `::` after any blanks, or has `##[` anywhere in the line).
 */
function escape(text: string): string {
  return text
    .split(/\r\n|[\n\r]/)
    .map(line =>
      plainText(line)
        .replace(/^(\s*):(?=:)/, '$1:\u200b')
        .replaceAll('##[', '#\u200b#['),
    )
    .join('\n')
}

/** Adds a duration at the right edge of a line. */
export function withTime(text: string, ms: number): string {
  return `${text.padEnd(width)} ${formatSeconds(ms / 1000).padStart(7)}`
}
