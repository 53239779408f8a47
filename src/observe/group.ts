import { listGroupsCommand } from '../model/az-commands.js'
import { ActionError, isForbidden, isNotFound } from '../model/error.js'
import { fix } from '../model/fix.js'
import { isCounted, type ObservedGroup, type ObservedPair } from '../model/observed.js'
import { normalizeId } from '../model/resource-id.js'
import type { AzureContext } from '../services/context.js'
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

function noGroup(id: string): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
    subject: id,
    fix: fix('Give the object ID of a security group. The groups of the tenant:', listGroupsCommand()),
  })
}
