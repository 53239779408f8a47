/** A resource that ARM knows by subscription, resource group, type and name. */
export interface ResourceId {
  subscriptionId: string
  resourceGroup: string
  /** `Microsoft.ContainerService/managedClusters`, in the letter case that it was given in. */
  type: string
  name: string
}

const pattern = /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)\/?$/i

/** Reads the ID of a top-level resource, in any letter case; undefined when it is not one. */
export function parseResourceId(id: string): ResourceId | undefined {
  const [, subscriptionId, resourceGroup, type, name] = pattern.exec(id) ?? []
  if (!subscriptionId || !resourceGroup || !type || !name) return undefined
  return { subscriptionId, resourceGroup, type, name }
}

/** The ID in Azure's usual spelling. */
export function formatResourceId({ subscriptionId, resourceGroup, type, name }: ResourceId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${name}`
}

/**
 * One spelling for IDs that mean the same: ARM compares them without letter case, and services answer with
 * `resourcegroups` or `resourceGroups` as they please.
 */
export function normalizeId(id: string): string {
  let end = id.length
  while (id[end - 1] === '/') end -= 1
  return id.slice(0, end).toLowerCase()
}

/** Whether two IDs mean the same resource or scope. */
export function sameId(a: string, b: string): boolean {
  return a === b || normalizeId(a) === normalizeId(b)
}

/** The last segment of an ID: a resource's name, a role's GUID. */
export function lastSegment(id: string): string {
  return id.split('/').findLast(Boolean) ?? ''
}

/** Whether a scope may contain a resource, or is it. */
export function isAtOrAbove(scope: string, resourceId: string): boolean {
  const [above, below] = [normalizeId(scope), normalizeId(resourceId)]
  // Management groups contain subscriptions, which an ID does not tell: Azure lists only those that do.
  return below === above || below.startsWith(`${above}/`) || !above.startsWith('/subscriptions/')
}
