import { az, doubleQuoted, inSubscriptionOf } from './az.js'
import { parseResourceId } from './resource-id.js'
import { listCommand } from './az-commands.js'

/** Creates a user-assigned identity with that resource ID. */
export function createIdentityCommand(identityId: string): string {
  const id = parseResourceId(identityId)
  if (!id) return listCommand('identity', '')
  return az`identity create --subscription ${id.subscriptionId} --resource-group ${id.resourceGroup} --name ${id.name}`
}

/** Prints the service principal that has this ID; prints nothing if the user's tenant has none. */
export function findServicePrincipalCommand(property: 'id' | 'appId', id: string): string {
  return az`ad sp list --filter ${doubleQuoted(`${property} eq '${id}'`)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** Lists the clusters that pull with a managed identity, in the subscription of a cluster or identity. */
export function listSharersCommand(resourceId: string, objectId: string): string {
  const query = `[?identityProfile.kubeletidentity.objectId=='${objectId}'].id`
  return az`aks list ${inSubscriptionOf(resourceId)} --query ${doubleQuoted(query)} --output tsv`
}

/** Lists the direct members of a group. */
export function listMembersCommand(groupId: string): string {
  return az`ad group member list --group ${groupId} --query "[].{name:displayName, objectId:id}" --output table`
}

export function groupMemberCommand(verb: 'add' | 'remove', groupId: string, objectId: string): string {
  return az`ad group member ${verb} --group ${groupId} --member-id ${objectId}`
}
