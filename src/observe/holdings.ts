import { isAtOrAbove, normalizeId, parseResourceId, sameId, type RoleAssignment, type Target } from 'azure'
import { listOfPrincipal, type AzureContext } from 'azure-clients'
import { attempt, distinctOf, groupBy, isNotFound } from 'kernel'
import {
  readBoots,
  type Boot,
  type Bystanders,
  type Holding,
  type Lookup,
  type ObservedPair,
  type Observed,
} from 'run-model'
import { listOfOne } from './assignment-lists.js'
import type { RoleBook } from './roles.js'

export interface ObservedTargets {
  targets: Lookup<Target>[]
  pairs: ObservedPair[]
  group: Observed['group']
  roles: RoleBook
}

/** Whether an identity may be in the group, and so leaves it. */
export function mayLeave(group: Observed['group'], objectId: string): boolean {
  return group !== undefined && !group.error && group.members.value?.has(normalizeId(objectId)) !== false
}

/**
 * Finds the groups through which clusters boot their nodes, if a target may leave one of them or be advised to. The assignments of the groups that the
 * group of the inputs is in are read by themselves: Azure Resource Manager counts a new member late.
 */
export async function observeBoots(
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
  const distinct = distinctOf(unread, boot => [boot.objectId, boot.registryId].map(normalizeId).join(' '))
  const leaving = concerned.filter(({ objectId }) => mayLeave(group, objectId))
  const booted = distinctOf(
    leaving.map(({ registryId }) => registryId),
    normalizeId,
  )
  const [holdings, ofParents] = await Promise.all([
    Promise.all(distinct.map(boot => readHolding(azure, boot, groupId, roles))),
    attempt(Promise.all(booted.map(registryId => listOfGroups(azure, registryId, parents, roles)))),
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
  { objectId, registryId }: Boot,
  groupId: string,
  roles: RoleBook,
): Promise<Holding> {
  const at = { objectId, registryId }
  const place = placeAt(registryId)
  const list = await attempt(listOfOne(azure, place, objectId, groupId))
  // A deleted registry has no assignments.
  if (list.error) return { ...at, assignments: isNotFound(list.error) ? { value: [] } : list }
  const assignments = [...list.value.assignments, ...list.value.ofGroup]
  await roles.read(assignments, place)
  return { ...at, assignments: { value: assignments } }
}
