import { holdOf, namesOf, normalizeId, parseResourceId, principalOf, sameId, subscriptionsOf } from 'azure'
import type { Puller, Target } from 'azure'
import { getResource, listResources, queryClustersPullingWith, resources, searchSubscriptions } from 'azure-clients'
import type { AzureContext, Cluster } from 'azure-clients'
import { attempt, distinctOf, memoize, search, type Search } from 'kernel'
import type { Inputs, Observed, ObservedPair } from 'run-model'
import { findGap } from './lists.js'

/** An identity whose pullers are searched for. */
interface AskedIdentity {
  objectId: string
  /** Its application ID; absent if it is not known, or no cluster can pull with it. */
  clientId?: string
  /** The IDs of the subscriptions whose clusters are listed, in lower case. */
  subscriptionIds: readonly string[]
  /** Whether AKS made it for its cluster: hardly anybody gives it to another one, so that clusters that can't be seen are no doubt. */
  isHardlyShared: boolean
}

/** A cluster as Azure Resource Manager has it or, if it can't be read, the index of Azure Resource Graph. */
type SeenCluster = Pick<Cluster, keyof Puller | 'pullsWith'>

type ListIn = (subscriptionId: string) => Promise<Search<Cluster>>

/**
 * Finds out who else pulls with the identities from which `detach` would take a role, or boots nodes by it: in the subscription of the target, in the
 * identity's, and in all others that can be seen. Each subscription is listed once.
 */
export async function findPullers(
  azure: AzureContext,
  pairs: readonly ObservedPair[],
  { subscriptionId }: Inputs,
): Promise<Observed['pullers']> {
  const losing = pairs.filter(pair => pair.assignments.some(assignment => holdOf(assignment, pair) === 'direct'))
  const asked = [...new Set(losing.map(({ target }) => target))].map(target => askAbout(target, subscriptionId))
  if (asked.length === 0) return new Map()
  const list = memoize((id: string) => search(listResources(azure, resources.cluster, id)))
  const listed = distinctOf(
    asked.flatMap(({ subscriptionIds }) => subscriptionIds),
    id => id,
  )
  const isDoubted = (id: string): boolean =>
    asked.some(({ isHardlyShared, subscriptionIds }) => !isHardlyShared && subscriptionIds.includes(id))
  const [lists, elsewhere] = await Promise.all([
    Promise.all(listed.map(id => listIn(azure, id, list, isDoubted(id)))),
    searchElsewhere(azure, asked, new Set(listed), list),
  ])
  const found = [...lists, elsewhere].flatMap(search => search.found)
  const seen = nameEach(found, pairs)
  const applications = new Map(asked.map(({ clientId = '', objectId }) => [normalizeId(clientId), objectId]))
  applications.delete('')
  const pullersOf = ({ objectId, subscriptionIds, isHardlyShared }: AskedIdentity) => {
    const pulling = seen.filter(({ pullsWith }) => sameId(principalOf(pullsWith, applications), objectId))
    const own = lists.filter((_, index) => subscriptionIds.includes(listed[index] ?? ''))
    const unread = [...own, elsewhere].flatMap(({ errors }) => errors)
    return isHardlyShared ? { found: pulling, errors: [], unseen: unread } : { found: pulling, errors: unread }
  }
  return new Map(asked.map(each => [normalizeId(each.objectId), pullersOf(each)]))
}

function askAbout({ kind, id, identity, ownsIdentity }: Target, subscriptionId: string): AskedIdentity {
  // Clusters that use a given identity are most likely in the step's subscription, if it has one.
  const own = kind === 'cluster' || subscriptionId === '' ? [] : [subscriptionId]
  const subscriptionIds = [...subscriptionsOf([id, identity.resourceId ?? '']), ...own].map(normalizeId)
  return { ...identity, subscriptionIds, isHardlyShared: ownsIdentity === true }
}

/** @param isDoubted whether to look for clusters that the list omits because the caller can't read them */
async function listIn(
  azure: AzureContext,
  subscriptionId: string,
  list: ListIn,
  isDoubted: boolean,
): Promise<Search<SeenCluster>> {
  const request = { kind: 'cluster', subscriptionId, resourceGroup: '', asked: '*' } as const
  const looking = isDoubted ? findGap(azure, request) : undefined
  const [{ found, errors }, gap] = await Promise.all([list(subscriptionId), looking])
  const [error = gap] = errors
  return { found, errors: error ? [error] : [] }
}

/** Each cluster once, with a name that tells it from the others and from the targets. */
function nameEach(clusters: readonly SeenCluster[], pairs: readonly ObservedPair[]): SeenCluster[] {
  const distinct = distinctOf(clusters, ({ id }) => normalizeId(id))
  const nameOf = namesOf([...pairs.map(({ target }) => target), ...distinct].map(({ id }) => ({ target: id })))
  return distinct.map(cluster => ({ ...cluster, name: nameOf({ target: cluster.id }) }))
}

/**
 * Finds clusters in subscriptions that are not listed, or can't be: Azure Resource Graph finds them, in one query, and Azure Resource Manager confirms
 * them, because the index lags. If Resource Graph does not answer, all clusters of all visible subscriptions are returned, unless identities are hardly
 * shared.
 * @param listed the IDs of the subscriptions that are listed anyway, in lower case
 */
async function searchElsewhere(
  azure: AzureContext,
  asked: readonly AskedIdentity[],
  listed: ReadonlySet<string>,
  list: ListIn,
): Promise<Search<SeenCluster>> {
  const ids = new Set(asked.flatMap(({ objectId, clientId = '' }) => [objectId, clientId]))
  const { value: indexed, error: unanswered } = await attempt(queryClustersPullingWith(azure, [...ids]))
  if (unanswered && !asked.every(({ isHardlyShared }) => isHardlyShared))
    return searchSubscriptions(azure, listed, list)
  if (unanswered) return { found: [], errors: [unanswered] }
  return search(
    ...indexed.map(async (cluster): Promise<Search<SeenCluster>> => {
      const id = parseResourceId(cluster.id)
      const subscriptionId = normalizeId(id?.subscriptionId ?? '')
      const isListed = listed.has(subscriptionId) && (await list(subscriptionId)).errors.length === 0
      if (!id || isListed) return nothing
      const { value, error } = await attempt(getResource(azure, resources.cluster, id))
      if (!error) return { found: [value], errors: [] }
      // One that can't be read counts as the index has it: it may be out of date, but nothing contradicts it.
      return error.kind === 'missing' ? nothing : { found: [cluster], errors: [error] }
    }),
  )
}

const nothing = { found: [], errors: [] }
