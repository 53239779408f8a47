import * as core from '@actions/core'

const secrets = new Set<string>()

/** Tells the runner to mask a secret in logs and summary, and remembers it, because the runner does not mask outputs and files. */
export function mask(secret: string): void {
  core.setSecret(secret)
  secrets.add(secret)
}

/** Removes the secrets from a text, because a service may repeat one and the runner does not mask outputs and files. */
export function redact(text: string): string {
  let redacted = text
  for (const secret of secrets) {
    // In JSON a secret may be escaped.
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) redacted = redacted.replaceAll(form, '***')
  }
  return redacted
}
