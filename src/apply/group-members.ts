import { isNotFound, isRepeated } from '../model/error.js'
import type { Written } from '../model/outcome.js'
import type { Operation } from '../model/plan.js'
import type { AzureContext } from '../services/context.js'
import { addGroupMember, isMemberAlready, removeGroupMember, type Membership } from '../services/graph/directory.js'

type MembershipChange = Extract<Operation, { groupId: string }>

/** Makes the target's pull identity a member; that it is one already is success. @throws ActionError */
export async function joinGroup({ clients, signal }: AzureContext, change: MembershipChange): Promise<Written> {
  try {
    await addGroupMember(clients, membershipOf(change), signal)
    return { changed: true }
  } catch (error) {
    if (!isMemberAlready(error)) throw error
    return { changed: isRepeated(error) }
  }
}

/** Takes the target's pull identity out; that it is no direct member is success. @throws ActionError */
export async function leaveGroup({ clients, signal }: AzureContext, change: MembershipChange): Promise<Written> {
  try {
    await removeGroupMember(clients, membershipOf(change), signal)
    return { changed: true }
  } catch (error) {
    if (!isNotFound(error)) throw error
    return { changed: isRepeated(error) }
  }
}

function membershipOf({ target, groupId }: MembershipChange): Membership {
  return { groupId, objectId: target.identity.objectId, member: target.name }
}
