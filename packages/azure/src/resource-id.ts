/** The parts of a top-level resource's ID. */
export interface ResourceId {
  subscriptionId: string
  resourceGroup: string
  /** `Microsoft.ContainerService/managedClusters`, in its original letter case. */
  type: string
  name: string
}

/** The types of the resources that the inputs name. */
export const resourceTypes = {
  cluster: 'Microsoft.ContainerService/managedClusters',
  registry: 'Microsoft.ContainerRegistry/registries',
  'kubelet-identity': 'Microsoft.ManagedIdentity/userAssignedIdentities',
} as const

/** Whether a text is the ID of a cluster, a registry or an identity, by its end alone: the rest may be damaged. */
export function isIdOf(kind: keyof typeof resourceTypes, id: string): boolean {
  const parent = `/providers/${resourceTypes[kind].toLowerCase()}/`
  return normalizeId(id).endsWith(`${parent}${lastSegment(id).toLowerCase()}`)
}

const pattern = /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)\/?$/i

/** Parses the ID of a top-level resource, in any letter case; undefined for any other text. */
export function parseResourceId(id: string): ResourceId | undefined {
  const [, subscriptionId, resourceGroup, type, name] = pattern.exec(id) ?? []
  if (!subscriptionId || !resourceGroup || !type || !name) return undefined
  return { subscriptionId, resourceGroup, type, name }
}

/** Formats an ID in Azure's usual spelling. */
export function formatResourceId({ subscriptionId, resourceGroup, type, name }: ResourceId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${name}`
}

/**
 * A canonical form of an ID: ARM ignores letter case, and services return both `resourcegroups` and `resourceGroups`.
 */
export function normalizeId(id: string): string {
  return id.slice(0, endOf(id)).toLowerCase()
}

/** Where an ID ends, without slashes. */
function endOf(id: string): number {
  let end = id.length
  while (id[end - 1] === '/') end -= 1
  return end
}

/** Whether two IDs are of the same resource or scope. */
export function sameId(a: string, b: string): boolean {
  return a === b || normalizeId(a) === normalizeId(b)
}

/** The last segment of an ID: a resource's name, a role's GUID. */
export function lastSegment(id: string): string {
  const end = endOf(id)
  return id.slice(id.lastIndexOf('/', end - 1) + 1, end)
}

/** Whether a scope is a resource or may contain it. */
export function isAtOrAbove(scope: string, resourceId: string): boolean {
  const [above, below] = [normalizeId(scope), normalizeId(resourceId)]
  // A resource ID does not show its management groups, but Azure lists only those that contain it.
  return below === above || below.startsWith(`${above}/`) || !above.startsWith('/subscriptions/')
}

/** The IDs of the subscriptions of some resources, each once, in lower case. */
export function subscriptionsOf(ids: readonly (string | undefined)[]): string[] {
  const each = Array.from(new Set(ids), id => parseResourceId(id ?? '')?.subscriptionId.toLowerCase() ?? '')
  return [...new Set(each)].filter(Boolean)
}
