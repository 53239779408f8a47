import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { isGone } from '../../model/error.js'
import type { Fate, FormerDrift } from '../../model/former-drift.js'
import { keyOf, type Drift, type DriftItem } from '../drift.js'
import { hash } from './marker.js'

/** What an issue remembers of the drift that it shows, hidden in its body. */
export interface Memory {
  /** Hash of everything that is shown; equal when nothing has changed. */
  state: string
  /** Number of drifted things. */
  count: number
  /** Each of them; undefined if there are too many to remember. */
  former: FormerDrift[] | undefined
}

/** A former drift that is neither healed nor gone, and why. */
export interface Carried {
  former: FormerDrift
  fate: Fate
}

/** Maximum length of what an issue remembers, in characters: about 1,500 drifts. A body holds 65,536. */
const maxMemory = 14_000

/** Maximum size of what is unpacked, in bytes: people can edit the text. */
const maxUnpacked = 4_000_000

/** The line that people may write below. */
export const belowLine = '<!-- attach-acr: what is written below this line is kept -->'

/** The hidden last line of what the action writes. */
export function memoryMarker({ state, count, former }: Memory): string {
  return `<!-- attach-acr state=${state} count=${count} drifts=${former ? pack(former) : '-'} -->`
}

/** What people have written below the line; empty where there is no line. */
export function readBelow(body: string): string {
  const at = body.indexOf(belowLine)
  return at < 0 ? '' : body.slice(at + belowLine.length)
}

/** What an issue remembers; nothing where its body was changed beyond recognition. */
export function readMemory(body: string): Memory {
  const [own = ''] = body.split(belowLine, 1)
  const found = [...own.matchAll(/^<!-- attach-acr state=([0-9a-f]+) count=(\d+) drifts=([\w+/=]+|-) -->\r?$/gm)].at(-1)
  const [, state = '', count = '0', drifts = '-'] = found ?? []
  return { state, count: Number(count), former: drifts === '-' ? undefined : unpack(drifts) }
}

/** What there is to remember of a drift, and of earlier drift that is carried on. */
export function remember({ items, unknown, blind, unseen, commands }: Drift, carried: readonly Carried[] = []): Memory {
  const lines = [
    // Of an error of Azure its code alone: its text may quote what changes from night to night.
    ...items.map(({ key, kind, code, what, access }) =>
      ['drift', key, kind === 'image' || code === 'missing' ? what : code, ...limitOf(access)].join(' '),
    ),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...blind.map(text => `blind ${text.split(':')[0] ?? ''}`),
    ...unseen.map(text => `unseen ${text.split(':')[0] ?? ''}`),
    // The same words may mean another identity.
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

/** What a target can pull all the same, which the issue shows; also where that is what a condition allows that can't be read. */
const limitOf = (access: DriftItem['access']): string[] =>
  typeof access === 'object' ? ['only', ...access.onlyTo] : [access]

/** Flags, key (empty if the rest tells it), target, registry. */
type Packed = [string, string, string, string]

function pack(former: readonly FormerDrift[]): string {
  const rows = former.map(({ kind, key, target, registry, wasGone, wasDropped }): Packed => {
    const flags = [kind === 'image' && 'i', wasGone && 'g', wasDropped && 'd'].filter(Boolean).join('')
    return [flags, key === keyOf('', target, registry) ? '' : key, target, registry]
  })
  return deflateRawSync(JSON.stringify(rows)).toString('base64')
}

/** Undefined for what `pack` did not make. */
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
