import * as core from '@actions/core'
import { plainText } from '../../model/plain-text.js'

/**
 * Shows a message on the run's page and in the log
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function annotate(level: 'error' | 'warning' | 'notice', message: string, title: string): void {
  // Lines are kept: the runner gets them as %0A.
  core[level](
    message
      .split(/\r\n|[\n\r]/)
      .map(plainText)
      .join('\n'),
    { title: plainText(title) },
  )
}

/** Fails the step with a message; the process ends by itself. */
export function failStep(message: string): void {
  core.setFailed(message)
}
