import { isAtOrAbove, namesOf, normalizeId, sameId, subscriptionsOf } from 'azure'
import type { Puller, RoleAssignment, Target } from 'azure'
import { listParentGroups, listResources, listRoleAssignments, resources, type AzureContext } from 'azure-clients'
import { attempt, distinctOf, groupBy, memoize, type Result, type Search, valuesOf } from 'kernel'
import { type Inputs, type Observed } from 'run-model'
import { indexPullers, type Boot, type Pullers } from '../boots.js'
import { listOfOne } from './assignment-lists.js'
import { findCarried } from './leaving.js'
import { createPullerSearch } from './pullers.js'
import type { RoleBook } from './roles.js'

type SideEffects = NonNullable<Observed['sideEffects']>

interface Detaching extends Pick<Observed, 'targets' | 'pairs' | 'group'> {
  roles: RoleBook
}

/**
 * Finds out who else loses access through the deletions that `detach` does or advises: other clusters with the same pull identity; the registries that
 * an inherited role or the group includes; and the groups through which clusters boot their nodes. It lists each kind once per subscription, and only if
 * it matters.
 */
export async function observeSideEffects(
  azure: AzureContext,
  detaching: Detaching,
  inputs: Inputs,
): Promise<Pick<Observed, 'pullers' | 'unknown'> & { sideEffects: SideEffects }> {
  const { targets, pairs, group, roles } = detaching
  const holding = pairs.filter(({ assignments }) => assignments.length > 0 || inputs.group !== '')
  const shareable = new Set(holding.map(({ target }) => target))
  const inherited = pairs.filter(({ registry: { id }, assignments }) =>
    assignments.some(each => !sameId(each.scope, id)),
  )
  const isLeaving = pairs.some(({ target }) => mayLeave(group, target.identity.objectId))
  const listRegistriesIn = memoize((id: string) => attempt(listResources(azure, resources.registry, id)))
  const findParents: Result<string[]> | Promise<Result<string[]>> = isLeaving
    ? attempt(listParentGroups(azure, inputs.group))
    : { value: [] }
  const listCarried = async (): Promise<Search<string>> =>
    findCarried(azure, detaching, [inputs.group, ...((await findParents).value ?? [])], listRegistriesIn)
  const [{ pullers, unknown }, registries, parents, carried] = await Promise.all([
    findPullers(azure, valuesOf(targets), [...shareable], inputs),
    Promise.all(subscriptionsOf(inherited.map(({ registry }) => registry.id)).map(listRegistriesIn)),
    findParents,
    isLeaving ? listCarried() : undefined,
  ])
  const index = indexPullers({ targets, pairs, pullers, roles: roles.known })
  return {
    pullers,
    unknown,
    sideEffects: {
      // If they can't be listed, messages omit the number of registries.
      registryIds: valuesOf(registries).flatMap(listed => listed.map(({ id }) => id)),
      ...(carried && { carried }),
      parents: parents.error ? parents : { value: new Set(parents.value) },
      ...(await observeBoots(azure, detaching, index, { groupId: inputs.group, parents: parents.value ?? [] })),
    },
  }
}

/** Finds the clusters that pull with the identity of a target: in its subscription, in the identity's, and in all others that can be seen. */
async function findPullers(
  azure: AzureContext,
  targets: readonly Target[],
  shareable: readonly Target[],
  { subscriptionId }: Inputs,
): Promise<Pick<Observed, 'pullers' | 'unknown'>> {
  const asked = shareable.map(({ kind, id, identity, ownsIdentity }) => {
    // Clusters that use a given identity are most likely in the step's subscription, if it has one.
    const own = kind === 'cluster' || subscriptionId === '' ? [] : [subscriptionId]
    const subscriptionIds = [...subscriptionsOf([id, identity.resourceId ?? '']), ...own]
    // An identity that AKS made is hardly ever given to another cluster.
    return { ...identity, subscriptionIds, isHardlyShared: ownsIdentity === true }
  })
  const { pullers, seen, unseen } = await createPullerSearch(azure, targets)(asked, { withGaps: true })
  const nameOf = namesOf([...targets, ...seen].map(({ id }) => ({ target: id })))
  const named = <T extends { id: string }>(cluster: T) => ({ ...cluster, name: nameOf({ target: cluster.id }) })
  const booting = seen.filter(each => each.objectId && each.bootstrapRegistryId && !pullers.has(each.objectId))
  const all: [string, Search<Puller>][] = [...pullers]
  for (const [objectId, found] of groupBy(booting, each => each.objectId)) all.push([objectId, { found, errors: [] }])
  return {
    pullers: new Map(all.map(([objectId, { found, errors }]) => [objectId, { found: found.map(named), errors }])),
    unknown: unseen.map(({ concerned, error }) => {
      const names = [...new Set(concerned.map(({ name }) => name))].join(', ')
      const message = `Could not check whether other clusters pull, or boot their nodes, with ${names}: ${error.message}`
      return { subject: error.resource ?? '/subscriptions', message }
    }),
  }
}

/** Whether an identity may be in the group, and so leaves it. */
function mayLeave(group: Observed['group'], objectId: string): boolean {
  return group !== undefined && !group.error && group.members.value?.has(normalizeId(objectId)) !== false
}

/**
 * Finds the groups through which clusters boot their nodes, if a target may leave one of them or be advised to. The assignments of the groups that the
 * group of the inputs is in are read by themselves: Azure Resource Manager counts a new member late.
 */
async function observeBoots(
  azure: AzureContext,
  { pairs, group, roles }: Detaching,
  pullers: Pullers,
  { groupId, parents }: { groupId: string; parents: readonly string[] },
): Promise<Pick<SideEffects, 'holdings' | 'ofParents'>> {
  const byIdentity = groupBy(pairs, ({ target }) => normalizeId(target.identity.objectId))
  const concerned = [...byIdentity].flatMap(([objectId, held]) => {
    const isOfGroup = held.some(({ assignments }) => assignments.some(each => !sameId(each.principalId, objectId)))
    return isOfGroup || mayLeave(group, objectId) ? pullers.boots(objectId) : []
  })
  const unread = concerned.filter(boot => pullers.groupsOf(boot) === undefined)
  const distinct = distinctOf(unread, boot => [boot.objectId, boot.bootstrapRegistryId].map(normalizeId).join(' '))
  const leaving = concerned.filter(({ objectId }) => mayLeave(group, objectId))
  const booted = distinctOf(leaving, ({ bootstrapRegistryId }) => normalizeId(bootstrapRegistryId))
  const [holdings, ofParents] = await Promise.all([
    Promise.all(distinct.map(boot => readHolding(azure, boot, groupId, roles))),
    attempt(Promise.all(booted.map(boot => listOfGroups(azure, boot.bootstrapRegistryId, parents, roles)))),
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
  const lists = groupIds.map(groupId => attempt(listRoleAssignments(azure, registryId, { principalId: groupId })))
  const held = (await Promise.all(lists)).flatMap(list => {
    // A deleted registry has no assignments.
    if (list.error && list.error.kind !== 'missing') throw list.error
    return (list.value ?? []).filter(({ scope }) => isAtOrAbove(scope, registryId))
  })
  await roles.read(held, { id: registryId })
  return held
}

async function readHolding(
  azure: AzureContext,
  { objectId, bootstrapRegistryId: registryId }: Boot,
  groupId: string,
  roles: RoleBook,
): Promise<SideEffects['holdings'][number]> {
  const at = { objectId, registryId }
  const place = { id: registryId }
  const list = await attempt(listOfOne(azure, place, objectId, groupId))
  // A deleted registry has no assignments.
  if (list.error) return { ...at, assignments: list.error.kind === 'missing' ? { value: [] } : list }
  const assignments = [...list.value.assignments, ...list.value.ofGroup]
  await roles.read(assignments, place)
  return { ...at, assignments: { value: assignments } }
}
