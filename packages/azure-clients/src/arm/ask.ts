import type { Caller, Rule } from 'azure'
import { ActionError, isAbort, type AzureAnswer } from 'kernel'
import type { Asked } from './attempt.js'
import { armRules, explain } from './errors.js'

/** Sends a request and explains a refusal. @throws ActionError, and AbortError when the job is cancelled */
export async function ask<T, A extends Asked>(
  { caller }: { caller: Caller },
  asked: A,
  work: () => Promise<T>,
  rules: readonly Rule<AzureAnswer, A & { caller: Caller }>[] = armRules,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explain(thrown, { ...asked, caller }, rules)
  }
}
