import { az } from '../../model/az.js'
import { findServicePrincipalCommand } from '../../model/az-commands.js'
import type { AzureAnswer, ErrorCode } from '../../model/error.js'
import { fix } from '../../model/fix.js'
import type { Rule } from '../../model/rule.js'
import type { ArmAttempt } from '../arm/attempt.js'
import { armRules } from '../arm/errors.js'

/** What a request to Microsoft Graph is about, so that its error can say so. */
export interface GraphAsked {
  /** What failed then, as a sentence without its full stop. */
  failure: string
  subject: string
  /** The contract's code for a refusal. */
  refused: ErrorCode
  /** What would be enough: an application permission, or ownership. */
  needs: string
  /** What someone with more rights can run instead. */
  command: string
  /** The group that is to be changed or read. */
  groupId?: string
  /** Who is to become a member, or to leave. */
  objectId?: string
}

/** The request as the table of refusals needs it. */
export type GraphAttempt = GraphAsked & ArmAttempt

/**
 * Microsoft Graph's own refusals, with the contract's code and the fix; all others are those of Azure Resource Manager. A role in Azure gives no
 * right in the directory.
 */
export const graphRules: Rule<AzureAnswer, GraphAttempt>[] = [
  {
    // The group or the identity may be seconds old. The code, Request_BadRequest, says nothing; only the text does.
    when: ({ message }) =>
      /objects? being referenced (do|does) not exist|reference-property objects are not present/i.test(message),
    code: 'PRINCIPAL_NOT_FOUND',
    recovers: true,
    sentence: () => 'Microsoft Graph knows no such group or identity.',
    fix: (_, { groupId, objectId }) =>
      fix(
        'One of them was deleted, or belongs to another tenant. To see which:',
        ...(groupId ? [az`ad group show --group ${groupId}`] : []),
        ...(objectId ? [findServicePrincipalCommand('id', objectId)] : []),
      ),
  },
  {
    when: ({ status, isForeign }) => status === 403 && isForeign !== true,
    code: ({ refused }) => refused,
    sentence: (_, { caller }) =>
      `${caller.name} (object ID ${caller.objectId}) lacks a permission in Microsoft Graph, where roles in Azure do not count.`,
    fix: (_, { needs, command }) =>
      fix(
        `It needs ${needs}, which an administrator of the tenant can give. Or someone who has it does this once by hand:`,
        command,
      ),
  },
  ...armRules,
]
