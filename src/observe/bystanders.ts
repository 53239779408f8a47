import { readBoots } from '../model/boots.js'
import { ActionError, isNotFound } from '../model/error.js'
import type { Unknown } from '../model/finding.js'
import { groupBy } from '../model/lists.js'
import { memoize } from '../model/memoize.js'
import type { Boot, Bystanders, Holding, Lookup, ObservedGroup, ObservedPair } from '../model/observed.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/wanted.js'
import { listClusters, type Cluster } from '../services/arm/clusters.js'
import { listRegistries } from '../services/arm/registries.js'
import { orError, type AzureContext } from '../services/context.js'
import { checkMemberGroups } from '../services/graph/directory.js'
import { listOfOne } from './assignment-lists.js'
import { findGap } from './gaps.js'
import type { RoleBook } from './roles.js'

/** What is known of the targets of a `detach`. */
interface Known {
  targets: Lookup<Target>[]
  pairs: ObservedPair[]
  group: ObservedGroup | undefined
  roles: RoleBook
}

/**
 * Finds out who else loses access by what `detach` deletes or advises to delete: other clusters with the same pull identity, unless AKS made
 * it for one cluster alone; the registries that an inherited role reaches; and what clusters boot their nodes by. It lists each kind once per
 * subscription, and only if it matters.
 */
export async function observeBystanders(azure: AzureContext, known: Known, inputs: Inputs): Promise<Bystanders> {
  const { pairs } = known
  const shareable = pairs.flatMap(({ target, assignments }) =>
    target.ownsIdentity !== true && (assignments.length > 0 || inputs.group !== '') ? target : [],
  )
  const inherited = pairs.filter(({ registry, assignments }) =>
    assignments.some(({ scope }) => !sameId(scope, registry.id)),
  )
  const [clusters, registries] = await Promise.all([
    listOthers(azure, [...new Set(shareable)], inputs),
    Promise.all(
      subscriptionsOf(inherited.map(({ registry }) => registry.id)).map(id =>
        orError(listRegistries(azure.clients, id, azure.signal)),
      ),
    ),
  ])
  const targetIds = new Set(known.targets.flatMap(each => ('found' in each ? normalizeId(each.found.id) : [])))
  const others = clusters.found.filter(({ id }) => !targetIds.has(normalizeId(id)))
  const objectIdOf = readIdentities(shareable)
  const boots = others.flatMap((cluster): Boot[] => {
    const { id, name, bootstrapRegistryId: registryId } = cluster
    const objectId = objectIdOf(cluster)
    return objectId && registryId ? [{ cluster: { id, name }, objectId, registryId }] : []
  })
  const identities = new Set(shareable.map(({ identity }) => normalizeId(identity.objectId)))
  return {
    // Without the right to list them, messages have no number of registries.
    registryIds: registries.flatMap(listed => (listed instanceof ActionError ? [] : listed.map(({ id }) => id))),
    sharing: others.flatMap(cluster => {
      const objectId = normalizeId(objectIdOf(cluster))
      return identities.has(objectId) ? [{ name: cluster.name, objectId }] : []
    }),
    boots,
    unknown: clusters.unknown,
    ...(await observeBoots(azure, known, boots, inputs.group)),
  }
}

/** The object ID that a cluster pulls with; a cluster with a service principal has it only if a target pulls as the same application. */
function readIdentities(targets: readonly Target[]): (cluster: Cluster) => string {
  const byClientId = new Map(targets.map(({ identity }) => [normalizeId(identity.clientId), identity.objectId]))
  return ({ kubeletIdentity, servicePrincipalClientId }) =>
    kubeletIdentity?.objectId ?? byClientId.get(normalizeId(servicePrincipalClientId ?? '')) ?? ''
}

/** The clusters that may share an identity with one of the targets: those in its subscription and in that of the identity. */
async function listOthers(
  azure: AzureContext,
  targets: readonly Target[],
  { subscriptionId }: Inputs,
): Promise<{ found: Cluster[]; unknown: Unknown[] }> {
  const placed = targets.flatMap(({ kind, id, identity }) => {
    // The clusters of an identity are more likely in the subscription that the step works in.
    const own = kind === 'cluster' ? [] : [subscriptionId.toLowerCase()]
    return [...new Set([...subscriptionsOf([id, identity.resourceId ?? '']), ...own])].map(at => ({ at, identity }))
  })
  const listed = await Promise.all(
    [...groupBy(placed, ({ at }) => at)].map(async ([at, sharing]) => {
      const [list, gap] = await Promise.all([
        orError(listClusters(azure.clients, at, '', azure.signal)),
        findGap(azure, { kind: 'clusters', subscriptionId: at, resourceGroup: '', asked: '*' }),
      ])
      const error = list instanceof ActionError ? list : gap
      const names = [...new Set(sharing.map(({ identity }) => identity.name))].join(', ')
      const message = `It is unknown whether other clusters pull, or boot their nodes, with ${names}: not all clusters of subscription ${at} can be listed. ${error?.message ?? ''}`
      return {
        found: list instanceof ActionError ? [] : list,
        unknown: error ? [{ subject: `/subscriptions/${at}`, message }] : [],
      }
    }),
  )
  return { found: listed.flatMap(({ found }) => found), unknown: listed.flatMap(({ unknown }) => unknown) }
}

function subscriptionsOf(ids: string[]): string[] {
  return [...new Set(ids.map(id => parseResourceId(id)?.subscriptionId.toLowerCase() ?? ''))].filter(Boolean)
}

/** Through which groups clusters boot their nodes, where a target may leave one of them or be advised to. */
async function observeBoots(
  azure: AzureContext,
  { targets, pairs, group, roles }: Known,
  boots: Boot[],
  groupId: string,
): Promise<Pick<Bystanders, 'holdings' | 'parents'>> {
  const mayLeave = (objectId: string): boolean =>
    group !== undefined && group.members?.has(normalizeId(objectId)) !== false
  const ofPairs = { targets, pairs, roles: roles.known }
  const known = readBoots({ ...ofPairs, bystanders: { boots, holdings: [] } })
  const byIdentity = groupBy(pairs, ({ target }) => normalizeId(target.identity.objectId))
  const concerned = [...byIdentity].flatMap(([objectId, its]) => {
    const isOfGroup = its.some(({ assignments }) => assignments.some(each => !sameId(each.principalId, objectId)))
    return isOfGroup || mayLeave(objectId) ? known.of(objectId) : []
  })
  const read = memoize((key: string) => {
    const [objectId = '', registryId = ''] = key.split(' ')
    return readHolding(azure, { objectId, registryId }, groupId, roles)
  })
  const open = concerned.filter(boot => known.groupsOf(boot) === undefined)
  const keys = new Set(open.map(({ objectId, registryId }) => [objectId, registryId].map(normalizeId).join(' ')))
  const holdings = await Promise.all([...keys].map(read))
  const all = readBoots({ ...ofPairs, bystanders: { boots, holdings } })
  const others = concerned.flatMap(boot => {
    const groups = mayLeave(boot.objectId) ? all.groupsOf(boot) : undefined
    return groups === undefined || groups instanceof ActionError ? [] : [...groups]
  })
  const asked = [...new Set(others)].filter(id => !sameId(id, groupId))
  const parents =
    asked.length > 0
      ? await orError(checkMemberGroups(azure.clients, { type: 'groups', objectId: groupId }, asked, azure.signal))
      : new Set<string>()
  return { holdings, parents }
}

async function readHolding(
  azure: AzureContext,
  at: Omit<Holding, 'assignments'>,
  groupId: string,
  roles: RoleBook,
): Promise<Holding> {
  const place = { id: at.registryId, subscriptionId: parseResourceId(at.registryId)?.subscriptionId ?? '' }
  const list = await orError(listOfOne(azure, place, at.objectId, groupId))
  // A registry that was deleted carries no role.
  if (list instanceof ActionError) return { ...at, assignments: isNotFound(list) ? [] : list }
  const assignments = [...list.assignments, ...list.ofGroup]
  await roles.read(assignments, place)
  return { ...at, assignments }
}
