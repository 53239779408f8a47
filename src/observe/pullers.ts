import { isNotFound } from '../model/error.js'
import { memoize, once } from '../model/memoize.js'
import type { Observed } from '../model/observed.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { attempt, valuesOf, type Result } from '../model/result.js'
import { getCluster, listClusters, type Cluster } from '../services/arm/clusters.js'
import { queryClustersPullingWith } from '../services/arm/resource-graph.js'
import { listSubscriptionIds } from '../services/arm/subscriptions.js'
import type { AzureContext } from '../services/context.js'

/**
 * Finds clusters that pull with one of some identities in subscriptions that are not listed: Azure Resource Graph finds them, in one query, and Azure
 * Resource Manager confirms them, because the index lags. If Resource Graph does not answer, all clusters of all visible subscriptions are returned.
 * @throws ActionError
 */
export async function findPullersElsewhere(
  azure: AzureContext,
  identities: readonly string[],
  listed: ReadonlySet<string>,
): Promise<Cluster[]> {
  if (identities.length === 0) return []
  const { value: ids, error: unanswered } = await attempt(queryClustersPullingWith(azure, identities))
  if (unanswered) {
    const subscriptions = await listSubscriptionIds(azure)
    const others = subscriptions.filter(id => !listed.has(normalizeId(id)))
    return (await Promise.all(others.map(id => listClusters(azure, id)))).flat()
  }
  const found = await Promise.all(
    ids.map(async (text): Promise<Cluster[]> => {
      const id = parseResourceId(text)
      if (!id || listed.has(normalizeId(id.subscriptionId))) return []
      const { value, error } = await attempt(getCluster(azure, id))
      if (error && !isNotFound(error)) throw error
      return value ? [value] : []
    }),
  )
  return found.flat()
}

/** Finds the names of the clusters that can be seen and pull with an identity: targets, those in the subscription of a resource, and all others. */
export type FindPullers = (objectId: string, resourceId: string) => Promise<Result<string[]>>

/**
 * Lists the clusters of a subscription once, and only if somebody asks.
 * @param asked the identities that may be asked for, which are queried together
 */
export function createPullers(
  azure: AzureContext,
  { targets }: Pick<Observed, 'targets'>,
  asked: readonly string[],
): FindPullers {
  const listed = new Map<string, Promise<Result<Cluster[]>>>()
  const elsewhere = memoize(() => attempt(findPullersElsewhere(azure, asked, new Set())))
  return async (objectId, resourceId) => {
    const pulling = valuesOf(targets).filter(
      ({ kind, identity }) => kind === 'cluster' && sameId(identity.objectId, objectId),
    )
    const subscriptionId = normalizeId(parseResourceId(resourceId)?.subscriptionId ?? '')
    const list = () => attempt(listClusters(azure, subscriptionId))
    const nothing: Result<Cluster[]> = { value: [] }
    const isAsked = asked.some(id => sameId(id, objectId))
    const lists = await Promise.all([once(listed, subscriptionId, list), isAsked ? elsewhere('all') : nothing])
    const error = lists.find(each => each.error)?.error
    if (error && pulling.length === 0) return { error }
    const sharing = valuesOf(lists)
      .flat()
      .filter(({ kubeletIdentity }) => sameId(kubeletIdentity?.objectId ?? '', objectId))
    return { value: [...new Set([...pulling, ...sharing].map(({ name }) => name))] }
  }
}
