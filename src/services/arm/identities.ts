import { formatResourceId, type ResourceId } from '../../model/resource-id.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
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

interface SdkIdentity {
  id: string
  name: string
  location: string
  properties: { principalId?: string; clientId?: string; tenantId?: string }
}

/** Reads one user-assigned identity. @throws ActionError, `IDENTITY_NOT_FOUND` when there is none */
export function getIdentity(clients: Clients, id: ResourceId, abortSignal: AbortSignal): Promise<Identity> {
  const asked = {
    failure: `The user-assigned identity ${id.name} could not be read`,
    subject: id.name,
    scope: formatResourceId(id),
    action: armActions.readIdentity.action,
    notFound: 'IDENTITY_NOT_FOUND' as const,
  }
  return ask(clients, asked, async () => {
    const path = `${formatResourceId(id)}?api-version=2023-01-31`
    const { properties, ...rest } = await clients.resourceManager.get<SdkIdentity>(path, abortSignal)
    const { principalId: objectId, clientId = '', tenantId = '' } = properties
    if (!objectId) throw new Error('it has no object ID yet')
    return { id: rest.id, name: rest.name, location: rest.location, objectId, clientId, tenantId }
  })
}
