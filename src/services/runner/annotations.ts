import { error, notice, setFailed, warning } from '@actions/core'

// By name, not as `core[level]`: a bundler keeps all of a package whose namespace is indexed, its HTTP client among it.
const levels = { error, warning, notice }

/**
 * Shows a message on the run's page and in the log
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message).
 */
export function annotate(level: keyof typeof levels, message: string, title: string): void {
  levels[level](message, { title })
}

/** Fails the step with a message; the process ends by itself. */
export function failStep(message: string): void {
  setFailed(message)
}
