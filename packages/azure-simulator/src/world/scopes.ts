/** A scope with one leading slash and no empty segments: clients send `//subscriptions/…` and Azure accepts it. */
export function normalizeScope(scope: string): string {
  return (
    '/' +
    scope
      .split('/')
      .filter(segment => segment !== '')
      .join('/')
  )
}

export const managementGroupScope = (name: string): string => `/providers/Microsoft.Management/managementGroups/${name}`

/** The subscription GUID in a scope, if there is one. */
export function subscriptionIdOf(scope: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1]
}

/**
 * The scopes in a subscription that contain `scope`, from itself to the subscription, in lower case. There are no other
 * scopes between a resource group and a resource, or between a resource and its child.
 */
export function scopesWithinSubscription(scope: string): string[] {
  const segments = normalizeScope(scope).toLowerCase().split('/').slice(1)
  const [root, subscription, groups, group, ...resource] = segments
  if (root !== 'subscriptions' || subscription === undefined) return []
  const base = `/subscriptions/${subscription}`
  const scopes = [base]
  if (groups === 'resourcegroups' && group !== undefined) {
    const groupScope = `${base}/resourcegroups/${group}`
    scopes.unshift(groupScope)
    scopes.unshift(...resourceScopes(groupScope, resource).reverse())
  } else if (groups === 'providers' && group !== undefined) {
    scopes.unshift(...resourceScopes(base, ['providers', group, ...resource]).reverse())
  }
  return scopes
}

function resourceScopes(parent: string, segments: string[]): string[] {
  const scopes: string[] = []
  let current = parent
  let rest = segments
  while (rest.length > 0) {
    const length = rest[0] === 'providers' ? 4 : 2
    if (rest.length < length) break
    current += '/' + rest.slice(0, length).join('/')
    scopes.push(current)
    rest = rest.slice(length)
  }
  return scopes
}
