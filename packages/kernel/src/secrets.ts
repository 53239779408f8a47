const secrets = new Set<string>()

/** The forms in which others repeat the secrets, longest first: one can contain another. Undefined until they are needed. */
let forms: readonly string[] | undefined

/** Shorter secrets, in characters, appear in names, IDs and codes by chance. */
const minLength = 4

/** Shorter secrets, in characters, can be a word or a part of a name: in a text without a space, they stay. */
const minLengthInName = 16

/** How much of a secret at the end of a text shows that somebody has cut it there, in characters. */
const minBeginning = 8

/** Remembers a secret of the step, to take it out of others' words and out of everything that is written. An empty one is ignored: every text contains it. */
export function keepSecret(secret: string): void {
  if (!secret) return
  secrets.add(secret)
  forms = undefined
}

function listForms(): readonly string[] {
  forms ??= [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length)
  return forms
}

/** A secret as it is, in JSON, in a URL, in a form, in Base64, and on one line. Of a short one, some of these would be in other texts by chance. */
function formsOf(secret: string): string[] {
  const written = [secret, escapeInJson(secret)]
  if (secret.length < minLength) return written
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1)
  const bytes = Buffer.from(secret)
  // Half a character, which no URL can have, is replaced.
  const inUrl = encodeURIComponent(bytes.toString())
  return [...written, inUrl, inForm, bytes.toString('base64'), secret.trim().replace(/\s+/g, ' ')]
}

/**
 * Others' text without the secrets. It is for their words, before these are cut, escaped or joined: the runner masks neither issues nor the form that a secret has
 * in Markdown or HTML.
 */
export function redact(text: string): string {
  const least = /\s/.test(text) ? minLength : minLengthInName
  return listForms().reduce(
    (left, form) => (form.length >= least ? withoutBeginning(left.replaceAll(form, '***'), form) : left),
    text,
  )
}

/** A text without the beginning of a secret at its end, where somebody else has cut it. */
function withoutBeginning(text: string, secret: string): string {
  if (secret.length <= minBeginning) return text
  const at = text.lastIndexOf(secret.slice(0, minBeginning))
  return at >= 0 && secret.startsWith(text.slice(at)) ? `${text.slice(0, at)}***` : text
}

/**
 * Removes the secrets from the values of a JSON text, because a service may repeat one and the runner doesn't mask outputs and files. The text stays
 * valid JSON, however short a secret is.
 */
export function redactJson(json: string): string {
  const all = listForms()
  // Escaped once more if a value quotes JSON.
  if (![...all, ...all.map(escapeInJson)].some(form => json.includes(form))) return json
  const redactValue = (text: string): string => {
    const isSentence = /\s/.test(text)
    return all.reduce(
      (left, form) => (isSentence || form.length >= minLength ? left.replaceAll(form, '***') : left),
      text,
    )
  }
  // A string before a colon is the name of a field.
  return json.replace(/"(?:[^"\\]|\\.)*"(:?)/g, (whole, colon) =>
    colon ? whole : JSON.stringify(redactValue(JSON.parse(whole) as string)),
  )
}

function escapeInJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
