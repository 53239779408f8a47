import * as core from '@actions/core'

const secrets = new Set<string>()

/**
 * Masks a secret in logs and the summary, and remembers it for `redactJson`, because the runner doesn't mask outputs and files. An empty one is
 * ignored: every text contains it.
 */
export function mask(secret: string): void {
  if (!secret) return
  core.setSecret(secret)
  secrets.add(secret)
}

/** Shorter secrets, in characters, appear in names, IDs and codes by chance. */
const minLength = 4

/**
 * Removes the secrets from the values of a JSON text, because a service may repeat one and the runner doesn't mask outputs and files. The text stays
 * valid JSON, however short a secret is.
 */
export function redactJson(json: string): string {
  const forms = [...secrets].flatMap(secret => [secret, escapeInJson(secret)])
  // Escaped twice if a value quotes JSON.
  if (![...forms, ...forms.map(escapeInJson)].some(form => json.includes(form))) return json
  const redact = (text: string): string => {
    const isSentence = /\s/.test(text)
    return forms.reduce(
      (left, form) => (isSentence || form.length >= minLength ? left.replaceAll(form, '***') : left),
      text,
    )
  }
  // A string before a colon is the name of a field.
  return json.replace(/"(?:[^"\\]|\\.)*"(:?)/g, (whole, colon) =>
    colon ? whole : JSON.stringify(redact(JSON.parse(whole) as string)),
  )
}

/** Others' text without the secrets: the runner masks neither issues nor the form that a secret has in Markdown or HTML. */
export function redact(text: string): string {
  return [...secrets]
    .filter(({ length }) => length >= minLength)
    .reduce((left, secret) => left.replaceAll(secret, '***'), text)
}

function escapeInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
