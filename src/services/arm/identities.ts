import { formatResourceId, type ResourceId } from '../../model/resource-id.js'
import { armActions } from './actions.js'
import { ask } from './ask.js'
import { toRead } from './attempt.js'
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

/** @throws ActionError, `IDENTITY_NOT_FOUND` if it does not exist */
export function getIdentity(clients: Clients, id: ResourceId, abortSignal: AbortSignal): Promise<Identity> {
  const scope = formatResourceId(id)
  const asked = toRead(`The user-assigned identity ${id.name}`, scope, armActions.readIdentity, 'IDENTITY_NOT_FOUND')
  return ask(clients, asked, async () => {
    const path = `${scope}?api-version=2023-01-31`
    const { properties, ...identity } = await clients.resourceManager.get<SdkIdentity>(path, abortSignal)
    const { principalId: objectId, clientId = '', tenantId = '' } = properties
    if (!objectId) throw new Error('it has no object ID yet')
    const { name, location } = identity
    return { id: identity.id, name, location, objectId, clientId, tenantId }
  })
}
