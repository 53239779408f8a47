import { lastSegment } from '../azure/resource-id.js'

/** A scope in words: `resource group rg-shop`, `subscription …7f3a`, `management group platform`, `the tenant`, or the resource's name. */
export function formatResourceScope(scope: string): string {
  if (scope === '/') return 'the tenant'
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(scope))
    return `management group ${lastSegment(scope)}`
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `subscription …${scope.slice(-4)}`
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(scope)) return `resource group ${lastSegment(scope)}`
  return lastSegment(scope)
}
