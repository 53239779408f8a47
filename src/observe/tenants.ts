import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { attempt, type Result } from '../model/result.js'
import { listTenants } from '../services/arm/subscriptions.js'
import type { AzureContext } from '../services/context.js'

type Session = Pick<AzureContext, 'tenantId'>

/** Whether an identity's tenant is known to be another one than the tenant that the step is signed in to, whose directory does not know it then. */
export function isOtherTenant(tenantId: string | undefined, { tenantId: own }: Session): boolean {
  return tenantId !== undefined && tenantId !== '' && own !== '' && !sameId(tenantId, own)
}

/** The tenants of the subscriptions that each run can see. */
const listed = new WeakMap<AzureContext, Promise<Result<ReadonlyMap<string, string>>>>()

/**
 * Whether the subscription of a resource is known to belong to the tenant that the step is signed in to.
 *
 * Managed identities belong to the tenant of their subscription, and so do the principals that roles are assigned to there. With Azure Lighthouse, a step
 * works in subscriptions of other tenants, while Microsoft Graph knows only its own (learn.microsoft.com/azure/lighthouse/concepts/architecture): what it
 * does not find may exist. The subscriptions are listed once in a run, and only if somebody asks: before something is called deleted.
 */
export async function isOfOwnTenant(azure: AzureContext, resourceId: string): Promise<boolean> {
  const list = listed.get(azure) ?? attempt(listTenants(azure))
  listed.set(azure, list)
  const { value } = await list
  const subscriptionId = normalizeId(parseResourceId(resourceId)?.subscriptionId ?? '')
  const tenantId = value?.get(subscriptionId) ?? ''
  return tenantId !== '' && sameId(tenantId, azure.tenantId)
}
