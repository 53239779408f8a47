import { groupMemberCommand } from '../model/az-commands.js'
import { isNotFound, isRepeated, type ActionError } from '../model/error.js'
import type { Fix } from '../model/fix.js'
import type { Written } from '../model/outcome.js'
import { describeFailure, type Operation } from '../model/plan.js'
import type { AzureContext } from '../services/context.js'
import { addGroupMember, isMemberAlready, removeGroupMember, type Membership } from '../services/graph/directory.js'

type MembershipChange = Extract<Operation, { groupId: string }>

/** Adds the target's pull identity. Success if it is a member already. @throws ActionError */
export async function joinGroup({ clients, signal }: AzureContext, change: MembershipChange): Promise<Written> {
  try {
    await addGroupMember(clients, membershipOf(change), signal)
    return { changed: true }
  } catch (error) {
    if (!isMemberAlready(error)) throw error
    return { changed: isRepeated(error) }
  }
}

/** Removes the target's pull identity. Success if it isn't a direct member. @throws ActionError */
export async function leaveGroup({ clients, signal }: AzureContext, change: MembershipChange): Promise<Written> {
  try {
    await removeGroupMember(clients, membershipOf(change), signal)
    return { changed: true }
  } catch (error) {
    if (!isNotFound(error)) throw error
    return { changed: isRepeated(error) }
  }
}

/** What a refusal of one member's change says of another member. */
export function refuseMember({ fix }: ActionError, change: MembershipChange, first: MembershipChange) {
  const commands = fix.commands.map(command => (command === commandOf(first) ? commandOf(change) : command))
  return { subject: change.target.name, resource: change.target.id, fix: { ...fix, commands } satisfies Fix }
}

function commandOf({ operation, groupId, target }: MembershipChange): string {
  return groupMemberCommand(operation === 'add-group-member' ? 'add' : 'remove', groupId, target.identity.objectId)
}

function membershipOf(change: MembershipChange): Membership {
  const { target, groupId } = change
  return { groupId, objectId: target.identity.objectId, member: target.name, failure: describeFailure(change) }
}
