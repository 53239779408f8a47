import * as core from '@actions/core'

const secrets = new Set<string>()

/**
 * Tells the runner to mask a secret in logs and summary, and remembers it, because the runner does not mask outputs and files. An empty one is none:
 * it is in every text.
 */
export function mask(secret: string): void {
  if (secret === '') return
  core.setSecret(secret)
  secrets.add(secret)
}

/** The credentials of HTTP's Basic authentication (RFC 7617), masked. */
export function encodeBasic(username: string, password: string): string {
  const encoded = Buffer.from(`${username}:${password}`).toString('base64')
  mask(encoded)
  return encoded
}

/** Names, IDs and codes hold what is shorter than this by chance; in characters. */
const shortest = 4

/**
 * Removes the secrets from the values of a JSON text, because a service may repeat one and the runner does not mask outputs and files. The text stays
 * the JSON that it was, however short a secret is.
 */
export function redactJson(json: string): string {
  const forms = [...secrets].flatMap(secret => [secret, escapeInJson(secret)])
  // Twice escaped in a value that quotes JSON.
  if (![...forms, ...forms.map(escapeInJson)].some(form => json.includes(form))) return json
  const redact = (text: string): string => {
    const isSentence = /\s/.test(text)
    return forms.reduce(
      (left, form) => (isSentence || form.length >= shortest ? left.replaceAll(form, '***') : left),
      text,
    )
  }
  // What a colon follows is the name of a field.
  return json.replace(/"(?:[^"\\]|\\.)*"(:?)/g, (whole, colon) =>
    colon ? whole : JSON.stringify(redact(JSON.parse(whole) as string)),
  )
}

function escapeInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/**
 * Removes the inputs, secrets among them, and the right to ask GitHub for ID tokens from the environment of this process, because programs
 * that it starts inherit the environment, as `az` does from the Azure SDK. Call it once the inputs have been read.
 */
export function hideFromPrograms(): void {
  for (const name of Object.keys(process.env))
    if (/^(INPUT_|ACTIONS_ID_TOKEN_REQUEST_)/i.test(name)) Reflect.deleteProperty(process.env, name)
}
