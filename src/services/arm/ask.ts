import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort } from '../../model/error.js'
import type { Asked } from './attempt.js'
import { armRules, explain } from './errors.js'

/** Sends a request and turns errors of the SDK into the contract's error. @throws ActionError, and AbortError when the job is cancelled */
export async function ask<T>({ caller }: { caller: Caller }, asked: Asked, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explain(thrown, { ...asked, caller }, armRules)
  }
}
