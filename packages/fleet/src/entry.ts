import { isDeepStrictEqual } from 'node:util'
import { cut, plural } from 'texts'
import { describePlace, labelOf, lastSegment, parseResourceId } from 'azure'
import { plainText } from 'kernel'
import { linesOf } from 'runner'

export interface JobName {
  /** The job's entry in the fleet, or else the path of its report. */
  name: string
  /** Its entry's `name`, or what it should check, in words: `rg-eu (registry contosoacr)`, `aks-1 and aks-2 of rg-eu`. */
  called: string
  /** Whether these are several clusters. */
  isPlural: boolean
  /** Where it looks for clusters that it names, in words: `rg-eu, subscription …7f3a`; empty if its entry doesn't say. */
  where: string
}

/** Maximum length of a job's name in a headline or a table. */
const maxNameLength = 200

export function toName(text: string): string {
  return cut(plainText(text), maxNameLength)
}

/** A job of which nothing but a name is known. */
export function nameJob(name: string): JobName {
  return { name, called: toName(name), isPlural: false, where: '' }
}

const isObjectEntry = (entry: unknown): entry is object => typeof entry === 'object' && entry !== null

/** The lines of the texts, or lists of texts, in an entry of the fleet, as an input has them, by their keys, which are inputs of the action. An entry that is a text has no key. */
export function readFleetEntryLines(entry: unknown): ReadonlyMap<string, readonly string[]> {
  const values: [string, unknown][] = isObjectEntry(entry) ? Object.entries(entry) : [['', entry]]
  const textsOf = (value: unknown): string[] => [value].flat().filter(each => typeof each === 'string')
  return new Map(values.map(([key, value]) => [key, textsOf(value).flatMap(text => readEntryLines(key, text))]))
}

/** A name is no list: it may start with a #. */
const readEntryLines = (key: string, text: string): string[] =>
  key === 'name' ? [text.trim()].filter(Boolean) : linesOf(text).map(each => each.text)

/** Filters leave out some of `*`. */
const isFilter = (line: string): boolean => /^(!|tag:)/i.test(line)

/** `subscription-id: …, cluster: *`, or the entry itself. */
export function describeEntry(entry: unknown): string {
  if (!isObjectEntry(entry)) return String(entry)
  const describe = (key: string, value: unknown): string =>
    typeof value === 'string' ? readEntryLines(key, value).join(', ') : JSON.stringify(value)
  return Object.entries(entry)
    .map(([key, value]) => `${key}: ${describe(key, value)}`)
    .join(', ')
}

const maxClusters = 2

/** Keys that are in the name in another way, or don't show what the job checks. */
const otherKeys = ['name', 'cluster', 'resource-group', 'subscription-id', 'registry', 'client-id', 'tenant-id']

/** Names the job of an entry: by its `name`; else by its clusters, or for `*` by their resource group or subscription; by the entry itself if it names no clusters. */
export function nameEntry(entry: unknown): JobName {
  const lines = readFleetEntryLines(entry)
  const namesIn = (key: string): string[] => (lines.get(key) ?? []).map(lastSegment)
  const clusters = namesIn('cluster')
  const [group] = namesIn('resource-group')
  const [subscription] = namesIn('subscription-id')
  const name = toName(describeEntry(entry))
  const where = describePlace({ resourceGroup: group, subscriptionId: subscription })
  const declared = (lines.get('name') ?? []).join(' ')
  if (declared) return { name, called: toName(declared), isPlural: false, where }
  if (clusters.length === 0) return nameJob(name)
  const isAll = clusters.includes('*')
  return {
    name,
    called: toName(nameByClusters(namesIn, [...lines.keys()])),
    isPlural: !isAll && clusters.length > 1,
    where,
  }
}

/** What a job checks: its clusters and their place, or for `*` the place alone, and in brackets everything else. */
function nameByClusters(namesIn: (key: string) => string[], keys: readonly string[]): string {
  const [clusters, registries] = [namesIn('cluster'), namesIn('registry')]
  const subscriptions = namesIn('subscription-id').map(id => `subscription ${id}`)
  const [place = '', ...more] = [...namesIn('resource-group'), ...subscriptions]
  const what = clusters.length > maxClusters ? plural(clusters.length, 'cluster') : clusters.join(' and ')
  const named = clusters.includes('*') ? place || 'the subscription' : `${what}${place && ` of ${place}`}`
  const at = `${registries.length > 1 ? 'registries' : 'registry'} ${registries.join(' and ')}`
  const others = keys.filter(key => !otherKeys.includes(key))
  const rest = [
    ...more,
    ...(registries.length > 0 ? [at] : []),
    ...others.flatMap(key => namesIn(key).map(text => `${key} ${text}`)),
  ]
  return rest.length > 0 ? `${named} (${rest.join(', ')})` : named
}

/**
 * The subscriptions and the registries that an entry names, whatever its keys are called; an empty text each if it names none.
 * @param known labels of the registries that reports are about: the value of another key than `registry` only names one if it is one of them
 */
export function placesOfEntry(
  entry: unknown,
  known: ReadonlySet<string> = new Set(),
): { name: string; subscriptions: string[]; registries: string[] } {
  const lines = readFleetEntryLines(entry)
  const linesIn = (key: string): readonly string[] => lines.get(key) ?? []
  const clusters = linesIn('cluster').map(line => parseResourceId(line)?.subscriptionId)
  // Clusters by their IDs can be in other subscriptions than those by their names.
  const isNamed = clusters.length === 0 || clusters.includes(undefined)
  const others = [...lines].flatMap(([key, all]) => (notSubscriptions.test(key) ? [] : all))
  const named = others.flatMap(
    line => /^(?:\/subscriptions\/)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i.exec(line)?.[1] ?? [],
  )
  const ids = [...clusters.flatMap(each => each ?? []), ...(isNamed ? [...linesIn('subscription-id'), ...named] : [])]
  const subscriptions = [...new Set(ids.map(each => each.toLowerCase()))]
  const registries = [
    ...linesIn('registry').filter(line => !isFilter(line)),
    ...[...lines].flatMap(([key, all]) => (key === 'registry' ? [] : all.filter(line => known.has(labelOf(line))))),
  ]
  return {
    name: linesIn('name').join(' '),
    subscriptions: subscriptions.length > 0 ? subscriptions : [''],
    registries: registries.length > 0 ? registries : [''],
  }
}

/** Keys whose GUIDs are those of something else. */
const notSubscriptions = /client|tenant|identity|principal|group|app/i

/**
 * The entries of the fleet that a report is of: those whose keys and values its job's matrix has, which may have more dimensions; of several, those with the most
 * keys. An entry can also be the value of one of its keys.
 * @param matrix what the job has declared, if anything
 */
export function findEntries(matrix: object | null | undefined, fleet: readonly unknown[]): unknown[] {
  if (!matrix) return []
  const found = fleet.filter(entry => hasEntry(matrix, entry))
  const most = Math.max(0, ...found.map(countKeys))
  return found.filter(entry => countKeys(entry) === most)
}

const isRecord = (entry: unknown): entry is object => isObjectEntry(entry) && !Array.isArray(entry)

const countKeys = (entry: unknown): number => (isRecord(entry) ? Object.keys(entry).length : 0)

function hasEntry(matrix: object, entry: unknown): boolean {
  const values = new Map<string, unknown>(Object.entries(matrix))
  if ([...values.values()].some(value => isDeepStrictEqual(value, entry))) return true
  return isRecord(entry) && Object.entries(entry).every(([key, value]) => isDeepStrictEqual(values.get(key), value))
}
