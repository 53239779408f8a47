import type { Caller } from '../model/caller.js'
import { ActionError } from '../model/error.js'
import type { Written } from '../model/outcome.js'
import { describeFailure, type Operation } from '../model/plan.js'
import type { AzureContext } from '../services/context.js'
import { azureMessage, isNotFound } from '../services/arm/errors.js'
import { addGroupMember, removeGroupMember } from '../services/graph/directory.js'
import { explainGraph } from '../services/graph/errors.js'

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
  return /objects? being referenced (do|does) not exist|reference-property objects are not present/i.test(
    azureMessage(thrown),
  )
}

/** The contract's error for a membership that could not be changed. */
export function explainMembership(error: unknown, operation: MembershipChange, caller: Caller): ActionError {
  const { target, groupId, operation: kind } = operation
  const verb = kind === 'add-group-member' ? 'add' : 'remove'
  const failure = describeFailure(operation)
  const explained = explainGraph(error, {
    failure,
    subject: target.name,
    caller,
    refused: 'GROUP_ACCESS_DENIED',
    needs: 'the application permission GroupMember.ReadWrite.All, or ownership of the group',
    command: `az ad group member ${verb} --group ${groupId} --member-id ${target.identity.objectId}`,
  })
  if (!isMembershipPending(error)) return explained
  return new ActionError('PRINCIPAL_NOT_FOUND', `${failure}: Microsoft Graph knows no such group or identity.`, {
    subject: target.name,
    cause: error,
    ...(explained.azure && { azure: explained.azure }),
    fix: `One of them was deleted, or belongs to another tenant. See which:\n  az ad group show --group ${groupId}\n  az ad sp show --id ${target.identity.objectId}`,
  })
}
