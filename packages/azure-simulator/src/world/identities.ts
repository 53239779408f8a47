import type { NewFederatedCredential } from './directory.js'
import { resourceId, type Place, type Resource } from './resources.js'

export interface UserAssignedIdentity extends Resource {
  readonly resourceId: string
  readonly objectId: string
  readonly clientId: string
}

export interface IdentityOptions {
  /** Another tenant's ID, as with Azure Lighthouse: this directory then doesn't know the principal. */
  tenantId?: string
  createdMsAgo?: number
  objectId?: string
  clientId?: string
  federatedCredentials?: readonly NewFederatedCredential[]
  tags?: Record<string, string>
}

const type = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/** A user-assigned identity with its service principal. Its ID is spelled `resourcegroups`, as recorded. */
export function createIdentity(place: Place, name: string, options: IdentityOptions = {}): UserAssignedIdentity {
  const tenantId = options.tenantId ?? place.tenantId
  const principal = place.directory.addServicePrincipal(name, 'ManagedIdentity', { ...options, tenantId })
  const id = resourceId(place, type, name, { casing: 'resourcegroups' })
  return {
    id,
    resourceId: id,
    name,
    type,
    subscriptionId: place.subscriptionId,
    resourceGroup: place.resourceGroup,
    createdAt: Date.now(),
    objectId: principal.objectId,
    clientId: principal.clientId,
    body: {
      location: place.location,
      tags: options.tags ?? {},
      id,
      name,
      type,
      properties: { tenantId, principalId: principal.objectId, clientId: principal.clientId },
    },
  }
}

/** The cluster's own identity, which doesn't pull; none in clusters with a service principal. */
export function controlPlaneIdentity(
  place: Place,
  name: string,
  kind: 'SystemAssigned' | 'UserAssigned' | 'ServicePrincipal',
): { principalId: string; body: Record<string, unknown> } | undefined {
  if (kind === 'ServicePrincipal') return undefined
  if (kind === 'SystemAssigned') {
    const principal = place.directory.addServicePrincipal(name, 'ManagedIdentity', { tenantId: place.tenantId })
    return {
      principalId: principal.objectId,
      body: { type: 'SystemAssigned', principalId: principal.objectId, tenantId: place.tenantId },
    }
  }
  const { resourceId: id, clientId, objectId } = createIdentity(place, `${name}-controlplane`)
  return {
    principalId: objectId,
    body: { type: 'UserAssigned', userAssignedIdentities: { [id]: { clientId, principalId: objectId } } },
  }
}
