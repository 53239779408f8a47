// Normalises request paths to the casing of the routes.
import { normalizeScope } from '../../world/scopes.js'

/** Names that Azure compares case-insensitively, in the casing of the routes. */
const keywords = new Map(
  [
    'subscriptions',
    'resourceGroups',
    'resources',
    'providers',
    'tenants',
    'metadata',
    'endpoints',
    'Microsoft.Authorization',
    'roleAssignments',
    'roleDefinitions',
    'denyAssignments',
    'permissions',
    'roleEligibilityScheduleInstances',
    'locks',
    'policyAssignments',
    'policyDefinitions',
    'Microsoft.ContainerService',
    'managedClusters',
    'Microsoft.ContainerRegistry',
    'registries',
    'Microsoft.ManagedIdentity',
    'userAssignedIdentities',
    'Microsoft.ResourceGraph',
    'operationStatuses',
    'locations',
    'operationResults',
    'importImage',
    'checkNameAvailability',
    'operations',
    'start',
    'stop',
    'federatedIdentityCredentials',
    'agentPools',
    'listClusterUserCredential',
    'listClusterAdminCredential',
    'runCommand',
    'commandResults',
    'privateEndpointConnections',
    'replications',
    'register',
    'Microsoft.Network',
    'publicIPAddresses',
    'privateDnsZones',
    'virtualNetworkLinks',
  ].map(keyword => [keyword.toLowerCase(), keyword]),
)

const extension =
  /^(.*)\/providers\/Microsoft\.Authorization\/(roleAssignments|roleDefinitions|denyAssignments|permissions|roleEligibilityScheduleInstances|locks|policyAssignments|policyDefinitions)(?:\/([^/]+))?$/i

/** Route prefix of resources that extend any scope: scopes have any number of segments, which a router can't match. */
export const extensionRoute = '/~'

/**
 * The path for the router: without empty segments, keywords in one casing, and for extension resources without the
 * scope.
 */
export function routePath(url: string): string {
  const path = normalizeScope(decodeURI(new URL(url).pathname))
  const match = extension.exec(path)
  if (match !== null) {
    const [, , kind = '', name] = match
    return `${extensionRoute}/${keywords.get(kind.toLowerCase()) ?? kind}${name === undefined ? '' : `/${name}`}`
  }
  return path
    .split('/')
    .map(segment => keywords.get(segment.toLowerCase()) ?? segment)
    .join('/')
}

/** The scope in an extension resource's URL. */
export function scopeOf(url: string): string {
  const path = normalizeScope(decodeURI(new URL(url).pathname))
  return normalizeScope(extension.exec(path)?.[1] ?? '/')
}
