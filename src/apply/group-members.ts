import { addGroupMemberCommand, sameId } from 'azure'
import { addMember, isMemberAlready, listTransitiveMembers } from 'azure-clients'
import type { AzureContext } from 'azure-clients'
import { type ActionError, attempt, type Fix } from 'kernel'
import { wordsOfOperation, type Outcome, type Operation } from 'run-model'
import { isRepeated, mayBeDone } from './lost-answers.js'

type Joining = Extract<Operation, { groupId: string }>

/**
 * Adds the target's pull identity. Success if it is a member already, also if Microsoft Graph added it and every answer was lost.
 * @throws ActionError
 */
export async function joinGroup(azure: AzureContext, operation: Joining): Promise<Pick<Outcome, 'changed'>> {
  const { target, groupId } = operation
  const { objectId } = target.identity
  try {
    await addMember(azure, { groupId, objectId, member: target.name, failure: wordsOfOperation(operation).failure })
    return { changed: true }
  } catch (error) {
    if (isMemberAlready(error)) return { changed: isRepeated(error) }
    if (!mayBeDone(error)) throw error
    const { value: members } = await attempt(listTransitiveMembers(azure, groupId))
    if (!members?.some(id => sameId(id, objectId))) throw error
    return { changed: true }
  }
}

/** The changes that make a refusal of one member that of another member. */
export function refuseMember({ fix }: ActionError, joining: Joining, first: Joining) {
  const own = (command: string) => (command === commandOf(first) ? commandOf(joining) : command)
  const advice: Fix = fix.map(part => ({ ...part, commands: part.commands.map(own) }))
  return { subject: joining.target.name, resource: joining.target.id, fix: advice }
}

function commandOf({ groupId, target }: Joining): string {
  return addGroupMemberCommand(groupId, target.identity.objectId)
}
