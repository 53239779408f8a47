import { ActionError } from '../model/error.js'
import type { Bystanders, ObservedPair } from '../model/observed.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { listClusters } from '../services/arm/clusters.js'
import { listRegistries } from '../services/arm/registries.js'
import { orError, type AzureContext } from '../services/context.js'

/**
 * Finds who else loses access by what `detach` deletes or advises to delete: other clusters with the same pull identity,
 * where AKS has not made it for one cluster alone, and the registries that an inherited role reaches. It lists each kind once a subscription, and only where needed.
 */
export async function observeBystanders(azure: AzureContext, pairs: ObservedPair[]): Promise<Bystanders> {
  const shareable = pairs.flatMap(({ target }) => (target.ownsIdentity === false ? target : []))
  const inherited = pairs.filter(({ registry, assignments }) =>
    assignments.some(({ scope }) => !sameId(scope, registry.id)),
  )
  const [clusters, registries] = await Promise.all([
    listEach(subscriptionsOf(shareable.map(({ id }) => id)), id => listClusters(azure.clients, id, '', azure.signal)),
    listEach(subscriptionsOf(inherited.map(({ registry }) => registry.id)), id =>
      listRegistries(azure.clients, id, azure.signal),
    ),
  ])
  const targets = new Set(pairs.map(({ target }) => normalizeId(target.id)))
  const objectIds = new Set(shareable.map(({ identity }) => normalizeId(identity.objectId)))
  return {
    registryIds: registries.map(({ id }) => id),
    sharing: clusters.flatMap(({ id, name, kubeletIdentity }) => {
      const objectId = normalizeId(kubeletIdentity?.objectId ?? '')
      return objectIds.has(objectId) && !targets.has(normalizeId(id)) ? [{ name, objectId }] : []
    }),
  }
}

function subscriptionsOf(ids: string[]): string[] {
  return [...new Set(ids.map(id => parseResourceId(id)?.subscriptionId.toLowerCase() ?? ''))].filter(Boolean)
}

/** What the caller may not list is left out, so that messages about it have no numbers and names. */
async function listEach<T>(subscriptionIds: string[], list: (subscriptionId: string) => Promise<T[]>): Promise<T[]> {
  const lists = await Promise.all(subscriptionIds.map(id => orError(list(id))))
  return lists.flatMap(listed => (listed instanceof ActionError ? [] : listed))
}
