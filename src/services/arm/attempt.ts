import type { Caller } from '../../model/caller.js'
import type { ErrorCode } from '../../model/error.js'

/** What was being done when Azure refused. */
export interface Attempt {
  /** What failed, as a sentence without its full stop: `The registry contosoacr could not be read`. */
  failure: string
  /** Name of the resource. */
  subject: string
  /** Resource ID that the request was about. */
  scope: string
  /** The action in Azure's terms, for a refusal that does not name it. */
  action: string
  /** Code of a 404, where a missing resource is the user's own spelling. */
  notFound?: ErrorCode
  /** What was to be assigned or taken away, for a refusal by a condition. */
  assignment?: { roleId: string; role: string; principalType: string }
  /** The signed-in principal. */
  caller: Caller
}
