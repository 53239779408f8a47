import { createHash } from 'node:crypto'
import { normalizeId } from '../../model/resource-id.js'
import type { Inputs } from '../../model/wanted.js'
import type { Drift, DriftItem } from '../drift.js'

/** The identity of a step, which tells its issue from those of others. */
export interface StepIdentity {
  /** Path of the workflow's file: unlike its name it is unique, and unlike its ref the same on every branch. */
  workflow: string
  /** Its name, by which the issue is found after the file was renamed. */
  name: string
  job: string
  /** The step's `id`, or the name that the runner gives it: tells the steps of a job apart. Empty where it is not told. */
  step: string
  /** Hash of which clusters and registries are checked. */
  scope: string
  /** Hash of what is wanted of them: role, group, repositories, images. */
  wish: string
}

/** What an issue remembers of the drift that it shows, hidden in its body. */
export interface Memory {
  /** Hash of everything that is shown; equal when nothing has changed. */
  state: string
  /** Number of drifted things. */
  count: number
  /** Short hashes of their keys; undefined where there are too many to remember. */
  hashes: ReadonlySet<string> | undefined
}

/** Beyond this, an issue remembers only how many there are: its body holds 65,536 characters. */
const mostHashes = 1500

/** The hidden first line of a step's issue. */
export function identityMarker({ workflow, name, job, step, scope, wish }: StepIdentity): string {
  const parts = { workflow, name, job, step, scope, wish }
  const fields = Object.entries(parts).map(([field, value]) => `${field}=${encode(value)}`)
  return `<!-- attach-acr drift ${fields.join(' ')} -->`
}

/** Reads the hidden first line of an issue; undefined where it is another text. */
export function readIdentity(body: string): StepIdentity | undefined {
  const [first = ''] = body.split(/\r?\n/, 1)
  const found =
    /^<!-- attach-acr drift workflow=(\S*) name=(\S*) job=(\S*) step=(\S*) scope=(\S*) wish=(\S*) -->$/.exec(first)
  if (!found) return undefined
  const [workflow = '', name = '', job = '', step = '', scope = '', wish = ''] = found.slice(1).map(decode)
  return { workflow, name, job, step, scope, wish }
}

/** Whether an issue is one of exactly this step: whatever the step is called, it looks at the same things for the same. */
export function isSameStep(a: StepIdentity, b: StepIdentity): boolean {
  return a.workflow === b.workflow && a.job === b.job && a.scope === b.scope && a.wish === b.wish
}

/** Whether an issue may be one of this step before clusters were added to it, or before the file of its workflow was renamed. */
export function isFormerStep(a: StepIdentity, b: StepIdentity): boolean {
  const isSameWorkflow = a.workflow === b.workflow || (a.name !== '' && a.name === b.name)
  // Two steps of a job may look at the same cluster, one of them at others besides: each keeps its own issue.
  const isOtherStep = a.step !== '' && b.step !== '' && a.step !== b.step
  return isSameWorkflow && !isOtherStep && a.job === b.job && a.wish === b.wish
}

/** A hash of what is wanted: it differs for two steps that look at the same clusters but want different things. */
export function wishOf({ role, group, repositories, images }: Inputs): string {
  const wanted = [
    JSON.stringify(role),
    group,
    [...repositories].sort().join('\n'),
    images
      .map(({ text, repository, tag }) => `${text} => ${repository}:${tag}`)
      .sort()
      .join('\n'),
  ]
  return hash(wanted.join('\n×\n').toLowerCase(), 16)
}

/** A hash of targets × registries as the inputs name them: in any order and letter case, and whatever is found of them. */
export function scopeOf({ clusters, kubeletIdentities, registries, subscriptionId }: Inputs): string {
  const names = [
    ...clusters.map(cluster =>
      cluster.kind === 'id' ? cluster.text : `${subscriptionId}/${cluster.resourceGroup}/${cluster.text}`,
    ),
    ...kubeletIdentities.map(({ text }) => text),
  ]
  const servers = registries.map(({ text }) => text)
  return hash([names, servers].map(list => list.map(normalizeId).sort().join('\n')).join('\n×\n'), 16)
}

/** The line that people may write below. */
export const belowLine = '<!-- attach-acr: what is written below this line is kept -->'

/** The hidden last line of what the action writes. */
export function memoryMarker({ state, count, hashes }: Memory): string {
  return `<!-- attach-acr state=${state} count=${count} keys=${hashes ? [...hashes].sort().join(',') : '-'} -->`
}

/** What people have written below the line; empty where there is no line. */
export function readBelow(body: string): string {
  const at = body.indexOf(belowLine)
  return at < 0 ? '' : body.slice(at + belowLine.length)
}

/** What an issue remembers; nothing where its body was changed beyond recognition. */
export function readMemory(body: string): Memory {
  const [own = ''] = body.split(belowLine, 1)
  const found = [...own.matchAll(/^<!-- attach-acr state=([0-9a-f]+) count=(\d+) keys=([0-9a-f,]*|-) -->\r?$/gm)].at(-1)
  const [, state = '', count = '0', keys = '-'] = found ?? []
  const hashes = keys === '-' ? undefined : new Set(keys.split(',').filter(Boolean))
  return { state, count: Number(count), hashes }
}

/**
 * What there is to remember of a drift.
 * @param carried hashes of earlier drift that could not be looked at now
 */
export function remember({ items, unknown, blind, unseen, commands }: Drift, carried: readonly string[]): Memory {
  const own = new Set(items.map(hashOf))
  const hashes = new Set([...own, ...carried])
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
    ...carried.map(carry => `carried ${carry}`),
  ]
  return {
    state: hash(lines.sort().join('\n'), 16),
    // Not the number of hashes: of ten thousand short ones, two may be the same.
    count: items.length + hashes.size - own.size,
    hashes: hashes.size > mostHashes ? undefined : hashes,
  }
}

/** What a target can pull all the same, which the issue shows; also where that is what a condition allows that can't be read. */
const limitOf = (access: DriftItem['access']): string[] =>
  typeof access === 'object' ? ['only', ...access.onlyTo] : [access]

/** The short hash that an issue remembers a thing by. */
export function hashOf({ key }: Pick<DriftItem, 'key'>): string {
  return hash(key, 8)
}

function hash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Without spaces, and without what would end an HTML comment. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('--', '%2D%2D')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
