import { normalizeId, parseResourceId, sameId, type Target } from 'azure'
import {
  getCluster,
  listClusters,
  queryClustersPullingWith,
  searchSubscriptions,
  type AzureContext,
  type Cluster,
  type Puller,
} from 'azure-clients'
import { attempt, distinctOf, isNotFound, joinSearches, memoize, search, type Search } from 'kernel'
import type { ClusterName } from 'run-model'

/** Lists the clusters of a subscription, by its ID in lower case. */
type ListClusters = (subscriptionId: string) => Promise<Search<Cluster>>

/** Lists the clusters of each subscription once, and only if somebody asks. */
export function createClusterLists(azure: AzureContext): ListClusters {
  return memoize(subscriptionId => search(listClusters(azure, subscriptionId)))
}

interface Places {
  /** The IDs of the subscriptions that are listed anyway, in lower case. */
  listed: ReadonlySet<string>
  list: ListClusters
  /** Whether to list all other subscriptions if Azure Resource Graph does not answer. */
  isThorough: boolean
}

/**
 * Finds clusters that pull with one of some identities in subscriptions that are not listed, or can't be: Azure Resource Graph finds them, in one query,
 * and Azure Resource Manager confirms them, because the index lags. If Resource Graph does not answer, all clusters of all visible subscriptions are
 * returned.
 */
export async function findPullersElsewhere(
  azure: AzureContext,
  identities: readonly string[],
  { listed, list, isThorough }: Places,
): Promise<Search<Puller>> {
  if (identities.length === 0) return nothing
  const { value: indexed, error: unanswered } = await attempt(queryClustersPullingWith(azure, identities))
  if (unanswered) return isThorough ? searchSubscriptions(azure, listed, list) : { found: [], errors: [unanswered] }
  return joinSearches(
    indexed.map(async cluster => {
      const id = parseResourceId(cluster.id)
      const subscriptionId = normalizeId(id?.subscriptionId ?? '')
      const isListed = listed.has(subscriptionId) && (await list(subscriptionId)).errors.length === 0
      return id && !isListed ? confirm(cluster, attempt(getCluster(azure, id))) : nothing
    }),
  )
}

const nothing = { found: [], errors: [] }

/** A cluster that can't be read counts as the index has it: it may be out of date, but nothing contradicts it. */
async function confirm(indexed: Puller, reading: ReturnType<typeof attempt<Cluster>>): Promise<Search<Puller>> {
  const { value, error } = await reading
  if (!error) return { found: [value], errors: [] }
  return isNotFound(error) ? nothing : { found: [indexed], errors: [error] }
}

/** Finds the clusters that can be seen and pull with an identity: targets, those in the subscription of a resource, and all others. */
export type FindPullers = (objectId: string, resourceId: string) => Promise<Search<ClusterName>>

/** @param asked the identities whose roles may be deleted if no cluster pulls with them: they are searched for in all subscriptions, together */
export function createPullers(azure: AzureContext, targets: readonly Target[], asked: readonly string[]): FindPullers {
  const list = createClusterLists(azure)
  const listed = new Set<string>()
  let elsewhere: Promise<Search<Puller>> | undefined
  return async (objectId, resourceId) => {
    const pulling = targets.filter(({ kind, identity }) => kind === 'cluster' && sameId(identity.objectId, objectId))
    const subscriptionId = normalizeId(parseResourceId(resourceId)?.subscriptionId ?? '')
    listed.add(subscriptionId)
    const searches: Promise<Search<Puller>>[] = [list(subscriptionId)]
    if (asked.some(id => sameId(id, objectId))) {
      elsewhere ??= findPullersElsewhere(azure, asked, { listed, list, isThorough: true })
      searches.push(elsewhere)
    }
    const { found, errors } = await joinSearches(searches)
    const sharing = found.filter(
      ({ pullsWith }) => pullsWith.kind === 'managed-identity' && sameId(pullsWith.objectId, objectId),
    )
    return { found: distinctOf([...pulling, ...sharing], ({ id }) => normalizeId(id)), errors }
  }
}
