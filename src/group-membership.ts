import type { Written } from './apply.js'
import { azureMessage, isNotFound, type Caller } from './azure-errors.js'
import { addGroupMember, removeGroupMember } from './azure/directory.js'
import type { ActionError } from './errors.js'
import { explainGraph } from './graph-errors.js'
import type { AzureContext } from './lookup.js'
import { describeFailure } from './operation-text.js'
import type { Operation } from './state.js'

type MembershipChange = Extract<Operation, { groupId: string }>

/** Makes the target's pull identity a member; that it is one already is success. */
export async function joinGroup(
  { clients, signal }: AzureContext,
  { target, groupId }: MembershipChange,
): Promise<Written> {
  try {
    await addGroupMember(clients, groupId, target.identity.objectId, signal)
    return { changed: true }
  } catch (error) {
    // The code, Request_BadRequest, says nothing; only the text does (recorded: graph_group_owner_add_again_400).
    if (!/already exist/i.test(azureMessage(error))) throw error
    return { changed: false }
  }
}

/** Takes the target's pull identity out; that it is no direct member is success. */
export async function leaveGroup(
  { clients, signal }: AzureContext,
  { target, groupId }: MembershipChange,
): Promise<Written> {
  try {
    await removeGroupMember(clients, groupId, target.identity.objectId, signal)
    return { changed: true }
  } catch (error) {
    if (!isNotFound(error)) throw error
    return { changed: false }
  }
}

/** Whether Microsoft Graph does not know the group or the identity yet: both may be seconds old. */
export function isMembershipPending(thrown: unknown): boolean {
  return /objects? being referenced (do|does) not exist|reference-property objects do not exist/i.test(
    azureMessage(thrown),
  )
}

/** The contract's error for a membership that could not be changed. */
export function explainMembership(error: unknown, operation: MembershipChange, caller: Caller): ActionError {
  const { target, groupId, operation: kind } = operation
  const verb = kind === 'add-group-member' ? 'add' : 'remove'
  return explainGraph(error, {
    failure: describeFailure(operation),
    subject: target.name,
    caller,
    refused: 'GROUP_ACCESS_DENIED',
    needs: 'the application permission GroupMember.ReadWrite.All, or ownership of the group',
    command: `az ad group member ${verb} --group ${groupId} --member-id ${target.identity.objectId}`,
  })
}
