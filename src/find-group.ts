import { listTransitiveMembers } from './azure/directory.js'
import { normalizeId } from './azure/resource-id.js'
import { isNotFound } from './azure-errors.js'
import { ActionError, isAbort } from './errors.js'
import { isMemberByAssignments } from './group-knowledge.js'
import type { AzureContext } from './lookup.js'
import type { ObservedGroup, ObservedPair } from './state.js'

/**
 * Who is in the wanted group. What Azure Resource Manager counts as held by a pull identity through the group tells it without Microsoft
 * Graph; Graph, which needs a permission of its own, is asked only for the rest.
 */
export async function findGroup(
  azure: AzureContext,
  id: string,
  objectIds: string[],
  pairs: ObservedPair[],
): Promise<ObservedGroup> {
  const known = new Map<string, boolean>()
  for (const pair of pairs) {
    const isMember = isMemberByAssignments(pair, id)
    if ('found' in pair.target && isMember !== undefined)
      known.set(normalizeId(pair.target.found.identity.objectId), isMember)
  }
  if (objectIds.every(objectId => known.has(normalizeId(objectId)))) {
    return { id, members: new Set([...known].flatMap(([objectId, isMember]) => (isMember ? objectId : []))) }
  }
  try {
    return { id, members: new Set((await listTransitiveMembers(azure.clients, id, azure.signal)).map(normalizeId)) }
  } catch (error) {
    if (isAbort(error)) throw error
    return { id, members: undefined, ...(isNotFound(error) && { error: noGroup(id) }) }
  }
}

function noGroup(id: string): ActionError {
  return new ActionError('PRINCIPAL_NOT_FOUND', `There is no group ${id} in the tenant.`, {
    subject: id,
    fix: `Give the object ID of a security group:\n  az ad group show --group <name> --query id --output tsv`,
  })
}
