import { isAtOrAbove, normalizeId, sameId } from 'azure'
import type { Registry, RegistryWithRole, RoleAssignment } from 'azure'
import { listRoleAssignments, type AzureContext } from 'azure-clients'
import { attempt, distinctOf, groupBy, type Result } from 'kernel'
import type { Inputs } from 'run-model'

/** The assignments at and above a registry. */
export interface AssignmentList {
  assignments: RoleAssignment[]
  /** The assignments of the group in the inputs. */
  ofGroup: RoleAssignment[]
  /** Set if `assignments` has those of all principals. Otherwise it has those of the only pull identity, itself and through groups. */
  everyones?: {
    /** By the principal's object ID, normalised. */
    byPrincipal: ReadonlyMap<string, RoleAssignment[]>
    /** The assignments whose principal may be a group. */
    ofGroups: readonly RoleAssignment[]
  }
}

/** Lists everyone's assignments at and above registries, in the order of the IDs. */
export type ListEveryones = (ids: readonly string[]) => Promise<Result<RoleAssignment[]>[]>

/** Minimum number of registries in a resource group to read all their assignments in one list. */
const minTogether = 5

/** Lists once per registry, however often it is called; many registries of a resource group in one list. */
export function listEach(azure: AzureContext): ListEveryones {
  const listed = new Map<string, Promise<Result<RoleAssignment[]>>>()
  return ids => {
    const open = distinctOf(ids, normalizeId).filter(id => !listed.has(normalizeId(id)))
    for (const together of groupBy(open, id => normalizeId(groupOf(id))).values()) {
      const [first] = together
      const group = together.length < minTogether ? undefined : listByScope(azure, groupOf(first))
      for (const id of together) {
        listed.set(normalizeId(id), group ? selectOf(azure, id, group) : attempt(listRoleAssignments(azure, id)))
      }
    }
    return Promise.all(ids.flatMap(id => listed.get(normalizeId(id)) ?? []))
  }
}

function groupOf(id: string): string {
  return id.replace(/\/providers\/.*$/i, '')
}

/** Lists assignments at a resource group, above and below it, by normalized scope; undefined if they can't be listed. */
async function listByScope(azure: AzureContext, group: string) {
  const all = await attempt(listRoleAssignments(azure, group, { isBelow: true }))
  return all.value && groupBy(all.value, ({ scope }) => normalizeId(scope))
}

/**
 * Selects a registry's assignments from the list of its resource group. The registry is listed by itself if the group can't be listed, or if that list
 * has no assignment at the registry: an assignment isn't missing just because a longer list omits it.
 */
async function selectOf(azure: AzureContext, id: string, group: ReturnType<typeof listByScope>) {
  const byScope = await group
  if (!byScope?.has(normalizeId(id))) return attempt(listRoleAssignments(azure, id))
  return { value: [...byScope].flatMap(([scope, assignments]) => (isAtOrAbove(scope, id) ? assignments : [])) }
}

/** Whether all assignments of an identity's groups are needed; only a list for that identity has them. */
export function wantsGroups({ mode, group }: Inputs): boolean {
  return mode === 'detach' || group !== ''
}

/**
 * Lists assignments once per registry, not once per pair.
 *
 * The list has everyone's assignments, so the request doesn't wait for the clusters' identities. Each pair is looked up in it, and groups are requested
 * only if they matter. If they always do, the list of a single pull identity is requested instead.
 */
export async function listAtEach(
  azure: AzureContext,
  registries: readonly RegistryWithRole[],
  objectIds: string[],
  listed: ListEveryones,
  inputs: Inputs,
): Promise<ReadonlyMap<RegistryWithRole, Result<AssignmentList>>> {
  const [only, ...more] = objectIds
  const { group } = inputs
  const existing = only === undefined ? [] : registries.filter(({ registry }) => registry.exists)
  const listEveryones = async (): Promise<Result<AssignmentList>[]> => {
    const lists = await listed(existing.map(({ registry }) => registry.id))
    return lists.map(all => (all.error ? all : { value: sortByHolder(all.value, group) }))
  }
  const lists = await (only !== undefined && more.length === 0 && wantsGroups(inputs)
    ? Promise.all(existing.map(({ registry }) => attempt(listOfOne(azure, registry, only, group))))
    : listEveryones())
  const nothing = { value: { assignments: [], ofGroup: [] } }
  return new Map(registries.map(each => [each, lists[existing.indexOf(each)] ?? nothing]))
}

function sortByHolder(assignments: RoleAssignment[], group: string): AssignmentList {
  const byPrincipal = groupBy(assignments, ({ principalId }) => normalizeId(principalId))
  return {
    assignments,
    ofGroup: byPrincipal.get(normalizeId(group)) ?? [],
    everyones: { byPrincipal, ofGroups: assignments.filter(mayBeGroup) },
  }
}

/** Lists the assignments of one identity at a registry, its own and those of its groups, and those of the group of the inputs. */
async function listOfOne(
  azure: AzureContext,
  registry: Pick<Registry, 'id'>,
  objectId: string,
  group: string,
): Promise<AssignmentList> {
  const [assignments, ofGroup] = await Promise.all([
    listRoleAssignments(azure, registry.id, { assignedTo: objectId }),
    group ? listRoleAssignments(azure, registry.id, { principalId: group }) : [],
  ])
  return {
    assignments: assignments.filter(each => mayReach(each, objectId, registry)),
    // The group's list includes scopes below the registry.
    ofGroup: ofGroup.filter(({ scope }) => isAtOrAbove(scope, registry.id)),
  }
}

/** Whether a principal may be a group: any type except those without members. */
export function mayBeGroup({ principalType }: RoleAssignment): boolean {
  return !/^(user|serviceprincipal|device)$/i.test(principalType)
}

/** Whether an assignment can apply to the identity at a registry, itself or through a group. This doesn't rely on the list's filter. */
export function mayReach(assignment: RoleAssignment, objectId: string, registry: Pick<Registry, 'id'>): boolean {
  return (
    (sameId(assignment.principalId, objectId) || mayBeGroup(assignment)) && isAtOrAbove(assignment.scope, registry.id)
  )
}
