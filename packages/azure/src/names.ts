import { compareNaturally, groupBy } from 'kernel'
import type { GrantedBy } from './access.js'
import { lastSegment, parseResourceId } from './resource-id.js'

/** Something with a name that another resource can have, too. */
export interface Nameable {
  /** Resource ID; the name alone if it was not found. */
  target: string
  /** Where the name was looked for, in words; absent with a resource ID. */
  where?: string | undefined
}

/** Where no name of a subscription is known. */
const noName: (id: string) => string = () => ''

/** Names resources of a run or a fleet: by name alone, and with resource group and subscription if another of them has that name. */
export function namesOf(all: readonly Nameable[], nameSubscription = noName): (item: Nameable) => string {
  const called = new Map<string, Map<string, string>>()
  for (const item of all) {
    const places = called.get(keyOfName(item)) ?? new Map<string, string>()
    called.set(keyOfName(item), places.set(keyOf(item), describePlaceOf(item, shortGuid, nameSubscription)))
  }
  return item => {
    const name = lastSegment(item.target)
    const places = [...(called.get(keyOfName(item))?.values() ?? [])]
    const place = describePlaceOf(item, shortGuid, nameSubscription)
    if (places.length < 2 || !place) return name
    // Two subscriptions can end with the same four digits.
    const isUnique = places.filter(other => other === place).length < 2
    return `${name} (${isUnique ? place : describePlaceOf(item, guid => guid)})`
  }
}

/** The place of a resource, or of what is named without an ID, in words: `rg-shop, subscription …7f3a`. */
export function describePlaceOf(
  { target, where = '' }: Nameable,
  write: (guid: string) => string = shortGuid,
  nameSubscription = noName,
): string {
  const id = parseResourceId(target)
  return id ? describePlace(id, write, nameSubscription) : where
}

/** `rg-shop, subscription …7f3a`, or its name in place of that, without what is not known. */
export function describePlace(
  { resourceGroup, subscriptionId }: { resourceGroup: string | undefined; subscriptionId: string | undefined },
  write: (guid: string) => string = shortGuid,
  nameSubscription = noName,
): string {
  const subscription = subscriptionId && (nameSubscription(subscriptionId) || `subscription ${write(subscriptionId)}`)
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

/** Where access comes from: `inherited from resource group rg-shop`. */
export function describeSource(grantedBy: GrantedBy, scope: string): string {
  const how = {
    direct: 'directly at',
    inherited: 'inherited from',
    group: 'through a group at',
    'broader-role': 'broader role at',
  }[grantedBy]
  return `${how} ${formatResourceScope(scope)}`
}

/** A scope in words: `resource group rg-shop`, `subscription …7f3a`, `management group platform`, `the tenant`, or the resource's name. */
export function formatResourceScope(scope: string): string {
  if (scope === '/') return 'the tenant'
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription …${scope.slice(-4)}`
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`
  return lastSegment(scope)
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

const keyOf = ({ target, where = '' }: Nameable): string => `${target} ${where}`.toLowerCase()
