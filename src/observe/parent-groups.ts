import { coverTogether, findUnclear, normalizeId, sameId, type RoleAssignment } from 'azure'
import { checkMemberGroups, type AzureContext } from 'azure-clients'
import { attempt } from 'kernel'
import type { Inputs, ObservedPair } from 'run-model'
import { mayBeGroup, type ListEveryones } from './assignment-lists.js'

/**
 * Adds the role assignments that the group of the inputs has through groups that it is in: Azure gives the role of a group to the members of nested
 * groups, too (learn.microsoft.com/azure/role-based-access-control/overview#groups). Nothing is requested where its own are enough; otherwise everyone's
 * assignments are listed at the registry, and Microsoft Graph is asked only if one of another group would be enough.
 */
export async function addParents(
  azure: AzureContext,
  pairs: ObservedPair[],
  { group, repositories }: Pick<Inputs, 'group' | 'repositories'>,
  listed: ListEveryones,
): Promise<ObservedPair[]> {
  const isEnough = ({ role, registry }: ObservedPair, held: RoleAssignment[]): boolean => {
    const grant = { role, repositories }
    const ofRole = held.filter(({ roleId }) => roleId === role.id)
    return coverTogether(ofRole, grant, registry) || findUnclear(ofRole, grant, registry) !== undefined
  }
  const ofRegistries = new Map(pairs.map(pair => [pair.registry, pair]))
  const lacking = [...ofRegistries.values()].filter(
    pair => pair.registry.exists && !isEnough(pair, pair.groupAssignments),
  )
  const lists = await listed(lacking.map(({ registry }) => registry.id))
  const found = lacking.map((pair, index) => {
    const list = lists[index] ?? { value: [] }
    const others = (list.value ?? []).filter(
      each => each.roleId === pair.role.id && mayBeGroup(each) && !sameId(each.principalId, group),
    )
    const mayBe = isEnough(pair, [...pair.groupAssignments, ...others]) ? others : []
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
