import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort, type AzureAnswer } from '../../model/error.js'
import type { Rule } from '../../model/rule.js'
import type { ArmAttempt, Asked } from './attempt.js'
import { armRules, explain } from './errors.js'

/** Sends a request and turns errors of the SDK into the contract's error. @throws ActionError, and AbortError when the job is cancelled */
export async function ask<T>(
  { caller }: { caller: Caller },
  asked: Asked,
  work: () => Promise<T>,
  rules: readonly Rule<AzureAnswer, ArmAttempt>[] = armRules,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explain(thrown, { ...asked, caller }, rules)
  }
}
