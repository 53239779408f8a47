import { formatResourceId, lastSegment, type ResourceId } from 'azure'
import type { ArmContext } from './context.js'
import { armActions, scopeOf, toList, toRead } from './requests.js'
import { askArm } from './errors.js'

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
  name?: string
  location: string
  properties?: { principalId?: string; clientId?: string; tenantId?: string }
}

const apiVersion = '2023-01-31'

/** @throws ActionError, `IDENTITY_NOT_FOUND` if it does not exist */
export function getIdentity({ clients, signal }: ArmContext, id: ResourceId): Promise<Identity> {
  const scope = formatResourceId(id)
  const asked = toRead(`The user-assigned identity ${id.name}`, scope, armActions.readIdentity, 'IDENTITY_NOT_FOUND')
  return askArm(clients, asked, async () => {
    const path = `${scope}?api-version=${apiVersion}`
    const identity = toIdentity(await clients.resourceManager.get<SdkIdentity>(path, signal))
    if (!identity) throw new Error('it has no object ID yet')
    return identity
  })
}

/** Lists the identities of a subscription that the caller can read; new ones without an object ID are left out. @throws ActionError */
export function listIdentities({ clients, signal }: ArmContext, subscriptionId: string): Promise<Identity[]> {
  const asked = toList('The user-assigned identities', scopeOf(subscriptionId), armActions.readIdentity)
  return askArm(clients, asked, async () => {
    const path = `${asked.scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities?api-version=${apiVersion}`
    const all = await clients.resourceManager.list<SdkIdentity>(path, signal)
    return all.flatMap(identity => toIdentity(identity) ?? [])
  })
}

function toIdentity({ id, name = lastSegment(id), location, properties }: SdkIdentity): Identity | undefined {
  const { principalId: objectId, clientId = '', tenantId = '' } = properties ?? {}
  return objectId ? { id, name, location, objectId, clientId, tenantId } : undefined
}
