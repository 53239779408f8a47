import type { Caller } from '../../model/caller.js'
import type { ErrorCode } from '../../model/error.js'

/** What a request to Azure Resource Manager is about, so that its error can say so. */
export interface Asked {
  /** What failed then, as a sentence without its full stop: `The registry contosoacr could not be read`. */
  failure: string
  /** Name of the resource. */
  subject: string
  /** Resource ID that the request is about. */
  scope: string
  /** The action in Azure's terms, for a refusal that does not name it. */
  action: string
  /** Code of a 404, where a missing resource is the user's own spelling. */
  notFound?: ErrorCode
  /** What is to be assigned or taken away, for a refusal that is about it. */
  assignment?: { principalId: string; principalType: string; roleId: string; role: string }
}

/** The same with the signed-in principal. */
export interface ArmAttempt extends Asked {
  /** The signed-in principal. */
  caller: Caller
}
