import type { Caller } from '../../model/caller.js'
import { ActionError, isAbort } from '../../model/error.js'
import { explain } from '../arm/errors.js'
import { graphRules, type GraphAsked } from './errors.js'

/** Sends a request and turns errors of the SDK into the contract's error. @throws ActionError, and AbortError when the job is cancelled */
export async function askGraph<T>(
  { caller }: { caller: Caller },
  asked: GraphAsked,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (isAbort(thrown) || thrown instanceof ActionError) throw thrown
    throw explain(thrown, { ...asked, caller, scope: 'Microsoft Graph', action: asked.needs }, graphRules)
  }
}
