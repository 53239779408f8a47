import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { say, sayClause } from 'kernel'
import { isHarmless, keyOf, type Drift, type DriftItem } from 'report-document'
import { oldestOf, packSince, unpackSince, type FormerDrift, type Since } from './former-drift.js'
import { findLine, hash } from './hidden-lines.js'

/** What an issue remembers, hidden in its body, of the drift that it shows. */
export type Memory = ReturnType<typeof readMemory>

/** The memory of a drift of which nothing is left. */
export const nothingLeft: Memory = { state: '0', count: 0, former: [], toProve: [], since: undefined, shownOn: '' }

/** An earlier drift that is gone, and why, without a full stop: `the cluster was deleted`. */
export interface Gone {
  former: FormerDrift
  why: string
}

/** An earlier drift that a run did not see, neither as drift nor right. */
export interface Staying {
  former: FormerDrift
  /** What the run did not see of a pair that looks right. */
  lacks?: FormerDrift['toProve'][number] | undefined
  /** Whether it is among the items that could not be checked. */
  isListed: boolean
}

/** What earlier runs saw wrong with an item that a run has seen again, and the run did not see right. */
export interface DoubtedItem {
  item: DriftItem
  proof: FormerDrift['toProve'][number]
  /** The nodes that were refused, and have not pulled since; none if there are too many to name. */
  nodes: readonly string[]
}

/** Maximum number of refused nodes of an item whose names are remembered. */
const maxNodes = 50

/** Maximum length of the memory, in characters: about 1,500 drifts. A body holds 65,536. */
const maxMemory = 14_000

/** Maximum size of the unpacked memory, in bytes: people can edit the text. */
const maxUnpacked = 4_000_000

/** The hidden line with a memory. */
export function memoryMarker({ state, count, former, toProve, since, shownOn }: Memory): string {
  const dates = `since=${since ? packSince(since) : '-'} on=${shownOn || '-'}`
  const drifts = `prove=${toProve.join() || '-'} ${dates} drifts=${former ? pack(former) : '-'}`
  return `<!-- attach-acr state=${state} count=${count} ${drifts} -->`
}

/** What an issue remembers; nothing if its body was changed beyond recognition. */
export function readMemory(body: string) {
  const fields = findLine(body, 'memory')?.fields ?? {}
  const { state = '', count, prove = '', since = '', shownOn = '-', drifts = '-' } = fields
  return {
    /** Hash of everything that is shown: equal if nothing has changed. Empty without a memory. */
    state,
    /** Number of drifted items. */
    count: Number(count ?? 0),
    /** Each of them; undefined if there are too many to remember. */
    former: drifts === '-' ? undefined : unpackFormer(drifts),
    /** What a run must see before all of them count as repaired. */
    toProve: proofs.filter(proof => prove.split(',').includes(proof)),
    /** The oldest of them; undefined without any. */
    since: unpackSince(since),
    /** The day in UTC for which the issue counts how old they are; empty if it counts for none. */
    shownOn: shownOn === '-' ? '' : shownOn,
  }
}

const proofs = ['identity', 'pull', 'nodes'] as const

/** What a run must see before a pair with this error counts as repaired. */
const proofOf: Readonly<Record<string, (typeof proofs)[number]>> = {
  PRINCIPAL_NOT_FOUND: 'identity',
  PULL_DENIED: 'pull',
  IMAGE_NOT_FOUND: 'pull',
  // It is locked.
  AZURE_REFUSED: 'pull',
}

/** Hash of everything that an issue shows, but the dates. */
export function hashOfState(
  { items, unknown, gaps, unseen, ending = [], earlier }: Drift,
  staying: readonly Staying[] = [],
): Memory['state'] {
  const lines = [
    ...items.map(item => `drift ${item.key} ${describeHow(item)}`),
    ...unknown.map(({ key, code }) => `unknown ${key} ${code}`),
    ...gaps.map(({ subject }) => `blind ${subject}`),
    ...unseen.map(({ subject }) => `unseen ${subject}`),
    ...ending.map(text => `ends ${text}`),
    // The same words can be about another identity.
    ...items.flatMap(({ key, repairs = [] }) => repairs.map(each => `repair ${key} ${JSON.stringify(each)}`)),
    ...(earlier ? [`earlier ${earlier.subject}`] : []),
    ...staying.map(({ former, lacks = '' }) => `staying ${former.key} ${[lacks, ...former.nodes].join(' ')}`),
  ]
  return hash(lines.map(inAnyCase).sort().join('\n'), 16)
}

/**
 * The memory of a drift, with earlier drift that stays.
 * @param sinceOf since when an item has drifted
 * @param today in UTC
 * @param doubts about the items of the drift
 */
export function remember(
  drift: Drift,
  sinceOf: (item: DriftItem) => Since,
  today: string,
  staying: readonly Staying[] = [],
  doubts: readonly DoubtedItem[] = [],
): Omit<Memory, 'shownOn'> {
  const drifted = drift.items.map((item): FormerDrift => {
    const { kind, key, target, registry, registryId, code, jobs = [] } = item
    const isInDoubt = (proof: string): boolean => doubts.some(each => each.item === item && each.proof === proof)
    const nodes = listRefused(item, doubts)
    const isToProve = (proof: (typeof proofs)[number]): boolean =>
      proof === 'nodes' ? nodes !== undefined : (kind === 'pair' && proofOf[code] === proof) || isInDoubt(proof)
    const toProve = proofs.filter(isToProve)
    const clusters = (item.clusters ?? []).map(inAnyCase).sort()
    const now = { how: howOf(item), since: sinceOf(item), seenOn: today }
    return { kind, key, target, registry, registryId, jobs, clusters, toProve, nodes: nodes ?? [], ...now }
  })
  const former = [...drifted, ...staying.map(each => each.former)].sort((a, b) => (a.key < b.key ? -1 : 1))
  return {
    state: hashOfState(drift, staying),
    count: former.length,
    former: pack(former).length > maxMemory ? undefined : former,
    toProve: proofs.filter(proof => former.some(each => each.toProve.includes(proof))),
    since: oldestOf(former.map(({ since }) => since)),
  }
}

/** The nodes of a pair that are refused or were, and have not pulled since; none if there are too many to name. Undefined if no node is in doubt. */
function listRefused(item: DriftItem, doubts: readonly DoubtedItem[]): string[] | undefined {
  const refused = item.nodes?.refused ?? []
  const earlier = doubts.filter(each => each.item === item && each.proof === 'nodes')
  if (refused.length + earlier.length === 0) return undefined
  const names = [...new Set([...earlier.flatMap(({ nodes }) => nodes), ...refused])].sort()
  const areNamed = names.length <= maxNodes && earlier.every(({ nodes }) => nodes.length > 0)
  return areNamed ? names : []
}

/** Azure can spell the same ID in other letter case from one night to the next. */
const inAnyCase = (text: string): string => text.toLowerCase()

/** Hash of how an item drifts, after a `+` if everything can be pulled nevertheless, and before a `~` if nodes are refused while others pull. */
export function howOf(item: DriftItem): string {
  const { refused = [], pulled = [] } = item.nodes ?? {}
  const isInPart = refused.length > 0 && pulled.length > 0
  return `${isHarmless(item) ? '+' : ''}${hash(inAnyCase(describeHow(item)), 6)}${isInPart ? '~' : ''}`
}

function describeHow({ kind, code, said, today, onlyTo, running }: DriftItem): string {
  // For an error only its code: its text can contain words that change from night to night. The number of pods changes, too.
  const what =
    (kind !== 'pair' && !running) || code === 'missing' ? (kind === 'pair' ? sayClause(said) : say(said)) : code
  // Also if its condition can't be read.
  return [what, ...(today === 'some' ? ['only', ...onlyTo] : [today])].join(' ')
}

const kinds = ['pair', 'input', 'manifest', 'workload'] as const

/**
 * A row has its kind and what must be proven, key (empty if it follows from the rest), target, registry, the registry's ID, jobs, clusters, nodes, date, how it drifted, the day
 * on which it was last looked at, and its nights. Column by column, which makes it shorter.
 */
function pack(former: readonly FormerDrift[]): string {
  const rows = former.map(({ kind, key, target, registry, since, ...each }) => {
    const ownKey = key === keyOf('', target, registry) ? '' : key
    const lists = [each.jobs, each.clusters, each.nodes].map(list => list.join(' '))
    const place = [[kind, ...each.toProve].join(' '), ownKey, target, registry, each.registryId, ...lists]
    return [...place, packSince(since), each.how, each.seenOn, since.nights ?? 0]
  })
  const columns = Array.from({ length: columnCount }, (_, column) => rows.map(row => row[column]))
  return deflateRawSync(JSON.stringify(columns)).toString('base64')
}

const columnCount = 12

/** Undefined for anything that `pack` did not make. */
function unpackFormer(text: string): FormerDrift[] | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxUnpacked })
    const columns = JSON.parse(bytes.toString()) as unknown[][]
    return columns[0]?.map((_, index) => unpackRow(columns.map(column => column[index])))
  } catch {
    return undefined
  }
}

/** The cells of a row, in the order of `pack`. */
type MemoryRow = readonly [
  flags: string,
  key: string,
  target: string,
  registry: string,
  registryId: string,
  jobs: string,
  clusters: string,
  nodes: string,
  date: string,
  how: string,
  seenOn: string,
  nights: number,
]

function isRow(cells: readonly unknown[]): cells is MemoryRow {
  const nights = cells.at(-1)
  const texts = cells.slice(0, -1).filter(each => typeof each === 'string')
  return cells.length === columnCount && texts.length === columnCount - 1 && typeof nights === 'number'
}

/** @throws for anything that is no row */
function unpackRow(cells: readonly unknown[]): FormerDrift {
  if (!isRow(cells)) throw new Error('not a row')
  const [flags, key, target, registry, registryId, jobs, clusters, nodes, date, how, seenOn, nights] = cells
  const since = unpackSince(date)
  const kind = kinds.find(each => flags.split(' ', 1).includes(each))
  if (!since || !kind || Number.isNaN(Date.parse(seenOn))) throw new Error('not a drift')
  return {
    kind,
    key: key || keyOf('', target, registry),
    target,
    registry,
    registryId,
    how,
    seenOn,
    jobs: jobs.split(' ').filter(Boolean),
    clusters: clusters.split(' ').filter(Boolean),
    nodes: nodes.split(' ').filter(Boolean),
    toProve: proofs.filter(proof => flags.includes(proof)),
    since: { ...since, ...(isNights(nights) && { nights }) },
  }
}

/** A bit for each of 30 nights, and at least one of them set. */
const isNights = (value: number): boolean => Number.isInteger(value) && value > 0 && value < 2 ** 30
