// Removes secrets and names from recorded traffic, and refuses to write anything doubtful.
import { decodeJwt } from 'jose'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { isGuid, withoutDashes } from '../model/ids.js'
import { readBody } from '../model/request-log.js'
import { createReplacements } from './names.js'
import type { RawExchange } from './pass-through.js'
import type { Recording } from './shapes.js'

/** The output would still contain a secret. */
export class LeakError extends Error {}

/** Answer headers that describe a service's behaviour; all others are dropped. */
const keptHeaders =
  /^(content-type|location|azure-asyncoperation|retry-after|x-ms-failure-cause|x-ms-ratelimit-.*|x-ms-user-quota-.*|www-authenticate|docker-content-digest|docker-distribution-api-version|link)$/
/** Request headers that change the answer. */
const keptRequestHeaders = /^(accept|authorization|content-type|if-match|if-none-match)$/

const tokenKey = /^(access_?token|refresh_?token|id_?token|client_?assertion|assertion|cluster_?token|token)$/i
const secretKey =
  /^(client_?secret|password|passwords|secret(text)?|key_?data|certificate(_?data)?|kubeconfigs|private_?key|(primary|secondary)_?key|connection_?string|signature|context|x5[ct]|n|customdata)$/i
/** Free text by people, which can contain anything. */
const proseKey = /^(logs|command|description|notes|comment|reason)$/i
const personKey =
  /^(display_?name|app_?displayname|given_?name|surname|mail|mail_?nickname|user_?principal_?name|mobile_?phone|office_?location|job_?title|admin_?user_?name|username|unique_name|upn|login)$/i
/** Signatures and keys in URLs of operations and storage. */
const signature = /([?&](?:t|c|s|h|sig|se|st|sp|sv|sr|skoid|sktid|skt|ske|sks|skv|token|code|secret)=)[^&"'\s]+/gi
/** Subjects of federated credentials name the repository. */
const subject = /\brepo:[^\s'"]+/g
export const maskedSubject = 'repo:masked'
const jwt = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g
/** Keys and hashes: long, without spaces, mixing upper case, lower case and digits. */
const opaque = /(?<![\w+=-])(?=[\w+=-]*\d)(?=[\w+=-]*[a-z])(?=[\w+=-]*[A-Z])[\w+=-]{40,}/g

/**
 * Turns all exchanges of a recording into fixtures, so that IDs, names, addresses, tokens, keys and free text are
 * replaced consistently.
 * @throws LeakError if any of it is left
 */
export function sanitize(exchanges: readonly RawExchange[], source: string): Recording[] {
  const read = exchanges.map(exchange => ({
    exchange,
    requestBody: readBody(exchange.requestBody, exchange.requestHeaders['content-type'] ?? null),
    body: bodyOf(exchange),
  }))
  const people: string[] = []
  const secrets = new Set<string>()
  for (const { requestBody, body } of read) {
    walk(requestBody, '', (key, value) => {
      note(key, value, people, secrets)
    })
    walk(body, '', (key, value) => {
      note(key, value, people, secrets)
    })
  }
  for (const { exchange } of read) {
    const credential = exchange.requestHeaders.authorization?.split(' ')[1]
    if (credential !== undefined) secrets.add(credential)
  }
  const texts = read.flatMap(({ exchange, requestBody, body }) => [
    decodedUrl(exchange.url),
    ...Object.values(exchange.headers),
    ...[requestBody, body].map(value => (typeof value === 'string' ? value : JSON.stringify(value ?? null))),
  ])
  const replacements = createReplacements(texts, people)
  const tokens = new Map<string, string>()
  const tokenOf = (token: string): string => {
    const known = tokens.get(token)
    if (known !== undefined) return known
    const name = `token-${String(tokens.size + 1)}`
    tokens.set(token, name)
    return name
  }
  const text = (value: string): string =>
    replacements.clean(
      value
        .replace(jwt, tokenOf)
        .replace(signature, '$1masked')
        .replace(subject, maskedSubject)
        .replace(opaque, 'masked'),
    )
  const clean = (value: unknown, key: string): unknown => {
    if (Array.isArray(value))
      return secretKey.test(key) ? value.map(item => mask(item)) : value.map(item => clean(item, key))
    if (typeof value === 'object' && value !== null) {
      if (key === 'tags')
        return Object.fromEntries(Object.values(value).map((_, index) => [`tag${String(index + 1)}`, 'value']))
      if (secretKey.test(key)) return mask(value)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [text(name), clean(inner, name)]))
    }
    if (typeof value !== 'string' || value === '') return value
    if (tokenKey.test(key)) return tokenOf(value)
    if (secretKey.test(key)) return 'masked'
    if (proseKey.test(key)) return 'text'
    if (key === 'subject') return maskedSubject
    return text(value)
  }

  const recordings = read.map(({ exchange, requestBody, body }): Recording => {
    const { atMs, durationMs, method, url, status } = exchange
    const requestHeaders = pick(exchange.requestHeaders, keptRequestHeaders, (name, value) =>
      name === 'authorization'
        ? value.replace(/^(\S+) (.+)$/, (_, scheme: string, credential: string) => `${scheme} ${tokenOf(credential)}`)
        : text(value),
    )
    const cleaned = clean(body, '')
    const claims = claimsIn(body, tokens)
    return {
      source,
      atMs,
      durationMs,
      request: {
        method,
        url: cleanUrl(url, text),
        headers: requestHeaders,
        body: requestBody === undefined ? '' : clean(requestBody, ''),
      },
      response: {
        status,
        headers: pick(exchange.headers, keptHeaders, (_, value) => text(value)),
        body: cleaned,
        ...(claims === undefined ? {} : { claims }),
      },
    }
  })
  checkNothingIsLeft(
    recordings,
    [...secrets, ...tokens.keys()],
    [...replacements.originals, ...replacements.originals.filter(isGuid).map(withoutDashes)],
  )
  return recordings
}

/** Keeps only a secret's type: list, object or text. */
const mask = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(mask)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mask(inner)]))
      : typeof value === 'string'
        ? 'masked'
        : value

function note(key: string, value: string, people: string[], secrets: Set<string>): void {
  if (personKey.test(key)) people.push(value)
  if (key === 'subject' && value !== maskedSubject) secrets.add(value)
  if ((tokenKey.test(key) || secretKey.test(key)) && value.length >= 6) secrets.add(value)
}

function walk(value: unknown, key: string, visit: (key: string, value: string) => void): void {
  if (typeof value === 'string') visit(key, value)
  else if (Array.isArray(value)) for (const item of value) walk(item, key, visit)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) walk(inner, secretKey.test(key) ? key : name, visit)
}

/** The body as JSON or text; for other bodies only a marker. */
function bodyOf({ headers, body, method }: RawExchange): unknown {
  if (body.length === 0 || method === 'HEAD') return ''
  const type = headers['content-type'] ?? ''
  if (!/json|text|xml/.test(type)) return ''
  const plain = decompress(body, headers['content-encoding'] ?? '')
  if (!type.includes('json')) return plain.toString()
  try {
    return JSON.parse(plain.toString().replace(/^\uFEFF/, '')) as unknown
  } catch {
    return plain.toString()
  }
}

function decompress(body: Buffer, encoding: string): Buffer {
  if (encoding.includes('gzip')) return gunzipSync(body)
  if (encoding.includes('deflate')) return inflateSync(body)
  if (encoding.includes('br')) return brotliDecompressSync(body)
  return body
}

const pick = (
  headers: Readonly<Record<string, string>>,
  which: RegExp,
  clean: (name: string, value: string) => string,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => which.test(name))
      .map(([name, value]) => [name, clean(name, value)]),
  )

const decodedUrl = (url: string): string => {
  try {
    return decodeURIComponent(url)
  } catch {
    return url
  }
}

/** Cleans the decoded URL and encodes it again. */
function cleanUrl(url: string, clean: (text: string) => string): string {
  const { origin, pathname, searchParams } = new URL(url)
  const query = [...searchParams].map(([name, value]) => {
    const cleaned = clean(`?${name}=${value}`).slice(name.length + 2)
    return `${encodeURIComponent(name).replaceAll('%24', '$')}=${encodeURIComponent(cleaned)}`
  })
  const path = clean(decodedUrl(pathname))
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replaceAll('%3A', ':')
    .replaceAll('%40', '@')
  return `${clean(origin)}${path.replaceAll('%24', '$').replaceAll('%3D', '=').replaceAll('%2C', ',')}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** The claims of the tokens in an answer, names and types only. */
function claimsIn(
  body: unknown,
  tokens: ReadonlyMap<string, string>,
): Record<string, Record<string, string>> | undefined {
  const found: Record<string, Record<string, string>> = {}
  walk(body, '', (key, value) => {
    const name = tokens.get(value)
    if (name === undefined || !tokenKey.test(key)) return
    const claims = readClaims(value)
    if (claims !== undefined) found[key] = claims
  })
  return Object.keys(found).length === 0 ? undefined : found
}

/** The names and types of a token's claims; undefined if it isn't a JSON Web Token. */
export function readClaims(token: string): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(decodeJwt(token)).map(([claim, value]) => [claim, Array.isArray(value) ? 'array' : typeof value]),
    )
  } catch {
    return undefined
  }
}

/** @throws LeakError that names the place, not the secret */
function checkNothingIsLeft(
  recordings: readonly Recording[],
  secrets: readonly string[],
  originals: readonly string[],
): void {
  for (const [index, recording] of recordings.entries()) {
    const text = JSON.stringify(recording)
    const lower = text.toLowerCase()
    const isLeft =
      secrets.some(
        secret => secret.length >= 6 && secret !== 'masked' && text.includes(JSON.stringify(secret).slice(1, -1)),
      ) || originals.some(original => includesWord(lower, original))
    if (isLeft)
      throw new LeakError(
        `Exchange ${String(index + 1)} (${recording.request.method} ${recording.response.status}) still contains a name or a secret; nothing was written.`,
      )
  }
}

function includesWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const isPart = /[a-z0-9]/.test(text[at - 1] ?? '') || /[a-z0-9]/.test(text[at + word.length] ?? '')
    if (!isPart) return true
  }
  return false
}
