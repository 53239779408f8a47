import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isGone } from 'kernel'
import { keyOf, type Drift, type DriftItem } from 'report-document'
import type { Fate, FormerDrift, Since } from './former-drift.js'
import { hash } from './owner.js'
import { oldestOf, packSince, unpackSince } from './since.js'

/** What an issue remembers, hidden in its body, of the drift that it shows. */
export interface Memory {
  /** Hash of everything that is shown: equal if nothing has changed. */
  state: string
  /** Number of drifted items. */
  count: number
  /** Each of them; undefined if there are too many to remember. */
  former: FormerDrift[] | undefined
  /** The number of those whose pull identity was deleted, if there are too many to remember each. */
  dead?: number
  /** The oldest of them; absent in issues of versions that did not remember it. */
  since?: Since
  /** The day in UTC for which the issue counts how old they are. */
  shownOn?: string
}

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

export function memoryMarker({ state, count, former, dead = 0, since, shownOn }: Memory): string {
  const counts = `count=${count}${dead > 0 ? ` dead=${dead}` : ''}`
  const dates = `${since ? ` since=${packSince(since)}` : ''}${shownOn === undefined ? '' : ` on=${shownOn}`}`
  return `<!-- attach-acr state=${state} ${counts}${dates} drifts=${former ? pack(former) : '-'} -->`
}

export const memoryPattern =
  /^<!-- attach-acr state=([0-9a-f]+) count=(\d+)(?: dead=(\d+))?(?: since=([\d.-]+))?(?: on=([\d-]+))? drifts=([\w+/=]+|-) -->[ \t]*\r?$/gm

/** What an issue remembers; nothing if its body was changed beyond recognition. */
export function readMemory(body: string): Memory {
  const [own = ''] = body.split(belowLine, 1)
  const found = [...own.matchAll(memoryPattern)].at(-1)
  const [, state = '', count = '0', dead, first, shownOn, drifts = '-'] = found ?? []
  const since = first === undefined ? undefined : unpackSince(first)
  const dates = { ...(since && { since }), ...(shownOn !== undefined && { shownOn }) }
  const counts = { count: Number(count), ...(dead !== undefined && { dead: Number(dead) }) }
  return { state, ...counts, former: drifts === '-' ? undefined : unpack(drifts), ...dates }
}

/**
 * The memory of a drift, with earlier drift that is carried over.
 * @param known.sinceOf since when an item has drifted; not remembered if absent
 * @param known.dead the items whose pull identity was deleted when a run last saw whether it exists
 */
export function remember(
  { items, unknown, blind, unseen, commands, earlier }: Drift,
  carried: readonly Settled[] = [],
  { sinceOf, dead }: { sinceOf?: (item: DriftItem) => Since; dead?: ReadonlySet<DriftItem> } = {},
): Memory {
  const lines = [
    // For an error only its code: its text can contain words that change from night to night.
    ...items.map(({ key, kind, code, message, access, running }) =>
      // The number of pods changes from night to night, too.
      ['drift', key, (kind === 'image' && !running) || code === 'missing' ? message : code, ...limitOf(access)].join(
        ' ',
      ),
    ),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...blind.map(({ key }) => `blind ${key}`),
    ...unseen.map(({ subject }) => `unseen ${subject}`),
    // The same words can be about another identity.
    ...commands.map(command => `command ${command}`),
    ...(earlier ? [`earlier ${earlier.key}`] : []),
    ...carried.map(({ former, fate }) => `carried ${former.key} ${fate.kind} ${fate.code}`),
  ]
  const drifted = items.map(item => ({
    ...toFormer(item, dead?.has(item)),
    ...(sinceOf && { since: sinceOf(item) }),
  }))
  const former = [...drifted, ...carried.map(toCarried)].sort((a, b) => (a.key < b.key ? -1 : 1))
  const since = oldestOf(former.flatMap(each => each.since ?? []))
  const isTooLong = pack(former).length > maxMemory
  const deadCount = former.filter(({ wasDead }) => wasDead).length
  return {
    state: hash(lines.sort().join('\n'), 16),
    count: former.length,
    former: isTooLong ? undefined : former,
    ...(isTooLong && deadCount > 0 && { dead: deadCount }),
    ...(since && { since }),
  }
}

function toFormer({ kind, key, target, registry, code }: DriftItem, isDead = false): FormerDrift {
  const wasGone = kind === 'pair' && isGone(code) && code !== 'NO_KUBELET_IDENTITY'
  return { kind, key, target, registry, wasGone, wasDead: isDead || code === 'PRINCIPAL_NOT_FOUND', wasDropped: false }
}

function toCarried({ former, fate }: Settled): FormerDrift {
  return { ...former, wasDropped: fate.kind === 'dropped' }
}

/** What the issue shows that a target can still pull, also if its condition can't be read. */
const limitOf = (access: DriftItem['access']): string[] =>
  typeof access === 'object' ? ['only', ...access.onlyTo] : [access]

/** Flags, key (empty if it follows from the rest), target, registry, and the place of its date among all dates; absent without one. */
type Packed = [string, string, string, string, number?]

function pack(former: readonly FormerDrift[]): string {
  const dates = [...new Set(former.flatMap(({ since }) => (since ? packSince(since) : [])))]
  const places = new Map(dates.map((date, index) => [date, index]))
  const rows = former.map(({ kind, key, target, registry, wasGone, wasDead, wasDropped, since }): Packed => {
    const flags = [kind === 'image' && 'i', wasGone && 'g', wasDead && 'x', wasDropped && 'd'].filter(Boolean).join('')
    const place = since && places.get(packSince(since))
    const row = [flags, key === keyOf('', target, registry) ? '' : key, target, registry] as const
    return place === undefined ? [...row] : [...row, place]
  })
  // Without dates as in earlier versions.
  return deflateRawSync(JSON.stringify(dates.length > 0 ? { dates, rows } : rows)).toString('base64')
}

/** Undefined for anything that `pack` did not make. */
function unpack(text: string): FormerDrift[] | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxUnpacked })
    const packed: unknown = JSON.parse(bytes.toString())
    // Earlier versions had no dates.
    const { dates = [], rows } = (Array.isArray(packed) ? { rows: packed } : packed) as {
      dates?: unknown
      rows?: unknown
    }
    if (!Array.isArray(rows)) return undefined
    const known = Array.isArray(dates) ? dates.map(date => unpackSince(String(date))) : []
    return rows.filter(isPacked).map(row => toFormerDrift(row, known[row[4] ?? -1]))
  } catch {
    return undefined
  }
}

function isPacked(row: unknown): row is Packed {
  if (!Array.isArray(row) || row.length < 4) return false
  const [place = 0] = row.slice(4) as unknown[]
  return row.slice(0, 4).every(each => typeof each === 'string') && typeof place === 'number'
}

function toFormerDrift([flags, key, target, registry]: Packed, since: Since | undefined): FormerDrift {
  return {
    kind: flags.includes('i') ? 'image' : 'pair',
    key: key || keyOf('', target, registry),
    target,
    registry,
    wasGone: flags.includes('g'),
    wasDead: flags.includes('x'),
    wasDropped: flags.includes('d'),
    ...(since && { since }),
  }
}
