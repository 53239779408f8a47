import { listGroupsCommand } from '../model/az-commands.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import { fix } from '../model/fix.js'
import { isCounted, type ObservedGroup, type ObservedPair } from '../model/observed.js'
import { once } from '../model/memoize.js'
import type { Outcome } from '../model/outcome.js'
import type { Operation, PlannedPair } from '../model/plan.js'
import type { Lapse } from '../model/remaining.js'
import { normalizeId, sameId } from '../model/resource-id.js'
import type { RoleAssignment } from '../model/role-assignment.js'
import { orError, type AzureContext } from '../services/context.js'
import { listTransitiveMembers } from '../services/graph/directory.js'

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
  if (objectIds.every(objectId => counted.includes(normalizeId(objectId)))) return { id, members: new Set(counted) }
  try {
    const listed = await listTransitiveMembers(azure.clients, id, azure.signal)
    return { id, members: new Set([...counted, ...listed.map(normalizeId)]) }
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    if (isNotFound(error)) return { id, members: undefined, error: noGroup(id) }
    return { id, members: undefined, ...(!isForbidden(error) && { unread: error }) }
  }
}

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
  const asked = new Map<string, Promise<string[] | ActionError>>()
  const lapses = await Promise.all(
    pairs.flatMap(({ operations, assignments, target: { identity } }) => {
      if (!operations.some(operation => removed.has(operation))) return []
      const others = assignments.filter(
        ({ principalId }) => ![identity.objectId, left].some(id => sameId(id, principalId)),
      )
      return others.map(async (assignment): Promise<[RoleAssignment, Lapse][]> => {
        const { principalId } = assignment
        const read = () => orError(listTransitiveMembers(azure.clients, principalId, azure.signal))
        const members = await once(asked, normalizeId(principalId), read)
        if (members instanceof ActionError) return [[assignment, 'unknown']]
        return members.some(member => sameId(member, identity.objectId)) ? [] : [[assignment, 'gone']]
      })
    }),
  )
  return new Map(lapses.flat())
}

function noGroup(id: string): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
    subject: id,
    fix: fix('Give the object ID of a security group. The groups of the tenant:', listGroupsCommand()),
  })
}
