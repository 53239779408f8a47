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

/**
 * Removes the inputs, secrets among them, and the right to ask GitHub for ID tokens from the environment of this process, because programs
 * that it starts inherit the environment, as `az` does from the Azure SDK. Call it once the inputs have been read.
 */
export function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
