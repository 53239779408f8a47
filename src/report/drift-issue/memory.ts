import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isGone } from '../../model/error.js'
import type { Fate, FormerDrift } from '../../model/former-drift.js'
import { hash } from '../../model/hash.js'
import { keyOf, type Drift, type DriftItem } from '../drift.js'

/** What an issue remembers, hidden in its body, of the drift that it shows. */
export interface Memory {
  /** Hash of everything that is shown: equal if nothing has changed. */
  state: string
  /** Number of drifted items. */
  count: number
  /** Each of them; undefined if there are too many to remember. */
  former: FormerDrift[] | undefined
}

/** An earlier drift that is neither repaired nor gone, and why. */
export interface Carried {
  former: FormerDrift
  fate: Fate
}

/** Maximum length of the memory, in characters: about 1,500 drifts. A body holds 65,536. */
const maxMemory = 14_000

/** Maximum size of the unpacked memory, in bytes: people can edit the text. */
const maxUnpacked = 4_000_000

/** The line below which people can write. */
export const belowLine = '<!-- attach-acr: what is written below this line is kept -->'

export function memoryMarker({ state, count, former }: Memory): string {
  return `<!-- attach-acr state=${state} count=${count} drifts=${former ? pack(former) : '-'} -->`
}

export const memoryPattern = /^<!-- attach-acr state=([0-9a-f]+) count=(\d+) drifts=([\w+/=]+|-) -->[ \t]*\r?$/gm

/** What an issue remembers; nothing if its body was changed beyond recognition. */
export function readMemory(body: string): Memory {
  const [own = ''] = body.split(belowLine, 1)
  const found = [...own.matchAll(memoryPattern)].at(-1)
  const [, state = '', count = '0', drifts = '-'] = found ?? []
  return { state, count: Number(count), former: drifts === '-' ? undefined : unpack(drifts) }
}

/** The memory of a drift, with earlier drift that is carried over. */
export function remember({ items, unknown, blind, unseen, commands }: Drift, carried: readonly Carried[] = []): Memory {
  const lines = [
    // For an error only its code: its text can contain words that change from night to night.
    ...items.map(({ key, kind, code, what, access, running }) =>
      // The number of pods changes from night to night, too.
      ['drift', key, (kind === 'image' && !running) || code === 'missing' ? what : code, ...limitOf(access)].join(' '),
    ),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...blind.map(({ key }) => `blind ${key}`),
    ...unseen.map(({ subject }) => `unseen ${subject}`),
    // The same words can be about another identity.
    ...commands.map(command => `command ${command}`),
    ...carried.map(({ former, fate }) => `carried ${former.key} ${fate.kind} ${fate.code}`),
  ]
  const former = [...items.map(toFormer), ...carried.map(toCarried)].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    state: hash(lines.sort().join('\n'), 16),
    count: former.length,
    former: pack(former).length > maxMemory ? undefined : former,
  }
}

function toFormer({ kind, key, target, registry, code }: DriftItem): FormerDrift {
  const wasGone = kind === 'pair' && isGone(code) && code !== 'NO_KUBELET_IDENTITY'
  return { kind, key, target, registry, wasGone, wasDropped: false }
}

function toCarried({ former, fate }: Carried): FormerDrift {
  return { ...former, wasDropped: fate.kind === 'dropped' }
}

/** What the issue shows that a target can still pull, also if its condition can't be read. */
const limitOf = (access: DriftItem['access']): string[] =>
  typeof access === 'object' ? ['only', ...access.onlyTo] : [access]

/** Flags, key (empty if it follows from the rest), target, registry. */
type Packed = [string, string, string, string]

function pack(former: readonly FormerDrift[]): string {
  const rows = former.map(({ kind, key, target, registry, wasGone, wasDropped }): Packed => {
    const flags = [kind === 'image' && 'i', wasGone && 'g', wasDropped && 'd'].filter(Boolean).join('')
    return [flags, key === keyOf('', target, registry) ? '' : key, target, registry]
  })
  return deflateRawSync(JSON.stringify(rows)).toString('base64')
}

/** Undefined for anything that `pack` did not make. */
function unpack(text: string): FormerDrift[] | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxUnpacked })
    const rows: unknown = JSON.parse(bytes.toString())
    return Array.isArray(rows) ? rows.filter(isPacked).map(toFormerDrift) : undefined
  } catch {
    return undefined
  }
}

function isPacked(row: unknown): row is Packed {
  return Array.isArray(row) && row.length === 4 && row.every(each => typeof each === 'string')
}

function toFormerDrift([flags, key, target, registry]: Packed): FormerDrift {
  return {
    kind: flags.includes('i') ? 'image' : 'pair',
    key: key || keyOf('', target, registry),
    target,
    registry,
    wasGone: flags.includes('g'),
    wasDropped: flags.includes('d'),
  }
}
