import { holdOf, listExcess, normalizeId, parseResourceId, principalOf, subscriptionsOf } from 'azure'
import type { Puller, RoleAssignment, Target } from 'azure'
import { getResource, listResources, queryClustersPullingWith, resources, searchSubscriptions } from 'azure-clients'
import type { AzureContext, Cluster } from 'azure-clients'
import { attempt, distinctOf, groupBy, memoize, search, type ActionError, type Search } from 'kernel'
import type { Inputs, Observed, ObservedPair } from 'run-model'
import { findGap } from './lists.js'

/**
 * Finds the clusters that pull with an identity that AKS made for one of the targets and that has an own assignment that allows more than the input
 * `repositories`. What limits that assignment takes access from every cluster that pulls with the identity, and nothing keeps people from giving it to a
 * second one.
 */
export async function observePullers(
  azure: AzureContext,
  targets: readonly Target[],
  pairs: readonly ObservedPair[],
  roles: Observed['roles'],
  { repositories }: Pick<Inputs, 'repositories'>,
): Promise<Observed['pullers']> {
  const unlimited = pairs.filter(({ target, registry, role, assignments }) => {
    const isUnlimited = (each: RoleAssignment): boolean =>
      holdOf(each, { target, registry }) === 'direct' &&
      listExcess(each, { role, repositories }, registry, roles.get(each.roleId)).length > 0
    return target.ownsIdentity === true && assignments.some(isUnlimited)
  })
  const asked = [...new Set(unlimited.map(({ target }) => target))].map(({ id, identity: { objectId } }) => ({
    objectId,
    subscriptionIds: subscriptionsOf([id]),
  }))
  const { pullers } = await createPullerSearch(azure, targets)(asked)
  return pullers
}

/** An identity whose pullers are searched for. */
interface AskedIdentity {
  objectId: string
  /** Its application ID; absent if it is not known, or no cluster can pull with it. */
  clientId?: string
  /** The IDs of the subscriptions whose clusters are listed. */
  subscriptionIds: readonly string[]
  /** Whether nothing is said of clusters that can't be seen. */
  isHardlyShared?: boolean
}

/** A cluster as Azure Resource Manager has it or, if it can't be read, the index of Azure Resource Graph. */
type Seen = Pick<Cluster, keyof Puller | 'pullsWith'>

export type SearchPullers = ReturnType<typeof createPullerSearch>

/**
 * Finds the clusters that can be seen and pull with identities: targets, those in the given subscriptions, and those in all others. It lists the clusters
 * of each subscription once, however often it is called.
 */
export function createPullerSearch(azure: AzureContext, targets: readonly Target[]) {
  const list = memoize((subscriptionId: string) => search(listResources(azure, resources.cluster, subscriptionId)))

  const listIn = async (subscriptionId: string, withGap: boolean): Promise<Search<Seen>> => {
    const request = { kind: 'cluster', subscriptionId, resourceGroup: '', asked: '*' } as const
    const looking = withGap ? findGap(azure, request) : undefined
    const [{ found, errors }, gap] = await Promise.all([list(subscriptionId), looking])
    const [error = gap] = errors
    return { found, errors: error ? [error] : [] }
  }

  /**
   * @param options.isListOnly whether to search no subscription but the given ones
   * @param options.withGaps whether to look for clusters that lists omit because the caller can't read them
   */
  return async <A extends AskedIdentity>(asked: readonly A[], { isListOnly = false, withGaps = false } = {}) => {
    const placed = asked.flatMap(one => [...new Set(one.subscriptionIds.map(normalizeId))].map(at => ({ at, one })))
    const parts = [...groupBy(placed, ({ at }) => at)].map(([at, some]) => {
      const concerned = selectShared(some.map(({ one }) => one))
      return { concerned, search: listIn(at, withGaps && concerned.length > 0) }
    })
    if (!isListOnly && asked.length > 0) {
      const listed = new Set(placed.map(({ at }) => at))
      parts.push({ concerned: selectShared(asked), search: searchElsewhere(azure, asked, listed, list) })
    }
    const ended = await Promise.all(parts.map(async ({ concerned, search }) => ({ concerned, ...(await search) })))
    const known = asked.filter(({ clientId }) => clientId)
    const applications = new Map(known.map(({ clientId = '', objectId }) => [normalizeId(clientId), objectId]))
    const seen = ended.flatMap(({ found }) =>
      found.map(({ id, name, bootstrapRegistryId, pullsWith }) => ({
        ...{ id, name, ...(bootstrapRegistryId && { bootstrapRegistryId }) },
        objectId: normalizeId(principalOf(pullsWith, applications)),
      })),
    )
    const unseen = ended.flatMap(({ concerned, errors }) =>
      concerned.length > 0 ? errors.map(error => ({ concerned, error })) : [],
    )
    return { pullers: index(asked, targets, seen, unseen), seen, unseen }
  }
}

function selectShared<A extends AskedIdentity>(asked: readonly A[]): A[] {
  return asked.filter(({ isHardlyShared }) => !isHardlyShared)
}

/** Says by the normalized object ID of each identity which clusters pull with it, targets first, and why there may be more. */
function index(
  asked: readonly AskedIdentity[],
  targets: readonly Target[],
  seen: readonly (Puller & { objectId: string })[],
  unseen: readonly { concerned: readonly AskedIdentity[]; error: ActionError }[],
): ReadonlyMap<string, Search<Puller>> {
  const keyOf = ({ objectId }: { objectId: string }): string => normalizeId(objectId)
  const clusters = targets.filter(({ kind }) => kind === 'cluster')
  const own = clusters.map(target => ({ ...target, objectId: target.identity.objectId }))
  const pulling = groupBy<Puller & { objectId: string }, string>([...own, ...seen], keyOf)
  const doubts = groupBy(
    unseen.flatMap(({ concerned, error }) => distinctOf(concerned, keyOf).map(({ objectId }) => ({ objectId, error }))),
    keyOf,
  )
  const searchOf = (key: string): Search<Puller> => ({
    found: distinctOf(pulling.get(key) ?? [], ({ id }) => normalizeId(id)),
    errors: (doubts.get(key) ?? []).map(({ error }) => error),
  })
  return new Map(asked.map(keyOf).map(key => [key, searchOf(key)]))
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
  list: (subscriptionId: string) => Promise<Search<Cluster>>,
): Promise<Search<Seen>> {
  const ids = new Set(asked.flatMap(({ objectId, clientId = '' }) => [objectId, clientId]))
  const { value: indexed, error: unanswered } = await attempt(queryClustersPullingWith(azure, [...ids]))
  if (unanswered && selectShared(asked).length > 0) return searchSubscriptions(azure, listed, list)
  if (unanswered) return { found: [], errors: [unanswered] }
  return search(
    ...indexed.map(async (cluster): Promise<Search<Seen>> => {
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
