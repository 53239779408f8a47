import * as core from '@actions/core'

const secrets = new Set<string>()

/** Has the runner mask a secret in logs and summary, and remembers it for what the runner does not mask. */
export function mask(secret: string): void {
  core.setSecret(secret)
  secrets.add(secret)
}

/** A text without the secrets, should a service repeat one: outputs and files are not masked by the runner. */
export function redact(text: string): string {
  let redacted = text
  for (const secret of secrets) {
    // In JSON a secret may be escaped.
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) redacted = redacted.replaceAll(form, '***')
  }
  return redacted
}
