import type { Caller } from '../../model/caller.js'
import { ActionError, type ErrorCode } from '../../model/error.js'
import { explain, isForbidden } from '../arm/errors.js'

/** What was asked of Microsoft Graph. */
export interface GraphAttempt {
  /** What failed, as a sentence without its full stop. */
  failure: string
  subject: string
  caller: Caller
  /** The contract's code for a refusal. */
  refused: ErrorCode
  /** What would do: an application permission, or more. */
  needs: string
  /** What someone with more rights can run instead. */
  command: string
}

/** The contract's error for what Microsoft Graph refused: a role in Azure gives no right there, so 403 is the usual answer. */
export function explainGraph(thrown: unknown, attempt: GraphAttempt): ActionError {
  const { failure, subject, caller, refused, needs, command } = attempt
  const error = explain(thrown, { failure, subject, scope: 'Microsoft Graph', action: needs, caller })
  if (!isForbidden(thrown)) return error
  return new ActionError(
    refused,
    `${failure}: ${caller.name} (object ID ${caller.objectId}) lacks a permission in Microsoft Graph, where roles in Azure do not count.`,
    {
      subject,
      cause: thrown,
      ...(error.azure && { azure: error.azure }),
      fix: `It needs ${needs}, which an administrator of the tenant can give. Or someone who may does it once by hand:\n  ${command}`,
    },
  )
}
