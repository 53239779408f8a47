import { groupMemberCommand, sameId } from 'azure'
import { changeMember, isMemberAlready, listTransitiveMembers } from 'azure-clients'
import type { AzureContext } from 'azure-clients'
import { type ActionError, attempt, toActionError, type Fix } from 'kernel'
import { wordsOf, type Outcome, type Operation } from 'run-model'
import { isRepeated, mayBeDone } from './lost-answers.js'

type MembershipChange = Extract<Operation, { groupId: string }>

/**
 * Adds the target's pull identity or removes it. Success if it is a member already, or isn't a direct member; also if Microsoft Graph changed it and every
 * answer was lost.
 * @throws ActionError
 */
export async function changeMembership(
  azure: AzureContext,
  operation: MembershipChange,
): Promise<Pick<Outcome, 'changed'>> {
  const { target, groupId } = operation
  const membership = {
    groupId,
    objectId: target.identity.objectId,
    member: target.name,
    failure: wordsOf(operation).failure,
  }
  const isJoining = operation.operation === 'add-group-member'
  try {
    await changeMember(azure, isJoining ? 'add' : 'remove', membership)
    return { changed: true }
  } catch (error) {
    const isDone = isJoining ? isMemberAlready(error) : toActionError(error).kind === 'missing'
    if (isDone) return { changed: isRepeated(error) }
    if (!mayBeDone(error)) throw error
    const { value: members } = await attempt(listTransitiveMembers(azure, groupId))
    const isMember = members?.some(id => sameId(id, membership.objectId))
    if (isMember !== isJoining) throw error
    return { changed: true }
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
