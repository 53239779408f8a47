import {
  canPullInSomeMode,
  isAtOrAbove,
  lastSegment,
  normalizeId,
  subscriptionOf,
  subscriptionsOf,
  type RoleAssignment,
} from 'azure'
import { listOfPrincipal, queryAssignmentsOfGroups, searchSubscriptions, type AzureContext } from 'azure-clients'
import { groupBy, joinSearches, search, type Result, type Search } from 'kernel'
import type { ObservedPair } from 'run-model'
import type { RoleBook } from './roles.js'

/**
 * Finds at which registries outside the step the group, or one that it is in, holds roles that pull: everything that a member loses there when it
 * leaves. One list per group and subscription of the step's registries, and one query for all other subscriptions, or their lists
 * too if Azure Resource Graph does not answer.
 * @returns names, and scopes that may have such registries
 */
export async function findCarried(
  azure: AzureContext,
  { pairs, roles }: { pairs: readonly ObservedPair[]; roles: RoleBook },
  groupIds: readonly string[],
  listRegistriesIn: (subscriptionId: string) => Promise<Result<{ id: string }[]>>,
): Promise<Search<string>> {
  const named = new Set(pairs.map(({ registry }) => normalizeId(registry.id)))
  const own = new Set(subscriptionsOf(pairs.map(({ registry }) => registry.id)))
  const listIn = async (
    subscriptionId: string,
  ): Promise<Search<{ subscriptionId: string; assignments: RoleAssignment[] }>> => {
    const place = { scope: `/subscriptions/${subscriptionId}`, subscriptionId }
    const lists = groupIds.map(groupId => search(listOfPrincipal(azure, place, groupId)))
    const { found, errors } = await joinSearches(lists)
    return { found: [{ subscriptionId, assignments: found }], errors }
  }
  const [indexed, here] = await Promise.all([
    search(queryAssignmentsOfGroups(azure, groupIds)),
    joinSearches([...own].map(listIn)),
  ])
  const bySubscription = groupBy(indexed.found, ({ scope }) => normalizeId(subscriptionOf(scope)))
  // The index lags, so it counts for the step's own subscriptions only if a list is missing.
  const isOpen = (id: string): boolean => id !== '' && (here.errors.length > 0 || !own.has(id))
  const elsewhere =
    indexed.errors.length > 0
      ? await searchSubscriptions(azure, own, listIn)
      : {
          found: [...bySubscription].flatMap(([id, assignments]) =>
            isOpen(id) ? { subscriptionId: id, assignments } : [],
          ),
          errors: [],
        }
  const carried = [...here.found, ...elsewhere.found].map(async ({ subscriptionId, assignments }) => {
    await roles.read(assignments, { id: `/subscriptions/${subscriptionId}`, subscriptionId })
    const pulling = assignments.filter(({ roleId }) => {
      const role = roles.known.get(roleId)
      return !role || canPullInSomeMode(role)
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
  return { found: [...new Set((await Promise.all(carried)).flat())], errors: [...here.errors, ...elsewhere.errors] }
}
