import { lastSegment, type Caller } from 'azure'
import { ActionError, clauseOf, isAbort, type AzureAnswer, type Said } from 'kernel'
import { readAzureAnswer } from './http/answers.js'
import { findExplanation, type Rule } from './rule.js'

/** What a request is about, for the error message if it fails. */
export interface Asked {
  /** What failed then, as a sentence without its full stop: `The registry contosoacr could not be read`. */
  failure: string
  /** Resource ID that the request is about, or the name of the service. */
  scope: string
  /** Name of the resource; by default the last segment of the scope. */
  subject?: string
  /** Azure's name of the action, for refusals that do not name it. */
  action: string
  /** What is read, such as `cluster`. */
  one?: string
  /** Code for a 404, if a missing resource can be a mistake in the inputs. */
  notFound?: ActionError['code'] | undefined
  /** The role assignment that the request creates or deletes. */
  assignment?: { principalId: string; principalType: string; roleId: string; role: string }
}

/** A request, and the signed-in principal that sends it. */
export type Attempt = Asked & { caller: Caller }

/** Sends a request and explains a refusal. @throws ActionError, and AbortError when the job is cancelled */
export async function ask<T, A extends Asked>(
  { caller }: { caller: Caller },
  asked: A,
  work: () => Promise<T>,
  rules: readonly Rule<AzureAnswer, A & { caller: Caller }>[],
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explainAnswer(thrown, { ...asked, caller }, rules)
  }
}

/** Turns an error of the SDK into an ActionError with Azure's answer and a fix. The only place that reads the answer. */
export function explainAnswer<A extends Attempt>(
  thrown: unknown,
  attempt: A,
  rules: readonly Rule<AzureAnswer, A>[],
): ActionError {
  const azure = readAzureAnswer(thrown)
  const known = { ...attempt, caller: completeCaller(attempt.caller, azure) }
  const explained = findExplanation(rules, azure, known)
  return new ActionError(explained?.code ?? 'AZURE_REFUSED', sayRefusal(attempt, azure, explained), {
    subject: attempt.subject ?? lastSegment(attempt.scope),
    resource: attempt.scope,
    azure,
    cause: thrown,
    fix: explained?.fix,
    recovers: explained?.recovers,
  })
}

function sayRefusal(
  { failure }: Asked,
  { message }: AzureAnswer,
  { statement, sentence }: { statement?: string | undefined; sentence?: string | undefined } = {},
): Said {
  const text = clauseOf(message)
  if (statement === undefined) return { what: failure, why: sentence ?? text }
  return sentence === undefined
    ? { what: statement, quote: { by: 'Azure said:', text } }
    : { what: statement, brief: sentence }
}

/** Adds the caller's name and object ID from Azure's refusal, for tokens that lack them. */
export function completeCaller(caller: Caller, { message }: AzureAnswer): Caller {
  const [, client = '', objectId = ''] = /The client '([^']+)' with object id '([0-9a-f-]{36})'/i.exec(message) ?? []
  return { ...caller, objectId: caller.objectId || objectId, name: caller.name || client }
}
