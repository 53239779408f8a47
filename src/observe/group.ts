import { az, normalizeId, reachTogether, sameId, unknowable, type RoleAssignment, isCounted } from 'azure'
import { checkMemberGroups, getObject, listTransitiveMembers, type AzureContext } from 'azure-clients'
import { ActionError, briefly, attempt, distinctOf } from 'kernel'
import { afterMove, grantFor, type Inputs, type Observed, type ObservedPair } from 'run-model'
import { mayBeGroup, type ListEveryones } from './assignment-lists.js'
import { isOfOwnTenant } from './tenants.js'

/** Finds the members of the group of the inputs, and the roles that it has through other groups. */
export async function observeGroup(
  azure: AzureContext,
  pairs: ObservedPair[],
  objectIds: string[],
  listed: ListEveryones,
  inputs: Inputs,
): Promise<Required<Pick<Observed, 'group' | 'pairs'>>> {
  const [group, grouped] = await Promise.all([
    findGroup(azure, inputs.group, objectIds, pairs),
    addParents(azure, pairs, inputs, listed),
  ])
  return { group, pairs: grouped }
}

/**
 * Finds the members of the group. Azure Resource Manager lists the assignments that a member has through the group, which shows members without
 * Microsoft Graph, but learns of new ones late. So Graph, which needs its own permission, is asked only about identities that aren't shown as members.
 */
async function findGroup(
  azure: AzureContext,
  id: string,
  objectIds: string[],
  pairs: ObservedPair[],
): Promise<NonNullable<Observed['group']>> {
  const counted = pairs.flatMap(pair => (isCounted(pair, id) ? normalizeId(pair.target.identity.objectId) : []))
  const open = objectIds.filter(objectId => !counted.includes(normalizeId(objectId)))
  if (open.length === 0) return { id, members: { value: new Set(counted) } }
  const { value: members, error } = await attempt(findMembers(azure, id, open))
  if (!error) return { id, members: { value: new Set([...counted, ...members]) } }
  return { id, members: { error }, ...(error.kind === 'missing' && { error: await explainMissing(azure, id, pairs) }) }
}

/**
 * Finds which of these are members of a group. A single identity is looked up itself, because a group may have thousands of members; a caller who can't
 * read the identity, but owns the group or can read groups, reads the group's members instead.
 * @returns normalised object IDs @throws ActionError; a "not found" if the group doesn't exist
 */
async function findMembers(azure: AzureContext, groupId: string, objectIds: readonly string[]): Promise<string[]> {
  const [only, ...others] = objectIds
  if (only !== undefined && others.length === 0) {
    const groups = await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId: only }, [groupId]))
    if (!groups.error) {
      if (groups.value.has(normalizeId(groupId))) return [normalizeId(only)]
      // A group that doesn't exist has no members either.
      const { error } = await attempt(getObject(azure, 'Group', groupId))
      if (error?.kind === 'missing') throw error
      return []
    }
    if (!isUnreadable(groups.error)) throw groups.error
  }
  return (await listTransitiveMembers(azure, groupId)).map(normalizeId)
}

/** Whether the caller can't read an object of the directory, or the directory doesn't have it yet. */
const isUnreadable = (error: ActionError): boolean => error.kind === 'forbidden' || error.kind === 'missing'

/** At a registry of another tenant, a group of that tenant can hold roles. */
async function explainMissing(azure: AzureContext, id: string, pairs: readonly ObservedPair[]): Promise<ActionError> {
  const owned = await Promise.all(pairs.map(({ registry }) => isOfOwnTenant(azure, registry.id)))
  const registry = pairs.find((_, index) => !owned[index])?.registry
  if (registry) return unknowable(`Group ${id} could not be found`, registry, { who: registry.name })
  const listed = az`ad group list --query "[].{name:displayName, objectId:id}" --output table`
  const advice = briefly('Give the object ID of a security group.', 'The groups of the tenant:', listed)
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant`, { subject: id, fix: advice })
}

/**
 * Adds the role assignments that the group of the inputs has through groups that it is in: Azure gives the role of a group to the members of nested
 * groups, too (learn.microsoft.com/azure/role-based-access-control/overview#groups). Nothing is requested where its own are enough; otherwise everyone's
 * assignments are listed at the registry, and Microsoft Graph is asked only if one of another group would be enough.
 */
async function addParents(
  azure: AzureContext,
  pairs: ObservedPair[],
  { group, repositories }: Inputs,
  listed: ListEveryones,
): Promise<ObservedPair[]> {
  const mayReachAll = (pair: ObservedPair, held: RoleAssignment[]): boolean => {
    const ofRole = held.filter(({ roleId }) => roleId === pair.role.id)
    const { isEnough, unclear } = reachTogether(ofRole, grantFor(pair, repositories), pair.registry)
    return isEnough || unclear !== undefined
  }
  // With `role: both`, each of the two roles can be that of a parent.
  const eachRole = (pair: ObservedPair): ObservedPair[] => [pair, afterMove(pair) ?? []].flat()
  const mayBeEnough = (pair: ObservedPair, held: RoleAssignment[]): boolean =>
    eachRole(pair).every(each => mayReachAll(each, held))
  const ofRegistries = distinctOf(pairs, ({ registry }) => normalizeId(registry.id))
  const lacking = ofRegistries.filter(pair => pair.registry.exists && !mayBeEnough(pair, pair.groupAssignments))
  const lists = await listed(lacking.map(({ registry }) => registry.id))
  const found = lacking.map((pair, index) => {
    const list = lists[index] ?? { value: [] }
    const others = (list.value ?? []).filter(each => mayBeGroup(each) && !sameId(each.principalId, group))
    const mayBe = eachRole(pair).flatMap(each => {
      if (mayReachAll(each, pair.groupAssignments)) return []
      const ofRole = others.filter(({ roleId }) => roleId === each.role.id)
      return mayReachAll(each, [...pair.groupAssignments, ...ofRole]) ? ofRole : []
    })
    return { registry: pair.registry, others: mayBe, error: list.error }
  })
  const groupIds = new Set(found.flatMap(({ others }) => others.map(({ principalId }) => normalizeId(principalId))))
  const parents =
    groupIds.size > 0
      ? await attempt(checkMemberGroups(azure, { type: 'groups', objectId: group }, [...groupIds]))
      : { value: new Set<string>() }
  const byRegistry = new Map(found.map(each => [each.registry, each]))
  return pairs.map(pair => {
    const { others = [], error } = byRegistry.get(pair.registry) ?? {}
    const unknown = error ?? (others.length > 0 ? parents.error : undefined)
    const ofParents = others.filter(({ principalId }) => parents.value?.has(normalizeId(principalId)))
    return {
      ...pair,
      groupAssignments: [...pair.groupAssignments, ...ofParents],
      ...(unknown && { unknownParents: unknown }),
    }
  })
}
