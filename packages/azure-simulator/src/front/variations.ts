// Other forms that the same answer can have: Azure promises none of what is changed here.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { createRandom, numberOf } from '../model/random.js'

/** Sends a request to its service. */
type Send = (url: URL) => Promise<Response>

export interface Variations {
  /** Answers a read of Azure Resource Manager or Microsoft Graph in one of its legal forms. */
  answer: (url: URL, acceptEncoding: string, send: Send) => Promise<Response>
  /** A text with each ID as the services have it: a client can send and print those that it got, and Azure compares without letter case. */
  original: (text: string) => string
  /** Whether the request is for more of a list that was cut here. */
  isFurtherPage: (url: URL) => boolean
}

/** The parameter of a link to the rest of a list. */
const token = 'variedToken'

/** Which answers are varied, and how. */
export interface Varying {
  seed: number
  /**
   * - `all`: lists in short, empty and repeated pages with opaque tokens; IDs with resource groups and types in other letter case; and everything of `encoding`.
   * - `encoding`, for tests that count requests: resources without name and type; keys in another order, unknown ones, and null for those that a resource
   *   lacks; other content types and codings, white space, and a byte order mark.
   */
  of: 'all' | 'encoding'
}

/** A list, or what is left of it. */
interface List {
  value: unknown[]
  nextLink?: string
}

/** Varies answers: the same ones for the same seed, address and number of requests to that address. GUIDs in addresses don't count. */
export function createVariations({ seed, of }: Varying): Variations {
  const rests = new Map<string, List>()
  const seen = new Map<string, number>()
  const spelling = createSpelling()

  const randomFor = (url: URL): (() => number) => {
    const address = `${url.pathname}${url.search}`.toLowerCase().replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '')
    const count = seen.get(address) ?? 0
    seen.set(address, count + 1)
    return createRandom(numberOf(`${seed} ${address} ${count}`))
  }

  return {
    original: spelling.original,
    isFurtherPage: url => url.searchParams.has(token),
    answer: async (url, acceptEncoding, send) => {
      const own = new URL(url)
      own.searchParams.delete(token)
      const forms = createForms(randomFor(own), of === 'all' ? spelling.vary : undefined)
      const rest = rests.get(url.searchParams.get(token) ?? '')
      const response = rest === undefined ? await send(own) : Response.json(rest)
      const isJson = response.headers.get('content-type')?.includes('json') === true
      if (response.status !== 200 || !isJson || response.headers.has('content-encoding')) return response
      const body: unknown = await response.json()
      const isGraph = url.host.includes('graph')
      if (of === 'encoding' || isGraph || !isList(body))
        return forms.encode(isGraph ? body : forms.varyValue(body), response.headers, acceptEncoding)
      const { page, left } = forms.cut(body, rest !== undefined)
      if (left) {
        const name = Buffer.from(`${seed}:${rests.size}`).toString('base64')
        rests.set(name, left)
        own.searchParams.set(token, name)
        Object.assign(page, { nextLink: own.href })
      }
      return forms.encode(forms.varyValue(page), response.headers, acceptEncoding)
    },
  }
}

/** IDs in other letter case, and back. */
function createSpelling() {
  const originals = new Map<string, string>()
  // Of groups and types alone, for IDs that clients put together and for sentences.
  const spellings = new Map<string, string>()

  // `ß` has no upper case of its own, and `SS` would be another name.
  const toUpperCase = (text: string): string =>
    text.replaceAll(/./gu, each => (each.toUpperCase().length === each.length ? each.toUpperCase() : each))
  const varyCase = (text: string, random: () => number): string =>
    [text, text, text.toLowerCase(), toUpperCase(text)][Math.floor(random() * 4)] ?? text

  return {
    vary(id: string, random: () => number): string {
      const either = (word: string, other: string): string => (random() < 0.5 ? word : other)
      const varied = id
        .replaceAll(
          /\/(resourceGroups)\/([^/]+)/gi,
          (_, __, group: string) => `/${either('resourceGroups', 'resourcegroups')}/${varyCase(group, random)}`,
        )
        .replaceAll(
          types,
          (_, provider: string, type: string) =>
            `/providers/${varyCase(provider, random)}/${either(type, type.toLowerCase())}`,
        )
      originals.set(varied, id)
      const parts = (of: string): string[] => [...(of.match(types) ?? []), of.split('/')[4] ?? '']
      const was = parts(id)
      parts(varied).forEach((part, index) => spellings.set(part, was[index] ?? part))
      return varied
    },
    original(text: string): string {
      if (originals.size === 0) return text
      return text
        .replaceAll(/\/subscriptions\/[\w-]+\/resourcegroups\/[\p{L}\p{N}_.()/-]*[\p{L}\p{N}_)-]/giu, id => {
          // A name can end with a bracket, and so can what is in brackets.
          const ends = [...id.matchAll(/(?=\/|\)$)|$/g)].map(({ index }) => index).reverse()
          for (const end of ends) {
            const known = originals.get(id.slice(0, end))
            const rest = id.slice(end)
            // Providers spell the word resourceGroups differently, so that of a group says nothing about what is in it.
            const isOther = known?.split('/').length === 5 && /^\/providers\/(?!microsoft\.authorization\/)/i.test(rest)
            if (known !== undefined && !isOther) return known + rest
          }
          return id
        })
        .replaceAll(types, type => spellings.get(type) ?? type)
        .replaceAll(
          words,
          word => spellings.get(word) ?? word.replace(/^.+(?=\)$)/, inner => spellings.get(inner) ?? inner),
        )
    },
  }
}

/** The forms of one answer. */
function createForms(random: () => number, varyId: ((id: string, random: () => number) => string) | undefined) {
  const chance = (share: number): boolean => random() < share
  const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)]

  const varyValue = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map(item => varyValue(item))
    if (typeof value === 'string') return varyId && isId(value) && key !== 'nextLink' ? varyId(value, random) : value
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

  return {
    varyValue,
    /** A page of a list, and what is left for the next ones. */
    cut({ value, nextLink, ...rest }: List, isFurther: boolean): { page: List; left?: List } {
      const isEmpty = !isFurther && chance(0.2)
      const count = isEmpty ? 0 : (isFurther ? 2 : 1) + Math.floor(random() * value.length)
      if (count >= value.length) return { page: { ...rest, value, ...(nextLink && { nextLink }) } }
      // An item can be on two pages, as happens if others are created meanwhile.
      const from = count > 0 && chance(0.3) ? count - 1 : count
      const left = { ...rest, value: value.slice(from), ...(nextLink && { nextLink }) }
      return { page: { ...rest, value: value.slice(0, count) }, left }
    },
    encode(body: unknown, given: Headers, acceptEncoding: string): Response {
      const text = JSON.stringify(body, null, pick([0, 0, 2]))
      const bytes = Buffer.from(`${chance(0.2) ? '\u{FEFF}' : ''}${text}`)
      const headers = new Headers(given)
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

const types = /\/providers\/([^/\s]+)\/([^/\s]+)/gi

/** Names of groups in sentences, and perhaps the bracket that closes after one. */
const words = /[\p{L}\p{N}_-][\p{L}\p{N}_.()-]*[\p{L}\p{N}_)-]/gu

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

function isList(body: unknown): body is List {
  return typeof body === 'object' && body !== null && 'value' in body && Array.isArray(body.value)
}
