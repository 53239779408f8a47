import { groupMemberCommand } from '../model/az-commands.js'
import { isNotFound, isRepeated, type ActionError } from '../model/error.js'
import type { Fix } from '../model/fix.js'
import type { Written } from '../model/outcome.js'
import { describeFailure, type Operation } from '../model/plan.js'
import type { AzureContext } from '../services/context.js'
import { addGroupMember, isMemberAlready, removeGroupMember } from '../services/graph/directory.js'

type MembershipChange = Extract<Operation, { groupId: string }>

/** Adds the target's pull identity or removes it. Success if it is a member already, or isn't a direct member. @throws ActionError */
export async function changeMembership(
  { clients, signal }: AzureContext,
  operation: MembershipChange,
): Promise<Written> {
  const { target, groupId } = operation
  const membership = {
    groupId,
    objectId: target.identity.objectId,
    member: target.name,
    failure: describeFailure(operation),
  }
  const isJoining = operation.operation === 'add-group-member'
  try {
    await (isJoining ? addGroupMember : removeGroupMember)(clients, membership, signal)
    return { changed: true }
  } catch (error) {
    const isDone = isJoining ? isMemberAlready(error) : isNotFound(error)
    if (!isDone) throw error
    return { changed: isRepeated(error) }
  }
}

/** The changes that make a refusal of one member that of another member. */
export function refuseMember({ fix }: ActionError, change: MembershipChange, first: MembershipChange) {
  const commands = fix.commands.map(command => (command === commandOf(first) ? commandOf(change) : command))
  return { subject: change.target.name, resource: change.target.id, fix: { ...fix, commands } satisfies Fix }
}

function commandOf({ operation, groupId, target }: MembershipChange): string {
  return groupMemberCommand(operation === 'add-group-member' ? 'add' : 'remove', groupId, target.identity.objectId)
}
