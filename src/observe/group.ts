import { az } from '../model/az.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import { fix } from '../model/fix.js'
import { isCounted, type ObservedGroup, type ObservedPair } from '../model/observed.js'
import { groupBy } from '../model/lists.js'
import { once } from '../model/memoize.js'
import type { Outcome } from '../model/outcome.js'
import type { Operation, PlannedPair } from '../model/plan.js'
import type { Lapse } from '../model/remaining.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import { orError, type AzureContext } from '../services/context.js'
import { checkMemberGroups, getObject, listTransitiveMembers } from '../services/graph/directory.js'

/**
 * Who is in the wanted group. Azure Resource Manager counts what a member holds through it, which tells members without Microsoft Graph; but
 * it is behind with new ones. So Graph, which needs a permission of its own, is asked where someone is not counted.
 */
export async function findGroup(
  azure: AzureContext,
  id: string,
  objectIds: string[],
  pairs: ObservedPair[],
): Promise<ObservedGroup> {
  const counted = pairs.flatMap(pair => (isCounted(pair, id) ? normalizeId(pair.target.identity.objectId) : []))
  const open = objectIds.filter(objectId => !counted.includes(normalizeId(objectId)))
  if (open.length === 0) return { id, members: new Set(counted) }
  try {
    return { id, members: new Set([...counted, ...(await findMembers(azure, id, open))]) }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    if (isNotFound(error)) return { id, members: undefined, error: noGroup(id) }
    return { id, members: undefined, ...(!isForbidden(error) && { unread: error }) }
  }
}

/**
 * Who of these is in a group. One is asked about by itself, because a group may have thousands of members; who may only read groups, or owns this
 * one, reads its members instead.
 * @returns object IDs, normalised @throws ActionError, one that is not found when there is no such group
 */
async function findMembers(
  { clients, signal }: AzureContext,
  groupId: string,
  objectIds: readonly string[],
): Promise<string[]> {
  const [only, ...others] = objectIds
  if (only !== undefined && others.length === 0) {
    const groups = await orError(
      checkMemberGroups(clients, { type: 'servicePrincipals', objectId: only }, [groupId], signal),
    )
    if (!(groups instanceof ActionError)) {
      if (groups.has(normalizeId(groupId))) return [normalizeId(only)]
      // No one is in a group that does not exist.
      const refusal = await orError(getObject(clients, 'Group', groupId, signal))
      if (refusal instanceof ActionError && isNotFound(refusal)) throw refusal
      return []
    }
    if (!isUnreadable(groups)) throw groups
  }
  return (await listTransitiveMembers(clients, groupId, signal)).map(normalizeId)
}

/** Whether the directory does not let the caller look at an object, or does not have it yet. */
const isUnreadable = (error: ActionError): boolean => isForbidden(error) || isNotFound(error)

/**
 * What has become of what targets held through other groups, where a `detach` has taken them out of one that may be in those. Microsoft Graph
 * knows at once; Azure Resource Manager lists it for some time.
 */
export async function findLapses(
  azure: AzureContext,
  pairs: readonly PlannedPair[],
  outcomes: readonly Outcome[],
  left: string,
): Promise<ReadonlyMap<RoleAssignment, Lapse>> {
  const removed = new Set<Operation>(
    outcomes.flatMap(({ operation, changed }) =>
      changed && operation.operation === 'remove-group-member' ? operation : [],
    ),
  )
  const leaving = pairs.filter(({ operations }) => operations.some(operation => removed.has(operation)))
  const othersOf = ({ assignments, target: { identity } }: PlannedPair): RoleAssignment[] =>
    assignments.filter(({ principalId }) => ![identity.objectId, left].some(id => sameId(id, principalId)))
  const byIdentity = groupBy(leaving, ({ target }) => normalizeId(target.identity.objectId))
  const listed = new Map<string, Promise<string[] | ActionError>>()
  const lapses = await Promise.all(
    [...byIdentity].map(async ([objectId, its]): Promise<[RoleAssignment, Lapse][]> => {
      const others = its.flatMap(othersOf)
      const groupIds = [...new Set(others.map(({ principalId }) => normalizeId(principalId)))]
      const held =
        groupIds.length > 0
          ? await orError(
              checkMemberGroups(azure.clients, { type: 'servicePrincipals', objectId }, groupIds, azure.signal),
            )
          : new Set<string>()
      const isIn = async (groupId: string): Promise<boolean | undefined> => {
        if (!(held instanceof ActionError)) return held.has(groupId)
        if (!isUnreadable(held)) return undefined
        const read = () => orError(listTransitiveMembers(azure.clients, groupId, azure.signal))
        const members = await once(listed, groupId, read)
        return members instanceof ActionError ? undefined : members.some(member => sameId(member, objectId))
      }
      const lapsed = await Promise.all(
        others.map(async (assignment): Promise<[RoleAssignment, Lapse][]> => {
          const stays = await isIn(normalizeId(assignment.principalId))
          return stays ? [] : [[assignment, stays === undefined ? 'unknown' : 'gone']]
        }),
      )
      return lapsed.flat()
    }),
  )
  return new Map(lapses.flat())
}

function noGroup(id: string): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
    subject: id,
    fix: fix(
      'Give the object ID of a security group. The groups of the tenant:',
      az`ad group list --query "[].{name:displayName, objectId:id}" --output table`,
    ),
  })
}
