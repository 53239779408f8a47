import * as core from '@actions/core'
import { formatSeconds, plainText, systemClock, type Clock } from 'kernel'

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

// By name, not as `core[level]`: bundlers keep a whole package, with its HTTP client, if its namespace is indexed.
const levels = { error: core.error, warning: core.warning, notice: core.notice }

/**
 * Shows a message on the run's page and in the log
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function annotate(level: keyof typeof levels, message: string, title: string): void {
  // Line breaks are kept: the toolkit encodes them as %0A.
  const lines = message.split(/\r\n|[\n\r]/).map(plainText)
  levels[level](lines.join('\n'), { title: plainText(title) })
}

/** Fails the step with a message; the process continues. */
export function failStep(message: string): void {
  core.setFailed(message)
}

/** The step's log. Phases without news are folded into a group; failures and waits are never inside one. */
export interface Logger {
  line(text: string): void
  debug(text: string): void
  warn(text: string): void
  /** A heading with lines below it; `folded` makes it a log group. */
  section(title: string, lines: string[], options?: { folded: boolean }): void
  /**
   * Runs a phase and prints it folded, with its duration after the last line. Prints nothing on failure.
   * @param startedAt in ms since the epoch; now by default
   */
  phase<T>(title: string, work: () => Promise<T>, describe: (value: T) => string[], startedAt?: number): Promise<T>
}

export interface Surroundings {
  log: Logger
  clock: Clock
  /** Aborted when the job is cancelled. */
  signal: AbortSignal
}
