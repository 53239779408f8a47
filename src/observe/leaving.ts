import {
  canPullInSomeMode,
  isAtOrAbove,
  isIdOf,
  lastSegment,
  normalizeId,
  sameId,
  subscriptionOf,
  subscriptionsOf,
  type RoleAssignment,
} from 'azure'
import {
  checkMemberGroups,
  listRoleAssignments,
  listTransitiveMembers,
  queryAssignmentsOfGroups,
  searchSubscriptions,
  type AzureContext,
} from 'azure-clients'
import { attempt, groupBy, memoize, search, type Result, type Search } from 'kernel'
import { createOutcomeOf } from 'run-model'
import type { ObservedPair, Operation, Outcome, PlannedPair, Run } from 'run-model'
import { isUnreadable } from './group.js'
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
  const listIn = async (subscriptionId: string) => {
    const scope = `/subscriptions/${subscriptionId}`
    const lists = groupIds.map(principalId => listRoleAssignments(azure, scope, { principalId }))
    const { found, errors } = await search(...lists)
    return { found: [{ subscriptionId, assignments: found }], errors }
  }
  const [indexed, here] = await Promise.all([
    search(queryAssignmentsOfGroups(azure, groupIds)),
    search(...[...own].map(listIn)),
  ])
  const bySubscription = groupBy(indexed.found, ({ scope }) => normalizeId(subscriptionOf(scope)))
  // The index lags, so it counts for the step's own subscriptions only if a list is missing.
  const isOpen = (id: string): boolean => id !== '' && (here.errors.length > 0 || !own.has(id))
  const known = [...bySubscription].map(([subscriptionId, assignments]) => ({ subscriptionId, assignments }))
  const elsewhere =
    indexed.errors.length > 0
      ? await searchSubscriptions(azure, own, listIn)
      : { found: known.filter(({ subscriptionId }) => isOpen(subscriptionId)), errors: [] }
  const carried = [...here.found, ...elsewhere.found].map(async ({ subscriptionId, assignments }) => {
    await roles.read(assignments, { id: `/subscriptions/${subscriptionId}` })
    const pulling = assignments.filter(({ roleId }) => {
      const role = roles.known.get(roleId)
      return !role || canPullInSomeMode(role)
    })
    const isRegistry = (scope: string): boolean => isIdOf('registry', scope)
    const above = pulling.filter(({ scope }) => !isRegistry(scope))
    const listed = above.length > 0 ? await listRegistriesIn(subscriptionId) : { value: [] }
    const below = (listed.value ?? []).filter(({ id }) => above.some(({ scope }) => isAtOrAbove(scope, id)))
    const scopes = pulling.map(({ scope }) => scope)
    const at = [...scopes.filter(isRegistry), ...below.map(({ id }) => id)]
    const all = [...new Map(at.map(id => [normalizeId(id), lastSegment(id)]))]
    const unlisted = listed.error ? above.map(({ scope }) => `every other registry below ${scope}`) : []
    return [...all.flatMap(([id, name]) => (named.has(id) ? [] : name)), ...unlisted]
  })
  return { found: [...new Set((await Promise.all(carried)).flat())], errors: [...here.errors, ...elsewhere.errors] }
}

type Lapse = [RoleAssignment, 'gone' | 'unknown']

/**
 * After a `detach` removes a target from a group, finds which assignments of parent groups it lost too. Microsoft Graph knows at once; Azure Resource
 * Manager still lists them for some time.
 */
export async function findLapses(
  azure: AzureContext,
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  left: string,
): Promise<Run['lapses']> {
  const outcomeOf = createOutcomeOf(outcomes)
  const hasLeft = (each: Operation) => each.operation === 'remove-group-member' && outcomeOf(each)?.changed
  const leaving = pairs.filter(({ operations }) => operations.some(hasLeft))
  const othersOf = ({ assignments, target: { identity } }: PlannedPair): RoleAssignment[] =>
    assignments.filter(({ principalId }) => ![identity.objectId, left].some(id => sameId(id, principalId)))
  const byIdentity = groupBy(leaving, ({ target }) => normalizeId(target.identity.objectId))
  const listMembers = memoize(groupId => attempt(listTransitiveMembers(azure, groupId)))
  const lapses = await Promise.all(
    [...byIdentity].map(async ([objectId, samePrincipal]): Promise<Lapse[]> => {
      const others = samePrincipal.flatMap(othersOf)
      if (others.length === 0) return []
      const groupIds = [...new Set(others.map(({ principalId }) => normalizeId(principalId)))]
      const held = await attempt(checkMemberGroups(azure, { type: 'servicePrincipals', objectId }, groupIds))
      const isIn = async (groupId: string): Promise<boolean | undefined> => {
        if (!held.error) return held.value.has(groupId)
        if (!isUnreadable(held.error)) return undefined
        const members = await listMembers(groupId)
        return members.value?.some(member => sameId(member, objectId))
      }
      const lapsed = await Promise.all(
        others.map(async (assignment): Promise<Lapse[]> => {
          const stays = await isIn(normalizeId(assignment.principalId))
          return stays ? [] : [[assignment, stays === undefined ? 'unknown' : 'gone']]
        }),
      )
      return lapsed.flat()
    }),
  )
  return new Map(lapses.flat())
}
