import { once } from '../model/memoize.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { attempt } from '../model/result.js'
import { listTenants } from '../services/arm/subscriptions.js'
import type { AzureContext } from '../services/context.js'

type Session = Pick<AzureContext, 'tenantId'>

/** Whether an identity's tenant is known to be another one than the tenant that the step is signed in to, whose directory does not know it then. */
export function isOtherTenant(tenantId: string | undefined, { tenantId: own }: Session): boolean {
  return tenantId !== undefined && tenantId !== '' && own !== '' && !sameId(tenantId, own)
}

/** Tells whether the subscription of a resource is known to belong to the tenant that the step is signed in to. */
export type IsOwnTenant = (resourceId: string) => Promise<boolean>

/**
 * Managed identities belong to the tenant of their subscription, and so do the principals that roles are assigned to there. With Azure Lighthouse, a step
 * works in subscriptions of other tenants, while Microsoft Graph knows only its own (learn.microsoft.com/azure/lighthouse/concepts/architecture): what it
 * does not find may exist. The subscriptions are listed once, and only if somebody asks: before something is called deleted.
 */
export function createIsOwnTenant(azure: AzureContext): IsOwnTenant {
  const listed = new Map<string, ReturnType<typeof list>>()
  const list = () => attempt(listTenants(azure.clients, azure.signal))
  return async resourceId => {
    const tenants = await once(listed, '', list)
    const subscriptionId = normalizeId(parseResourceId(resourceId)?.subscriptionId ?? '')
    const tenantId = tenants.value?.get(subscriptionId) ?? ''
    return tenantId !== '' && sameId(tenantId, azure.tenantId)
  }
}
