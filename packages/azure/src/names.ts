import type { GrantedBy } from './access.js'
import { lastSegment, parseResourceId } from './resource-id.js'

/** Something with a name that another resource can have, too. */
export interface Nameable {
  /** Resource ID; the name alone if it was not found. */
  target: string
  /** Where the name was looked for, in words; absent with a resource ID. */
  where?: string | undefined
}

/** Names resources of a run or a fleet: by name alone, and with resource group and subscription if another of them has that name. */
export function namesOf(all: readonly Nameable[]): (item: Nameable) => string {
  const called = new Map<string, Map<string, string>>()
  for (const item of all) {
    const places = called.get(keyOfName(item)) ?? new Map<string, string>()
    called.set(keyOfName(item), places.set(keyOf(item), describePlaceOf(item)))
  }
  return item => {
    const name = lastSegment(item.target)
    const places = [...(called.get(keyOfName(item))?.values() ?? [])]
    const place = describePlaceOf(item)
    if (places.length < 2 || !place) return name
    // Two subscriptions can end with the same four digits.
    const isUnique = places.filter(other => other === place).length < 2
    return `${name} (${isUnique ? place : describePlaceOf(item, guid => guid)})`
  }
}

/** The place of a resource, or of what is named without an ID, in words: `rg-shop, subscription …7f3a`. */
export function describePlaceOf({ target, where = '' }: Nameable, write: (guid: string) => string = shortGuid): string {
  const id = parseResourceId(target)
  return id ? describePlace(id, write) : where
}

/** `rg-shop, subscription …7f3a`, without what is not known. */
export function describePlace(
  { resourceGroup, subscriptionId }: { resourceGroup: string | undefined; subscriptionId: string | undefined },
  write: (guid: string) => string = shortGuid,
): string {
  return [resourceGroup, subscriptionId && `subscription ${write(subscriptionId)}`].filter(Boolean).join(', ')
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

/** Azure ignores letter case in names and IDs. */
const keyOfName = ({ target }: Nameable): string => lastSegment(target).toLowerCase()

const keyOf = ({ target, where = '' }: Nameable): string => `${target} ${where}`.toLowerCase()
