import * as core from '@actions/core'

/**
 * Shows a message on the run's page and in the log
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function annotate(level: 'error' | 'warning' | 'notice', message: string, title: string): void {
  core[level](message, { title })
}

/** Fails the step with a message; the process ends by itself. */
export function failStep(message: string): void {
  core.setFailed(message)
}
