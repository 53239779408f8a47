import { armActions } from './actions.js'
import { ask } from './ask.js'
import { toRead } from './attempt.js'
import type { ArmContext } from './clients.js'

interface Subscription {
  subscriptionId: string
  state?: string
  tenantId?: string
}

/** Lists the IDs of all enabled subscriptions that the caller can see. @throws ActionError */
export async function listSubscriptionIds(azure: ArmContext): Promise<string[]> {
  const subscriptions = await listSubscriptions(azure)
  return subscriptions.filter(({ state }) => state !== 'Disabled').map(({ subscriptionId }) => subscriptionId)
}

/**
 * Lists the tenants of all subscriptions that the caller can see, by subscription ID in lower case. Azure returns a subscription's own tenant, also to the
 * tenants that manage it (azure-cli `_profile.py` takes it for the home tenant). @throws ActionError
 */
export async function listTenants(azure: ArmContext): Promise<ReadonlyMap<string, string>> {
  const subscriptions = await listSubscriptions(azure)
  return new Map(subscriptions.map(({ subscriptionId, tenantId = '' }) => [subscriptionId.toLowerCase(), tenantId]))
}

function listSubscriptions({ clients, signal }: ArmContext): Promise<Subscription[]> {
  const asked = {
    failure: 'The subscriptions could not be listed',
    scope: '/subscriptions',
    // Any role in a subscription makes Azure list it.
    action: armActions.readRegistry,
  }
  const path = '/subscriptions?api-version=2022-12-01'
  return ask(clients, asked, () => clients.resourceManager.list<Subscription>(path, signal))
}

/** @throws ActionError, `INVALID_INPUT` if the resource group does not exist */
export function getResourceGroupLocation(
  { clients, signal }: ArmContext,
  subscriptionId: string,
  resourceGroup: string,
): Promise<string> {
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
  const what = `The region of the resource group ${resourceGroup}`
  const asked = toRead(what, scope, armActions.readResourceGroup, 'INVALID_INPUT')
  const path = `/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(resourceGroup)}?api-version=2021-04-01`
  return ask(clients, asked, async () => {
    const { location } = await clients.resourceManager.get<{ location: string }>(path, signal)
    return location
  })
}
