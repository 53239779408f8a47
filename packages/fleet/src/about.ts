import { isIdOf, isSameLabel, labelOf, lastSegment, normalizeId, parseResourceId } from 'azure'
import { nameSome } from 'kernel'
import type { Report } from 'report-document'
import { isFilter, readEntry } from './entry.js'

export type About = NonNullable<ReturnType<typeof readAbout>>

/**
 * What a report is about, by its own `asked` and `searched`, in lower case; undefined if nothing in it says so, because its check ended early.
 */
export function readAbout({ pairs, searched }: Report) {
  if (pairs.length + searched.length === 0) return undefined
  const targets = pairs.flatMap(({ target, asked }) => [target, asked.target])
  // Not those of identities, whose IDs carry their own.
  const scopes = [...targets.filter(each => isIdOf('cluster', each)), ...searched]
  const places = scopes.flatMap(id => {
    const [, subscription, group] =
      /^\/subscriptions\/([^/]+)(?:\/resourcegroups\/([^/]+))?/.exec(normalizeId(id)) ?? []
    return [subscription, group].flatMap(each => each ?? [])
  })
  const registries = [...new Set(pairs.map(({ asked }) => labelOf(asked.registry)))]
  const isList = searched.length > 0 || targets.includes('*')
  const found = [...new Set((pairs.length > 0 ? pairs.map(({ target }) => target) : searched).map(lastSegment))]
  return {
    /** `aks-1 and aks-2 on contosoacr`. */
    text: `${nameSome(found)}${registries.length > 0 ? ` on ${nameSome(registries)}` : ''}`,
    /** Its targets: as the step was asked for them, their resource IDs, and their names. */
    targets: new Set(targets.flatMap(each => [normalizeId(each), lastSegment(each).toLowerCase()])),
    /** Labels of its registries; empty if it has no pairs. */
    registries,
    /** The subscriptions and resource groups of its targets, by their names; empty if none was found. */
    places: new Set(places),
    /** Whether it is about every cluster of a scope, and not about some that were named. */
    isList,
  }
}

/** Whether a report is about something; undefined if it doesn't say. */
type Look = (about: About) => boolean | undefined

/**
 * Finds out whether a report is about all that an entry of the fleet names: `no` if something is missing, `yes` if nothing is, `unknown` if the entry names
 * nothing that can be compared. Values are compared as a whole, because aks-1 is not aks-10.
 * @param all what all reports are about: a value of a key that is no input only counts if it is the name of something in one of them
 */
export function createFit(entry: unknown, all: readonly About[]): (about: About) => 'yes' | 'no' | 'unknown' {
  const values = readEntry(entry)
  const clusters = values.get('cluster') ?? []
  // Clusters by their resource IDs can be in other places than the entry's.
  const ignored = ['name', ...(clusters.some(parseResourceId) ? placeKeys : [])]
  const looks = [...values].flatMap(([key, lines]) => {
    // With filters, there is no complete list, and what they leave out is in no report.
    const named = lines.some(isFilter) ? lines.filter(line => line !== '*' && !isFilter(line)) : lines
    return ignored.includes(key) ? [] : named.flatMap(line => createLook(key, line, all) ?? [])
  })
  return about => {
    const found = looks.map(look => look(about))
    return found.includes(false) ? 'no' : found.includes(true) ? 'yes' : 'unknown'
  }
}

const placeKeys = ['subscription-id', 'resource-group']

/** Undefined for a line that says nothing about what is checked. */
function createLook(key: string, line: string, all: readonly About[]): Look | undefined {
  const target: Look = ({ targets }) => targets.has(normalizeId(line))
  // Without pairs, the registries aren't known.
  const registry: Look = ({ registries }) =>
    line === '*' || registries.length === 0 ? undefined : registries.some(each => isSameLabel(each, labelOf(line)))
  const place: Look = ({ places }) => (places.size === 0 ? undefined : places.has(line.toLowerCase()))
  if (key === 'registry') return registry
  if (key === 'cluster' && line === '*') return ({ isList }) => isList
  if (key === 'cluster' || key === 'kubelet-identity') return target
  if (placeKeys.includes(key)) return place
  return [registry, place, target].find(look => all.some(about => look(about)))
}
