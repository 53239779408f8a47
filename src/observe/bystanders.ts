import { subscriptionOf } from '../model/az.js'
import { readBoots } from '../model/boots.js'
import { isNotFound, type ActionError } from '../model/error.js'
import type { Unknown } from '../model/finding.js'
import { groupBy } from '../model/lists.js'
import { memoize } from '../model/memoize.js'
import { namesOf } from '../model/names.js'
import type { Lookup, ObservedGroup, ObservedPair } from '../model/observed.js'
import type { Boot, Bystanders, Holding } from '../model/bystanders.js'
import { attempt, valuesOf, type Result } from '../model/result.js'
import { isAtOrAbove, lastSegment, normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import { canPull } from '../model/roles.js'
import type { Target } from '../model/target.js'
import type { Inputs } from '../model/inputs.js'
import { listClusters, type Cluster } from '../services/arm/clusters.js'
import { listRegistries } from '../services/arm/registries.js'
import { listOfPrincipal } from '../services/arm/role-assignments.js'
import { queryAssignmentsOfGroups } from '../services/arm/resource-graph.js'
import { listSubscriptionIds } from '../services/arm/subscriptions.js'
import type { AzureContext } from '../services/context.js'
import { listParentGroups } from '../services/graph/directory.js'
import { listOfOne } from './assignment-lists.js'
import { findGap } from './gaps.js'
import { findPullersElsewhere } from './pullers.js'
import type { RoleBook } from './roles.js'

interface ObservedTargets {
  targets: Lookup<Target>[]
  pairs: ObservedPair[]
  group: ObservedGroup | undefined
  roles: RoleBook
}

/**
 * Finds out who else loses access through the deletions that `detach` does or advises: other clusters with the same pull identity; the registries that
 * an inherited role or the group includes; and the groups through which clusters boot their nodes. It lists each kind once per subscription, and only if
 * it matters.
 */
export async function observeBystanders(
  azure: AzureContext,
  observed: ObservedTargets,
  inputs: Inputs,
): Promise<Bystanders> {
  const { pairs } = observed
  const shareable = pairs.flatMap(({ target, assignments }) =>
    assignments.length > 0 || inputs.group !== '' ? target : [],
  )
  const inherited = pairs.filter(({ registry, assignments }) =>
    assignments.some(({ scope }) => !sameId(scope, registry.id)),
  )
  const isLeaving = pairs.some(({ target }) => mayLeave(observed.group, target.identity.objectId))
  const listRegistriesIn = memoize((id: string) => attempt(listRegistries(azure, id)))
  const findParents: Result<string[]> | Promise<Result<string[]>> = isLeaving
    ? attempt(listParentGroups(azure, inputs.group))
    : { value: [] }
  const listCarried = async (): Promise<Result<string[]>> => {
    const groupIds = [inputs.group, ...((await findParents).value ?? [])]
    return attempt(findCarried(azure, observed, groupIds, listRegistriesIn))
  }
  const [clusters, registries, parents, carried] = await Promise.all([
    listOthers(azure, [...new Set(shareable)], inputs),
    Promise.all(subscriptionsOf(inherited.map(({ registry }) => registry.id)).map(listRegistriesIn)),
    findParents,
    isLeaving ? listCarried() : undefined,
  ])
  const targetIds = new Set(valuesOf(observed.targets).map(({ id }) => normalizeId(id)))
  const found = clusters.found.filter(({ id }) => !targetIds.has(normalizeId(id)))
  const nameOf = namesOf([...targetIds, ...found.map(({ id }) => id)].map(target => ({ target })))
  const others = found.map(cluster => ({ ...cluster, name: nameOf({ target: cluster.id }) }))
  const objectIdOf = readIdentities(shareable)
  const boots = others.flatMap((cluster): Boot[] => {
    const { id, name, bootstrapRegistryId: registryId } = cluster
    const objectId = objectIdOf(cluster)
    return objectId && registryId ? [{ cluster: { id, name }, objectId, registryId }] : []
  })
  const identities = new Set(shareable.map(({ identity }) => normalizeId(identity.objectId)))
  return {
    // If they can't be listed, messages omit the number of registries.
    registryIds: valuesOf(registries).flatMap(listed => listed.map(({ id }) => id)),
    sharing: others.flatMap(cluster => {
      const objectId = normalizeId(objectIdOf(cluster))
      return identities.has(objectId) ? [{ name: cluster.name, objectId }] : []
    }),
    boots,
    unknown: clusters.unknown,
    ...(carried && { carried }),
    parents: parents.error ? parents : { value: new Set(parents.value) },
    ...(await observeBoots(azure, observed, boots, { groupId: inputs.group, parents: parents.value ?? [] })),
  }
}

/**
 * Finds at which registries outside the step the group, or one that it is in, holds roles that pull: everything that a member loses there when it
 * leaves. One list per group and subscription of the step's registries, and one query for all other subscriptions, or their lists
 * too if Azure Resource Graph does not answer. @throws ActionError
 */
async function findCarried(
  azure: AzureContext,
  { pairs, roles }: ObservedTargets,
  groupIds: readonly string[],
  listRegistriesIn: (subscriptionId: string) => Promise<Result<{ id: string }[]>>,
): Promise<string[]> {
  const named = new Set(pairs.map(({ registry }) => normalizeId(registry.id)))
  const own = subscriptionsOf(pairs.map(({ registry }) => registry.id))
  const listIn = (subscriptionIds: readonly string[]) =>
    Promise.all(
      subscriptionIds.map(async (at): Promise<[string, RoleAssignment[]]> => {
        const place = { scope: `/subscriptions/${at}`, subscriptionId: at }
        return [at, (await Promise.all(groupIds.map(groupId => listOfPrincipal(azure, place, groupId)))).flat()]
      }),
    )
  const [indexed, lists] = await Promise.all([attempt(queryAssignmentsOfGroups(azure, groupIds)), listIn(own)])
  const isElsewhere = (at: string): boolean => at !== '' && !own.includes(at)
  const elsewhere = indexed.error
    ? await listIn((await listSubscriptionIds(azure)).map(normalizeId).filter(isElsewhere))
    : [...groupBy(indexed.value, ({ scope }) => normalizeId(subscriptionOf(scope)))].filter(([at]) => isElsewhere(at))
  const carried = [...lists, ...elsewhere].map(async ([subscriptionId, held]) => {
    await roles.read(held, { id: `/subscriptions/${subscriptionId}`, subscriptionId })
    const pulling = held.filter(({ roleId }) => {
      const role = roles.known.get(roleId)
      return !role || canPull(role, 'RBAC') || canPull(role, 'ABAC')
    })
    const isRegistry = (scope: string): boolean => /\/registries\/[^/]+$/i.test(scope)
    const above = pulling.filter(({ scope }) => !isRegistry(scope))
    const listed = above.length > 0 ? await listRegistriesIn(subscriptionId) : { value: [] }
    const below = (listed.value ?? []).filter(({ id }) => above.some(({ scope }) => isAtOrAbove(scope, id)))
    const at = [
      ...pulling.filter(({ scope }) => isRegistry(scope)).map(({ scope }) => scope),
      ...below.map(({ id }) => id),
    ]
    const all = [...new Map(at.map(id => [normalizeId(id), lastSegment(id)]))]
    const unlisted = listed.error ? above.map(({ scope }) => `every other registry below ${scope}`) : []
    return [...all.flatMap(([id, name]) => (named.has(id) ? [] : name)), ...unlisted]
  })
  return [...new Set((await Promise.all(carried)).flat())]
}

/** Whether an identity may be in the group, and so leaves it. */
function mayLeave(group: ObservedGroup | undefined, objectId: string): boolean {
  return group !== undefined && !group.error && group.members?.has(normalizeId(objectId)) !== false
}

/** Returns the object ID that a cluster pulls with. For a cluster with a service principal it is only known if a target pulls as the same application. */
function readIdentities(targets: readonly Target[]): (cluster: Cluster) => string {
  const byClientId = new Map(targets.map(({ identity }) => [normalizeId(identity.clientId), identity.objectId]))
  return ({ kubeletIdentity, servicePrincipalClientId }) =>
    kubeletIdentity?.objectId ?? byClientId.get(normalizeId(servicePrincipalClientId ?? '')) ?? ''
}

/** Finds the clusters that may share an identity with a target: those in its subscription and in the identity's, and others that pull with it. */
async function listOthers(
  azure: AzureContext,
  targets: readonly Target[],
  { subscriptionId }: Inputs,
): Promise<{ found: Cluster[]; unknown: Unknown[] }> {
  const placed = targets.flatMap(({ kind, id, identity, ownsIdentity }) => {
    // Clusters that use a given identity are most likely in the step's subscription.
    const own = kind === 'cluster' ? [] : [subscriptionId.toLowerCase()]
    return [...new Set([...subscriptionsOf([id, identity.resourceId ?? '']), ...own])].map(at => ({
      at,
      identity,
      ownsIdentity: ownsIdentity === true,
    }))
  })
  const listed = [...groupBy(placed, ({ at }) => at)].map(async ([at, all]) => {
    const sharing = selectShareable(all)
    const [list, gap] = await Promise.all([
      attempt(listClusters(azure, at)),
      sharing.length > 0
        ? findGap(azure, { kind: 'clusters', subscriptionId: at, resourceGroup: '', asked: '*' })
        : undefined,
    ])
    const error = list.error ?? gap
    const what = `not all clusters of subscription ${at} can be listed`
    return {
      found: list.value ?? [],
      unknown: error ? describeUnlisted(sharing, { subject: `/subscriptions/${at}`, what, error }) : [],
    }
  })
  const shareable = selectShareable(placed)
  const identities = [...new Set(shareable.flatMap(({ identity }) => [identity.objectId, identity.clientId]))]
  const places = new Set(placed.map(({ at }) => at))
  const [elsewhere, ...here] = await Promise.all([attempt(findPullersElsewhere(azure, identities, places)), ...listed])
  const what = 'the clusters of other subscriptions can not be searched'
  const { error } = elsewhere
  return {
    found: [...here.flatMap(({ found }) => found), ...(elsewhere.value ?? [])],
    unknown: [
      ...here.flatMap(({ unknown }) => unknown),
      ...(error ? describeUnlisted(shareable, { subject: '/subscriptions', what, error }) : []),
    ],
  }
}

/** An identity that AKS made is hardly ever given to another cluster: one that can be seen is named, and nothing is said of others. */
function selectShareable<T extends { ownsIdentity: boolean }>(all: readonly T[]): T[] {
  return all.filter(({ ownsIdentity }) => !ownsIdentity)
}

function describeUnlisted(
  sharing: readonly Pick<Target, 'identity'>[],
  { subject, what, error }: { subject: string; what: string; error: ActionError },
): Unknown[] {
  if (sharing.length === 0) return []
  const names = [...new Set(sharing.map(({ identity }) => identity.name))].join(', ')
  const message = `Could not check whether other clusters pull, or boot their nodes, with ${names}: ${what}. ${error.message}`
  return [{ subject, message }]
}

function subscriptionsOf(ids: string[]): string[] {
  return [...new Set(ids.map(id => parseResourceId(id)?.subscriptionId.toLowerCase() ?? ''))].filter(Boolean)
}

/**
 * Finds the groups through which clusters boot their nodes, if a target may leave one of them or be advised to. The assignments of the groups that the
 * group of the inputs is in are read by themselves: Azure Resource Manager counts a new member late.
 */
async function observeBoots(
  azure: AzureContext,
  { targets, pairs, group, roles }: ObservedTargets,
  boots: Boot[],
  { groupId, parents }: { groupId: string; parents: readonly string[] },
): Promise<Pick<Bystanders, 'holdings' | 'ofParents'>> {
  const ofPairs = { targets, pairs, roles: roles.known }
  const ofTargets = readBoots({ ...ofPairs, bystanders: { boots, holdings: [] } })
  const byIdentity = groupBy(pairs, ({ target }) => normalizeId(target.identity.objectId))
  const concerned = [...byIdentity].flatMap(([objectId, held]) => {
    const isOfGroup = held.some(({ assignments }) => assignments.some(each => !sameId(each.principalId, objectId)))
    return isOfGroup || mayLeave(group, objectId) ? ofTargets.of(objectId) : []
  })
  const unread = concerned.filter(boot => ofTargets.groupsOf(boot) === undefined)
  const distinct = new Map(
    unread.map(boot => {
      const [objectId = '', registryId = ''] = [boot.objectId, boot.registryId].map(normalizeId)
      return [`${objectId} ${registryId}`, { objectId, registryId }]
    }),
  )
  const leaving = concerned.filter(({ objectId }) => mayLeave(group, objectId))
  const booted = new Map(leaving.map(({ registryId }) => [normalizeId(registryId), registryId]))
  const [holdings, ofParents] = await Promise.all([
    Promise.all([...distinct.values()].map(at => readHolding(azure, at, groupId, roles))),
    attempt(Promise.all([...booted.values()].map(registryId => listOfGroups(azure, registryId, parents, roles)))),
  ])
  return { holdings, ofParents: ofParents.error ? ofParents : { value: ofParents.value.flat() } }
}

/** Lists the assignments of groups at or above a registry. @throws ActionError */
async function listOfGroups(
  azure: AzureContext,
  registryId: string,
  groupIds: readonly string[],
  roles: RoleBook,
): Promise<RoleAssignment[]> {
  const place = placeAt(registryId)
  const lists = groupIds.map(groupId => attempt(listOfPrincipal(azure, place, groupId)))
  const held = (await Promise.all(lists)).flatMap(list => {
    // A deleted registry has no assignments.
    if (list.error && !isNotFound(list.error)) throw list.error
    return (list.value ?? []).filter(({ scope }) => isAtOrAbove(scope, registryId))
  })
  await roles.read(held, place)
  return held
}

function placeAt(registryId: string) {
  const subscriptionId = parseResourceId(registryId)?.subscriptionId ?? ''
  return { id: registryId, scope: registryId, subscriptionId }
}

async function readHolding(
  azure: AzureContext,
  at: Omit<Holding, 'assignments'>,
  groupId: string,
  roles: RoleBook,
): Promise<Holding> {
  const place = placeAt(at.registryId)
  const list = await attempt(listOfOne(azure, place, at.objectId, groupId))
  // A deleted registry has no assignments.
  if (list.error) return { ...at, assignments: isNotFound(list.error) ? { value: [] } : list }
  const assignments = [...list.value.assignments, ...list.value.ofGroup]
  await roles.read(assignments, place)
  return { ...at, assignments: { value: assignments } }
}
