import { az, doubleQuoted, forEach } from './az.js'

/** Prints the service principal that has this ID; prints nothing if the user's tenant has none. */
export function findServicePrincipalCommand(property: 'id' | 'appId', id: string): string {
  return az`ad sp list --filter ${doubleQuoted(`${property} eq '${id}'`)} --query "[].{name:displayName, objectId:id}" --output table`
}

/** Lists the direct members of a group. */
export function listMembersCommand(groupId: string): string {
  return az`ad group member list --group ${groupId} --query "[].{name:displayName, objectId:id}" --output table`
}

export function groupMemberCommand(
  verb: 'add' | 'remove',
  groupId: string,
  objectId: string | readonly string[],
): string {
  return forEach(objectId, id => az`ad group member ${verb} --group ${groupId} --member-id ${id}`)
}
