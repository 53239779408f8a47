import { compareNaturally, distinctOf, groupBy, memoize } from 'kernel'
import { lastSegment, parseResourceId } from './resource-id.js'

/** Something with a name that another resource can have, too. */
export interface Nameable {
  /** Resource ID; the name alone if it was not found. */
  target: string
  /** Where the name was looked for, in words; absent with a resource ID. */
  where?: string | undefined
}

/** Names resources of a run or a fleet: by name alone, and with resource group and subscription if another of them has that name. */
export function namesOf(all: readonly Nameable[], titleOf = shortGuid): (item: Nameable) => string {
  const called = groupBy(distinctOf(all, keyOfNameable), keyOfName)
  // Few names are those of several: a place is only described if it may be said.
  const placesOf = memoize(name => (called.get(name) ?? []).map(each => describePlaceOf(each, titleOf)))
  return item => {
    const name = lastSegment(item.target)
    const key = keyOfName(item)
    const place = (called.get(key)?.length ?? 0) > 1 && describePlaceOf(item, titleOf)
    if (!place) return name
    // Two subscriptions can end with the same four digits.
    const isUnique = placesOf(key).filter(other => other === place).length < 2
    return `${name} (${isUnique ? place : describePlaceOf(item, guid => guid)})`
  }
}

/** The place of a resource, or of what is named without an ID, in words: `rg-shop, subscription …7f3a`. */
export function describePlaceOf({ target, where = '' }: Nameable, titleOf = shortGuid): string {
  const id = parseResourceId(target)
  return id ? describePlace(id, titleOf) : where
}

/** `rg-shop, subscription …7f3a`, without what is not known. */
export function describePlace(
  { resourceGroup, subscriptionId }: { resourceGroup: string | undefined; subscriptionId: string | undefined },
  titleOf = shortGuid,
): string {
  const subscription = subscriptionId && `subscription ${titleOf(subscriptionId)}`
  return [resourceGroup, subscription].filter(Boolean).join(', ')
}

/** A GUID by its last four digits; the report has it whole. */
export function shortGuid(guid: string): string {
  return `…${guid.slice(-4)}`
}

/** A text in which every GUID is short. */
export function shortenGuids(text: string): string {
  return text.replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi, shortGuid)
}

/** A text with names in place of the IDs of resources, and without those of callers. */
export function withoutIds(text: string): string {
  return text.replaceAll(/\/subscriptions\/[\w./()-]*\/([\w.()-]+)/gi, '$1').replaceAll(/ \(object ID [\w-]+\)/g, '')
}

/** Maximum number of registries that are counted one by one in a headline. */
const maxCounted = 3

/**
 * The registries of some targets, so that the sentence is true for each target: ` from contosoacr and testacr` if it is the same ones for all,
 * else `: 5 from contosoacr, 1 from testacr`.
 * @param pairs at least one; a target can be in any letter case
 */
export function namePlaces(pairs: readonly { target: string; registry: string }[]): string {
  const targetsOf = (some: typeof pairs): number => new Set(some.map(({ target }) => target.toLowerCase())).size
  const byRegistry = [...groupBy(pairs, ({ registry }) => registry)].sort(([a], [b]) => compareNaturally(a, b))
  const names = byRegistry.map(([name]) => name)
  const all = targetsOf(pairs)
  if (byRegistry.every(([, own]) => targetsOf(own) === all))
    return ` from ${names.length > 2 ? `${names.length} registries` : names.join(' and ')}`
  if (names.length > maxCounted) return ` from one or more of ${names.length} registries`
  return `: ${byRegistry.map(([name, own]) => `${targetsOf(own)} from ${name}`).join(', ')}`
}

/** Azure ignores letter case in names and IDs. */
const keyOfName = ({ target }: Nameable): string => lastSegment(target).toLowerCase()

const keyOfNameable = ({ target, where = '' }: Nameable): string => `${target} ${where}`.toLowerCase()
