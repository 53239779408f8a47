// Other forms that the same answer can have: Azure promises none of what is changed here.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { createRandom } from '../model/random.js'

/** Sends a request to its service. */
type Send = (url: URL) => Promise<Response>

export interface Variations {
  /** Answers a read of Azure Resource Manager or Microsoft Graph in one of its legal forms. */
  answer: (url: URL, acceptEncoding: string, send: Send) => Promise<Response>
}

/** The parameter of a link to the rest of a list: how many of its items the pages before had. */
const skipped = 'variedSkip'

/** Which answers are varied, and how. */
export interface Varying {
  seed: number
  /**
   * - `all`: lists in short, empty and repeated pages; IDs with resource groups and types in other letter case; and everything of `encoding`.
   * - `encoding`, for tests that count requests or compare IDs: resources without name and type; keys in another order, unknown ones, and null for those
   *   that a resource lacks; other content types and codings, white space, and a byte order mark.
   */
  of: 'all' | 'encoding'
}

/** Varies answers, the same ones for the same seed and order of requests. */
export function createVariations({ seed, of }: Varying): Variations {
  const random = createRandom(seed)
  const chance = (share: number): boolean => random() < share
  const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)]

  const varyCase = (text: string): string => pick([text, text, text.toLowerCase(), text.toUpperCase()]) ?? text

  const varyId = (id: string): string =>
    id
      .replaceAll(
        /\/(resourceGroups)\/([^/]+)/gi,
        (_, word: string, group: string) => `/${pick(['resourceGroups', 'resourcegroups']) ?? word}/${varyCase(group)}`,
      )
      .replaceAll(
        /\/providers\/([^/]+)\/([^/]+)/gi,
        (_, provider: string, type: string) =>
          `/providers/${varyCase(provider)}/${pick([type, type.toLowerCase()]) ?? type}`,
      )

  const varyValue = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map(item => varyValue(item))
    if (typeof value === 'string') return of === 'all' && isId(value) && key !== 'nextLink' ? varyId(value) : value
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([name, inner]) => [name, varyValue(inner, name)] as const)
    const isResource = 'id' in value && 'properties' in value
    const kept = isResource && chance(0.3) ? entries.filter(([name]) => name !== 'name' && name !== 'type') : entries
    const more = isResource
      ? nothings.filter(name => !(name in value) && chance(0.5)).map(name => [name, null] as const)
      : []
    const unknown = chance(0.3) ? [['futureSetting', { enabled: true, items: [] }] as const] : []
    return Object.fromEntries(shuffle([...kept, ...more, ...unknown]))
  }

  const shuffle = <T>(items: readonly T[]): T[] =>
    items
      .map(item => ({ item, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)

  /** A page of a list: the items after those of the pages before. */
  const page = (url: URL, body: { value: unknown[]; nextLink?: string }, from: number): object => {
    const { value, nextLink, ...rest } = body
    // An item can be on two pages, as happens if others are created meanwhile.
    const start = from > 0 && chance(0.3) ? from - 1 : from
    const end = from === 0 && chance(0.2) ? 0 : Math.min(value.length, from + 1 + Math.floor(random() * value.length))
    if (end >= value.length) return { ...rest, value: value.slice(start), ...(nextLink && { nextLink }) }
    const next = new URL(url)
    next.searchParams.set(skipped, String(end))
    return { ...rest, value: value.slice(Math.min(start, end), end), nextLink: next.href }
  }

  return {
    answer: async (url, acceptEncoding, send) => {
      const from = Number(url.searchParams.get(skipped) ?? 0)
      const own = new URL(url)
      own.searchParams.delete(skipped)
      const response = await send(own)
      const isJson = response.headers.get('content-type')?.includes('json') === true
      if (response.status !== 200 || !isJson || response.headers.has('content-encoding')) return response
      const body: unknown = await response.json()
      const isGraph = url.host.includes('graph')
      const varied = isGraph ? body : varyValue(of === 'all' && isList(body) ? page(own, body, from) : body)
      const text = JSON.stringify(varied, null, pick([0, 0, 2]))
      const bytes = Buffer.from(`${chance(0.2) ? '\u{FEFF}' : ''}${text}`)
      const headers = new Headers(response.headers)
      headers.set(
        'content-type',
        pick(['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8']) ?? '',
      )
      const [name, compress] = pick(codings.filter(([coding]) => acceptEncoding.includes(coding))) ?? []
      if (name && compress && chance(0.7)) {
        headers.set('content-encoding', name)
        return new Response(new Uint8Array(compress(bytes)), { status: 200, headers })
      }
      return new Response(new Uint8Array(bytes), { status: 200, headers })
    },
  }
}

const codings = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

/** Fields that resources can have, and that can be null. */
const nothings = [
  'tags',
  'identity',
  'sku',
  'plan',
  'kind',
  'managedBy',
  'zones',
  'systemData',
  'etag',
  'extendedLocation',
]

const isId = (text: string): boolean => /^\/subscriptions\/[^/]+\/resourceGroups\//i.test(text)

function isList(body: unknown): body is { value: unknown[]; nextLink?: string } {
  return typeof body === 'object' && body !== null && 'value' in body && Array.isArray(body.value)
}
