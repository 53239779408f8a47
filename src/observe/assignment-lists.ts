import { ActionError } from '../model/error.js'
import { groupBy } from '../model/lists.js'
import type { Lookup } from '../model/observed.js'
import type { Registry, RegistryWithRole } from '../model/registry.js'
import { isAtOrAbove, normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import type { Inputs } from '../model/wanted.js'
import { listAssignedTo, listAtScope, listInAndAbove, listOfPrincipal } from '../services/arm/role-assignments.js'
import { orError, type AzureContext } from '../services/context.js'

/** What was listed at a registry. */
export interface AssignmentList {
  assignments: RoleAssignment[]
  /** The assignments of the wanted group. */
  ofGroup: RoleAssignment[]
  /** Set where `assignments` holds those of everyone, without regard to who is in which group; otherwise it holds those of the only pull identity. */
  everyones?: {
    /** By the principal's object ID, normalised. */
    byPrincipal: ReadonlyMap<string, RoleAssignment[]>
    /** Those whose principal may be a group. */
    ofGroups: readonly RoleAssignment[]
  }
}

/** Everybody's assignments at and above registries, in the order of their IDs. */
export type ListEveryones = (ids: readonly string[]) => Promise<(RoleAssignment[] | ActionError)[]>

/** From how many registries of one resource group on the assignments of all are read in one list. */
const fewestTogether = 5

/** Lists once a registry, however often it is asked; several of a resource group together. */
export function listEach(azure: AzureContext): ListEveryones {
  const listed = new Map<string, Promise<RoleAssignment[] | ActionError>>()
  return ids => {
    const distinct = [...new Map(ids.map(id => [normalizeId(id), id])).values()]
    const open = distinct.filter(id => !listed.has(normalizeId(id)))
    for (const together of groupBy(open, id => normalizeId(groupOf(id))).values()) {
      const [first = ''] = together
      const group = together.length < fewestTogether ? undefined : listByScope(azure, groupOf(first))
      for (const id of together) {
        listed.set(normalizeId(id), group ? selectOf(azure, id, group) : orError(listEveryone(azure, id)))
      }
    }
    return Promise.all(ids.flatMap(id => listed.get(normalizeId(id)) ?? []))
  }
}

/** The resource group of a registry, as a scope. */
function groupOf(id: string): string {
  return id.replace(/\/providers\/.*$/i, '')
}

function listEveryone({ clients, signal }: AzureContext, scope: string): Promise<RoleAssignment[]> {
  return listAtScope(clients, { scope, subscriptionId: parseResourceId(scope)?.subscriptionId ?? '' }, signal)
}

/** Everything that is assigned at a resource group, above it and at what is in it, by scope, normalised. */
async function listByScope({ clients, signal }: AzureContext, group: string) {
  const [, , subscriptionId = ''] = group.split('/')
  const all = await orError(listInAndAbove(clients, { scope: group, subscriptionId }, signal))
  return all instanceof ActionError ? all : groupBy(all, ({ scope }) => normalizeId(scope))
}

/**
 * What the list of its resource group holds of a registry. The registry is asked for by itself where the group can't be listed, as by a caller
 * who may read the registries alone, and where that list has nothing of its own: nothing is taken for missing because a longer list leaves it out.
 */
async function selectOf(azure: AzureContext, id: string, group: ReturnType<typeof listByScope>) {
  const byScope = await group
  if (byScope instanceof ActionError || !byScope.has(normalizeId(id))) return orError(listEveryone(azure, id))
  return [...byScope].flatMap(([scope, assignments]) => (isAtOrAbove(scope, id) ? assignments : []))
}

/** Whether all that an identity holds through groups is wanted, which only a list for itself tells. */
export function wantsGroups({ mode, group }: Inputs): boolean {
  return mode === 'detach' || group !== ''
}

/**
 * Lists assignments once a registry, not once a pair.
 *
 * Everybody's are listed, by a request that need not wait until the cluster has told who pulls; each pair is looked up in it, and groups are asked
 * about only where they matter. Where they matter in any case, one pull identity is asked for by itself.
 */
export async function listAtEach(
  azure: AzureContext,
  registries: Lookup<RegistryWithRole>[],
  objectIds: string[],
  listed: ListEveryones,
  inputs: Inputs,
): Promise<(AssignmentList | ActionError)[]> {
  const [only, ...more] = objectIds
  const { group } = inputs
  if (only === undefined) return registries.map(() => ({ assignments: [], ofGroup: [] }))
  const existing = registries.flatMap(lookup =>
    'found' in lookup && lookup.found.registry.exists ? lookup.found.registry : [],
  )
  const lists =
    more.length === 0 && wantsGroups(inputs)
      ? await Promise.all(existing.map(registry => orError(listOfOne(azure, registry, only, group))))
      : (await listed(existing.map(({ id }) => id))).map(all =>
          all instanceof ActionError ? all : sortByHolder(all, group),
        )
  const byRegistry = new Map(existing.map((registry, index) => [registry, lists[index]]))
  return registries.map(lookup => {
    const list = 'found' in lookup ? byRegistry.get(lookup.found.registry) : undefined
    return list ?? { assignments: [], ofGroup: [] }
  })
}

function sortByHolder(assignments: RoleAssignment[], group: string): AssignmentList {
  const byPrincipal = groupBy(assignments, ({ principalId }) => normalizeId(principalId))
  return {
    assignments,
    ofGroup: byPrincipal.get(normalizeId(group)) ?? [],
    everyones: { byPrincipal, ofGroups: assignments.filter(mayBeGroup) },
  }
}

/** What one identity holds at a registry, itself and through groups, and what the wanted group holds there. */
export async function listOfOne(
  { clients, signal }: AzureContext,
  registry: Pick<Registry, 'id' | 'subscriptionId'>,
  objectId: string,
  group: string,
): Promise<AssignmentList> {
  const place = placeOf(registry)
  const [assignments, ofGroup] = await Promise.all([
    listAssignedTo(clients, place, objectId, signal),
    group ? listOfPrincipal(clients, place, group, signal) : [],
  ])
  return {
    assignments: assignments.filter(each => mayReach(each, objectId, registry)),
    // The group's list goes below the registry too.
    ofGroup: ofGroup.filter(({ scope }) => isAtOrAbove(scope, registry.id)),
  }
}

/** Everybody's assignments by registry ID, normalised, of the registries where they were listed. */
export function keepComplete(registries: Lookup<RegistryWithRole>[], lists: (AssignmentList | ActionError)[]) {
  const everyone = new Map<string, RoleAssignment[]>()
  registries.forEach((lookup, index) => {
    const list = lists[index]
    if ('found' in lookup && list && !(list instanceof ActionError) && list.everyones) {
      everyone.set(normalizeId(lookup.found.registry.id), list.assignments)
    }
  })
  return everyone
}

/** Whether a principal may be a group: every type but those that are known to have no members. */
function mayBeGroup({ principalType }: RoleAssignment): boolean {
  return !/^(user|serviceprincipal|device)$/i.test(principalType)
}

/** Whether a principal can hold an assignment at a registry, itself or through a group: the filter of the list is not relied on. */
export function mayReach(assignment: RoleAssignment, objectId: string, registry: Pick<Registry, 'id'>): boolean {
  return (
    (sameId(assignment.principalId, objectId) || mayBeGroup(assignment)) && isAtOrAbove(assignment.scope, registry.id)
  )
}
