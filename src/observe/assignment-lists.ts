import { ActionError } from '../model/error.js'
import { groupBy } from '../model/lists.js'
import { once } from '../model/memoize.js'
import type { Lookup } from '../model/observed.js'
import type { Registry, RegistryWithRole } from '../model/registry.js'
import { normalizeId, parseResourceId, sameId } from '../model/resource-id.js'
import { placeOf, type RoleAssignment } from '../model/role-assignment.js'
import type { Inputs } from '../model/wanted.js'
import { listAssignedTo, listAtScope, listOfPrincipal } from '../services/arm/role-assignments.js'
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

/** Everybody's assignments at and above a resource, by its ID. */
export type ListEveryones = (id: string) => Promise<RoleAssignment[] | ActionError>

/** Lists once a registry, however often it is asked. */
export function listEach({ clients, signal }: AzureContext): ListEveryones {
  const listed = new Map<string, ReturnType<ListEveryones>>()
  return scope =>
    once(listed, normalizeId(scope), () => {
      const { subscriptionId = '' } = parseResourceId(scope) ?? {}
      return orError(listAtScope(clients, { scope, subscriptionId }, signal))
    })
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
export async function listAt(
  azure: AzureContext,
  lookup: Lookup<RegistryWithRole>,
  objectIds: string[],
  listed: ListEveryones,
  inputs: Inputs,
): Promise<AssignmentList | ActionError> {
  const [only, ...more] = objectIds
  if ('error' in lookup || !lookup.found.registry.exists || !only) {
    return { assignments: [], ofGroup: [] }
  }
  const { registry } = lookup.found
  const { group } = inputs
  if (more.length === 0 && wantsGroups(inputs)) return orError(listOfOne(azure, registry, only, group))
  const assignments = await listed(registry.id)
  if (assignments instanceof ActionError) return assignments
  const byPrincipal = groupBy(assignments, ({ principalId }) => normalizeId(principalId))
  return {
    assignments,
    ofGroup: byPrincipal.get(normalizeId(group)) ?? [],
    everyones: { byPrincipal, ofGroups: assignments.filter(mayBeGroup) },
  }
}

/** What one identity holds at a registry, itself and through groups, and what the wanted group holds there. */
async function listOfOne(
  { clients, signal }: AzureContext,
  registry: Registry,
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
export function mayReach(assignment: RoleAssignment, objectId: string, registry: Registry): boolean {
  return (
    (sameId(assignment.principalId, objectId) || mayBeGroup(assignment)) && isAtOrAbove(assignment.scope, registry.id)
  )
}

/** Whether a scope may contain a resource, or is it. */
export function isAtOrAbove(scope: string, resourceId: string): boolean {
  const [above, below] = [normalizeId(scope), normalizeId(resourceId)]
  // Management groups contain subscriptions, which an ID does not tell: Azure lists only those that do.
  return below === above || below.startsWith(`${above}/`) || !above.startsWith('/subscriptions/')
}
