import type { Clients } from './clients.js'

/** The IDs of all enabled subscriptions that the caller can see. */
export async function listSubscriptionIds(clients: Clients, abortSignal: AbortSignal): Promise<string[]> {
  const subscriptions = await clients.resourceManager.list<{ subscriptionId: string; state?: string }>(
    '/subscriptions?api-version=2022-12-01',
    abortSignal,
  )
  return subscriptions.filter(({ state }) => state !== 'Disabled').map(({ subscriptionId }) => subscriptionId)
}

/** The region of a resource group. */
export async function getResourceGroupLocation(
  clients: Clients,
  subscriptionId: string,
  resourceGroup: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const path = `/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(resourceGroup)}?api-version=2021-04-01`
  return (await clients.resourceManager.get<{ location: string }>(path, abortSignal)).location
}
