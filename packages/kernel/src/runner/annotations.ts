import { error, notice, setFailed, warning } from '@actions/core'
import { plainText } from '../plain-text.js'

// By name, not as `core[level]`: bundlers keep a whole package, with its HTTP client, if its namespace is indexed.
const levels = { error, warning, notice }

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
  setFailed(message)
}
