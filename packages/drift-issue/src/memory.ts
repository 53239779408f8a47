import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isGone } from 'kernel'
import { keyOf, type Drift, type DriftItem } from 'report-document'
import type { Fate, FormerDrift, Since } from './former-drift.js'
import { hash } from './owner.js'
import { oldestOf, packSince, unpackSince } from './since.js'

/** What an issue remembers, hidden in its body, of the drift that it shows. */
export interface Memory {
  /** Hash of everything that is shown: equal if nothing has changed. Empty without a memory. */
  state: string
  /** Number of drifted items. */
  count: number
  /** Each of them; undefined if there are too many to remember. */
  former: FormerDrift[] | undefined
  /** The number of those whose pull identity was deleted. */
  dead: number
  /** The oldest of them; undefined without any. */
  since: Since | undefined
  /** The day in UTC for which the issue counts how old they are; empty if it counts for none. */
  shownOn: string
}

/** The memory of a drift of which nothing is left. */
export const nothingLeft: Memory = { state: '0', count: 0, former: [], dead: 0, since: undefined, shownOn: '' }

/** An earlier drift, and what has become of it. */
export interface Settled {
  former: FormerDrift
  fate: Fate
}

/** Maximum length of the memory, in characters: about 1,500 drifts. A body holds 65,536. */
const maxMemory = 14_000

/** Maximum size of the unpacked memory, in bytes: people can edit the text. */
const maxUnpacked = 4_000_000

/** The line below which people can write. */
export const belowLine = '<!-- attach-acr: what is written below this line is kept -->'

export function memoryMarker({ state, count, former, dead, since, shownOn }: Memory): string {
  const dates = `since=${since ? packSince(since) : '-'} on=${shownOn || '-'}`
  return `<!-- attach-acr state=${state} count=${count} dead=${dead} ${dates} drifts=${former ? pack(former) : '-'} -->`
}

export const memoryPattern =
  /^<!-- attach-acr state=([0-9a-f]+) count=(\d+) dead=(\d+) since=([\d.-]+) on=([\d-]+) drifts=([\w+/=]+|-) -->[ \t]*\r?$/gm

/** The last memory above the line for people. */
const findMemory = (body: string): RegExpExecArray | undefined =>
  [...(body.split(belowLine, 1)[0] ?? '').matchAll(memoryPattern)].at(-1)

/** What an issue remembers; nothing if its body was changed beyond recognition. */
export function readMemory(body: string): Memory {
  const [, state = '', count = '0', dead = '0', first = '', shownOn = '-', drifts = '-'] = findMemory(body) ?? []
  return {
    state,
    count: Number(count),
    former: drifts === '-' ? undefined : unpack(drifts),
    dead: Number(dead),
    since: unpackSince(first),
    shownOn: shownOn === '-' ? '' : shownOn,
  }
}

/** A body with another memory in the place of its own; unchanged without one. */
export function replaceMemory(body: string, memory: Memory): string {
  const found = findMemory(body)
  if (!found) return body
  return `${body.slice(0, found.index)}${memoryMarker(memory)}${body.slice(found.index + found[0].length)}`
}

/** Hash of everything that an issue shows, but the dates. */
export function stateOf(
  { items, unknown, blind, unseen, ending = [], earlier }: Drift,
  carried: readonly Settled[] = [],
): Memory['state'] {
  const lines = [
    ...items.map(item => `drift ${item.key} ${describeHow(item)}`),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...blind.map(({ key }) => `blind ${key}`),
    ...unseen.map(({ subject }) => `unseen ${subject}`),
    ...ending.map(text => `ends ${text}`),
    // The same words can be about another identity.
    ...items.flatMap(({ key, repairs = [] }) => repairs.map(each => `repair ${key} ${JSON.stringify(each)}`)),
    ...(earlier ? [`earlier ${earlier.key}`] : []),
    ...carried.map(({ former, fate }) => `carried ${former.key} ${fate.kind} ${fate.code}`),
  ]
  return hash(lines.sort().join('\n'), 16)
}

/**
 * The memory of a drift, with earlier drift that is carried over.
 * @param sinceOf since when an item has drifted
 * @param dead the items whose pull identity was deleted when a run last saw whether it exists
 */
export function remember(
  drift: Drift,
  sinceOf: (item: DriftItem) => Since,
  carried: readonly Settled[] = [],
  dead?: ReadonlySet<DriftItem>,
): Omit<Memory, 'shownOn'> {
  const drifted = drift.items.map((item): FormerDrift => ({ ...toFormer(item, dead?.has(item)), since: sinceOf(item) }))
  const former = [...drifted, ...carried.map(toCarried)].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    state: stateOf(drift, carried),
    count: former.length,
    former: pack(former).length > maxMemory ? undefined : former,
    dead: former.filter(({ wasDead }) => wasDead).length,
    since: oldestOf(former.map(({ since }) => since)),
  }
}

/** Hash of how an item drifts, after a `+` if everything can be pulled nevertheless. */
export function howOf(item: DriftItem): string {
  const isHarmless = item.access === 'by-broader-role' || item.access === 'otherwise'
  return `${isHarmless ? '+' : ''}${hash(describeHow(item), 6)}`
}

function describeHow({ kind, code, message, access, running }: DriftItem): string {
  // For an error only its code: its text can contain words that change from night to night. The number of pods changes, too.
  const what = (kind === 'image' && !running) || code === 'missing' ? message : code
  return [what, ...limitOf(access)].join(' ')
}

function toFormer(item: DriftItem, isDead = false): Omit<FormerDrift, 'since'> {
  const { kind, key, target, registry, code } = item
  const wasGone = kind === 'pair' && isGone(code) && code !== 'NO_KUBELET_IDENTITY'
  const wasDead = isDead || code === 'PRINCIPAL_NOT_FOUND'
  return { kind, key, target, registry, wasGone, wasDead, wasDropped: false, how: howOf(item) }
}

function toCarried({ former, fate }: Settled): FormerDrift {
  return { ...former, wasDropped: fate.kind === 'dropped' }
}

/** What the issue shows that a target can still pull, also if its condition can't be read. */
const limitOf = (access: DriftItem['access']): string[] =>
  typeof access === 'object' ? ['only', ...access.onlyTo] : [access]

/** Flags, key (empty if it follows from the rest), target, registry, and the places of its date and of how it drifted among all of them. */
type Row = [string, string, string, string, number, number]

function pack(former: readonly FormerDrift[]): string {
  const dates = number(former.map(({ since }) => packSince(since)))
  const hows = number(former.map(({ how }) => how))
  const rows = former.map(({ kind, key, target, registry, wasGone, wasDead, wasDropped, since, how }): Row => {
    const flags = [kind === 'image' && 'i', wasGone && 'g', wasDead && 'x', wasDropped && 'd'].filter(Boolean).join('')
    const ownKey = key === keyOf('', target, registry) ? '' : key
    return [flags, ownKey, target, registry, dates.get(packSince(since)) ?? 0, hows.get(how) ?? 0]
  })
  const nights = former.map(({ since }) => since.nights ?? 0)
  const packed = { dates: [...dates.keys()], hows: [...hows.keys()], rows, nights }
  return deflateRawSync(JSON.stringify(packed)).toString('base64')
}

/** The place of each text among the different ones. */
const number = (texts: readonly string[]): Map<string, number> =>
  new Map([...new Set(texts)].map((text, index) => [text, index]))

/** Undefined for anything that `pack` did not make. */
function unpack(text: string): FormerDrift[] | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxUnpacked })
    const {
      dates,
      hows,
      rows,
      nights = [],
    } = JSON.parse(bytes.toString()) as {
      dates: string[]
      hows: string[]
      rows: unknown[]
      nights?: unknown[]
    }
    return rows.map((row, index) => {
      if (!isRow(row)) throw new Error('not a row')
      const [flags, key, target, registry, date, how] = row
      const since = unpackSince(dates[date] ?? '')
      if (!since) throw new Error('no date')
      return {
        kind: flags.includes('i') ? 'image' : 'pair',
        key: key || keyOf('', target, registry),
        target,
        registry,
        wasGone: flags.includes('g'),
        wasDead: flags.includes('x'),
        wasDropped: flags.includes('d'),
        how: hows[how] ?? '',
        since: { ...since, ...(isNights(nights[index]) && { nights: nights[index] }) },
      }
    })
  } catch {
    return undefined
  }
}

/** A bit for each of 30 nights, and at least one of them set. */
const isNights = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 30

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 6) return false
  return row.every((each, index) => typeof each === (index < 4 ? 'string' : 'number'))
}
