import { armActions } from './actions.js'
import { ask } from './ask.js'
import { toRead } from './attempt.js'
import type { Clients } from './clients.js'

/** Lists the IDs of all enabled subscriptions that the caller can see. @throws ActionError */
export function listSubscriptionIds(clients: Clients, abortSignal: AbortSignal): Promise<string[]> {
  const asked = {
    failure: 'The subscriptions could not be listed',
    scope: '/subscriptions',
    // Any role in a subscription makes Azure list it.
    action: armActions.readRegistry.action,
  }
  return ask(clients, asked, async () => {
    const path = '/subscriptions?api-version=2022-12-01'
    const subscriptions = await clients.resourceManager.list<{ subscriptionId: string; state?: string }>(
      path,
      abortSignal,
    )
    return subscriptions.filter(({ state }) => state !== 'Disabled').map(({ subscriptionId }) => subscriptionId)
  })
}

/** @throws ActionError, `INVALID_INPUT` if the resource group does not exist */
export function getResourceGroupLocation(
  clients: Clients,
  subscriptionId: string,
  resourceGroup: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`
  const what = `The region of the resource group ${resourceGroup}`
  const asked = toRead(what, scope, armActions.readResourceGroup, 'INVALID_INPUT')
  const path = `/subscriptions/${subscriptionId}/resourcegroups/${encodeURIComponent(resourceGroup)}?api-version=2021-04-01`
  return ask(clients, asked, async () => {
    const { location } = await clients.resourceManager.get<{ location: string }>(path, abortSignal)
    return location
  })
}
