import { formatResourceId, type ResourceId } from '../../model/resource-id.js'
import type { Clients } from './clients.js'

/** A user-assigned managed identity. */
export interface Identity {
  id: string
  name: string
  location: string
  objectId: string
  clientId: string
  tenantId: string
}

/** Reads one user-assigned identity. */
export async function getIdentity(clients: Clients, id: ResourceId, abortSignal: AbortSignal): Promise<Identity> {
  const { name, location, properties, ...rest } = await clients.resourceManager.get<{
    id: string
    name: string
    location: string
    properties: { principalId: string; clientId: string; tenantId: string }
  }>(`${formatResourceId(id)}?api-version=2023-01-31`, abortSignal)
  return {
    id: rest.id,
    name,
    location,
    objectId: properties.principalId,
    clientId: properties.clientId,
    tenantId: properties.tenantId,
  }
}
