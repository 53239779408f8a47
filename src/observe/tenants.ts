import { findAccess, sameId, subscriptionOf, type Roles } from 'azure'
import { findTenant, isOtherTenant, type AzureContext } from 'azure-clients'
import { afterMove, grantFor, type Inputs, type ObservedPair } from 'run-model'

/**
 * Whether the subscription of a resource is known to belong to the tenant that the step is signed in to.
 *
 * Managed identities belong to the tenant of their subscription, and so do the principals that roles are assigned to there. With Azure Lighthouse, a step
 * works in subscriptions of other tenants, while Microsoft Graph knows only its own (learn.microsoft.com/azure/lighthouse/concepts/architecture): what it
 * does not find may exist. One list in a run, and only if somebody asks: before something is called deleted, or missing.
 */
export async function isOfOwnTenant(azure: AzureContext, resourceId: string): Promise<boolean> {
  const { value: tenant = '' } = await findTenant(azure, resourceId)
  return tenant !== '' && sameId(tenant, azure.tenantId)
}

/**
 * In `check`, marks the pairs that lack access at a registry that belongs to another tenant, or may belong to one because that could not be read. Azure
 * does not list there what the other tenant has assigned, nor what it has delegated with Azure Lighthouse
 * (learn.microsoft.com/azure/role-based-access-control/role-assignments-list-cli): what is not in the list is not missing. A cluster in the registry's
 * own subscription is of its tenant.
 */
export async function markConcealed(
  azure: AzureContext,
  pairs: readonly ObservedPair[],
  { mode, repositories, group }: Inputs,
  roles: Roles,
): Promise<ObservedPair[]> {
  return Promise.all(
    pairs.map(async pair => {
      const { target, registry, assignments } = pair
      const isNear = sameId(subscriptionOf(target.id), registry.subscriptionId)
      if (mode !== 'check' || isNear || !registry.exists) return pair
      const isEnough = (each: ObservedPair): boolean => {
        const access = findAccess(target, each.registry, assignments, { roles, grant: grantFor(each, repositories) })
        return access !== null && access.grantedBy !== 'broader-role'
      }
      const later = afterMove(pair)
      if (!group && isEnough(pair) && (!later || isEnough(later))) return pair
      const { value: tenant, error } = await findTenant(azure, registry.id)
      return error || isOtherTenant(tenant, azure) ? { ...pair, isConcealed: true } : pair
    }),
  )
}
