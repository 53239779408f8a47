import { groupBy, plainText } from 'kernel'
import type { GrantedBy } from './access.js'
import { shortGuid } from './names.js'
import { lastSegment } from './resource-id.js'

/** Where access comes from: `inherited from resource group rg-shop`. */
export function describeSource(grantedBy: GrantedBy, scope: string, titleOf = shortGuid): string {
  const how = {
    direct: 'directly at',
    inherited: 'inherited from',
    group: 'through a group at',
    'broader-role': 'broader role at',
  }[grantedBy]
  return `${how} ${formatResourceScope(scope, titleOf)}`
}

/** A scope in words: `resource group rg-shop`, `subscription …7f3a`, `management group platform`, `the tenant`, or the resource's name. */
export function formatResourceScope(scope: string, titleOf = shortGuid): string {
  if (scope === '/') return 'the tenant'
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription ${titleOf(lastSegment(scope))}`
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`
  return lastSegment(scope)
}

/**
 * Names subscriptions as people do; by the last digits of their IDs if they have no name, and with these if several have the same. Whole IDs take the place of
 * digits that are the same.
 * @param all the subscriptions with their names, in others' words; Azure's have up to 64 characters
 */
export function titlesOf(all: readonly { id: string; name: string | null }[]): (id: string) => string {
  const names = new Map(all.map(({ id, name }) => [id.toLowerCase(), plainText(name?.slice(0, 100) ?? '').trim()]))
  const namesakes = groupBy([...names.keys()], id => (names.get(id) ?? '').toLowerCase())
  return id => {
    const name = names.get(id.toLowerCase()) ?? ''
    const own = namesakes.get(name.toLowerCase()) ?? []
    const isSame = own.filter(other => other.endsWith(id.slice(-4).toLowerCase())).length > 1
    const digits = isSame ? id : shortGuid(id)
    return own.length < 2 && name ? name : name ? `${name} (${digits})` : id && digits
  }
}
