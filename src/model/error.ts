import { fix, type Fix } from './fix.js'

/** Every error code that users can meet; docs/troubleshooting.md has a section for each. */
export const errorCodes = [
  'INVALID_INPUT',
  'OIDC_UNAVAILABLE',
  'FEDERATED_CREDENTIAL_MISMATCH',
  'SIGN_IN_FAILED',
  'SUBSCRIPTION_NOT_FOUND',
  'CLUSTER_NOT_FOUND',
  'REGISTRY_NOT_FOUND',
  'IDENTITY_NOT_FOUND',
  'AMBIGUOUS_NAME',
  'AUTHORIZATION_FAILED',
  'NO_KUBELET_IDENTITY',
  'CLUSTER_STOPPED',
  'CLUSTER_UNREACHABLE',
  'PRINCIPAL_NOT_FOUND',
  'SCOPE_LOCKED',
  'ASSIGNMENT_LIMIT',
  'CONDITION_NOT_UNDERSTOOD',
  'GROUP_ACCESS_DENIED',
  'IMAGE_NOT_FOUND',
  'IMAGE_CONFLICT',
  'IMAGE_DIGEST_MISMATCH',
  'SOURCE_UNAUTHORIZED',
  'SOURCE_RATE_LIMITED',
  'IMPORT_FAILED',
  'PULL_DENIED',
  'REGISTRY_UNREACHABLE',
  'POLICY_DENIED',
  'AZURE_REFUSED',
  'BOOTSTRAP_REGISTRY',
  'PROPAGATION_TIMEOUT',
  'PROBE_FAILED',
  'RESIDUAL_ACCESS',
  'DRIFT',
  'THROTTLED',
  'AZURE_UNAVAILABLE',
  'CANCELLED',
  'UNEXPECTED',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** Whether a text, such as one of a report, is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return errorCodes.some(code => code === text)
}

/** What Azure answered when it refused, as far as the answer could be read. */
export interface AzureAnswer {
  /** HTTP status; absent when no answer came. */
  status?: number
  /** Azure's own error code (`AuthorizationFailed`) or the system's (`ECONNREFUSED`). */
  code?: string
  message: string
  /** Correlation ID, which Azure support asks for. */
  correlationId?: string
  /** Set when something on the way, most likely a proxy, answered in Azure's place. */
  isForeign?: boolean
  /** Set when an earlier try of the same request was sent and not answered: what this answer found done may be its work. */
  isRepeated?: boolean
}

/** What a node, Kubernetes or kubectl printed, at the end of a message: `<statement> <intro> <text>`. */
export interface Quote {
  /** The message without the quote, as a sentence. */
  statement: string
  /** Who is quoted: `The node said:`. */
  intro: string
  text: string
}

interface ErrorDetails {
  /** Name of the resource that the error is about, for the annotation's title. */
  subject?: string | undefined
  /** Its resource ID: several resources may have one name. */
  resource?: string | undefined
  /** What to do now. */
  fix?: Fix | undefined
  /** What failed, as a sentence without its full stop, where the message is that and why. */
  failure?: string | undefined
  /** Why, as a clause. */
  reason?: string | undefined
  /** Whether the reason is in the service's own words, which another error of the same code need not share. */
  isQuoted?: boolean | undefined
  quote?: Quote | undefined
  azure?: AzureAnswer | undefined
  /** Whether waiting may turn the refusal into success. */
  recovers?: boolean | undefined
  /** Which case of the code it is, for callers that handle one case in their own way. */
  detail?: string | undefined
  cause?: unknown
}

/** The only error that the stages throw on purpose, with a code of the contract, one sentence, and the fix. */
export class ActionError extends Error {
  readonly code: ErrorCode
  readonly subject: string | undefined
  readonly resource: string | undefined
  /** What to do now. */
  readonly fix: Fix
  /** What failed, without why; absent where the message does not tell the two apart. */
  readonly failure: string | undefined
  /** Why, as a clause; the whole message where what failed is not told apart. */
  readonly reason: string
  readonly isQuoted: boolean
  readonly quote: Quote | undefined
  readonly azure: AzureAnswer | undefined
  /** Whether waiting may turn the refusal into success. */
  readonly recovers: boolean
  readonly detail: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ActionError'
    this.code = code
    this.subject = details.subject
    this.resource = details.resource
    this.fix = details.fix ?? fix('')
    this.failure = details.failure
    this.reason = details.reason ?? message
    this.isQuoted = details.isQuoted ?? false
    this.quote = details.quote
    this.azure = details.azure
    this.recovers = details.recovers ?? false
    this.detail = details.detail
  }

  /** The same error with some things changed, caused by this one: another failure with the same reason, or another message. */
  with({ code = this.code, message, ...changes }: ErrorDetails & { code?: ErrorCode; message?: string }): ActionError {
    const { subject, resource, fix: advice, reason, isQuoted, azure, recovers, detail } = this
    const isSame = message === undefined && changes.failure === undefined
    const failure = message === undefined ? this.failure : undefined
    const renamed = changes.failure === undefined ? this.message : `${changes.failure}: ${reason}`
    const kept = { subject, resource, fix: advice, failure, reason, isQuoted, azure, recovers, detail, cause: this }
    const details = { ...kept, quote: isSame ? this.quote : undefined }
    return new ActionError(code, message ?? renamed, { ...details, ...changes })
  }
}

/** The error code that Azure itself gave a refusal, such as `RoleAssignmentExists`. */
export function azureCode(thrown: unknown): string | undefined {
  return answerOf(thrown)?.code
}

/** What Azure said, in its own words; empty when it said nothing. */
export function azureMessage(thrown: unknown): string {
  return answerOf(thrown)?.message ?? ''
}

/** Whether Azure answered that a resource, or its resource group, does not exist. */
export function isNotFound(thrown: unknown): boolean {
  const { status, code } = answerOf(thrown) ?? {}
  return status === 404 && code?.toLowerCase() !== 'subscriptionnotfound'
}

/** Whether the caller may not do what it asked for, or something on the way does not let it. */
export function isForbidden(thrown: unknown): boolean {
  return answerOf(thrown)?.status === 403
}

/** Whether a request may have been carried out although it failed: no answer came, or one that does not tell. */
export function isUncertain(thrown: unknown): boolean {
  const answer = answerOf(thrown)
  return answer !== undefined && (answer.status === undefined || answer.status === 408 || answer.status >= 500)
}

/** Whether the answer is to a request that was sent before, and may have been carried out then. */
export function isRepeated(thrown: unknown): boolean {
  return answerOf(thrown)?.isRepeated === true
}

function answerOf(thrown: unknown): AzureAnswer | undefined {
  return thrown instanceof ActionError ? thrown.azure : undefined
}

/** Any thrown value as an ActionError; an unforeseen one becomes `UNEXPECTED` and says where to report it. */
export function toActionError(thrown: unknown): ActionError {
  if (thrown instanceof ActionError) return thrown
  if (isAbort(thrown)) return cancelled(thrown)
  const message = messageOf(thrown)
  return new ActionError('UNEXPECTED', message || 'An error without a message was thrown.', {
    fix: fix("This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository."),
    cause: thrown,
  })
}

/** The error of everything that a cancelled job left undone. */
export function cancelled(cause?: unknown): ActionError {
  return new ActionError('CANCELLED', 'The job was cancelled before this step was done.', {
    fix: fix('Run the job again; what was written is kept and not written twice.'),
    cause,
  })
}

/** What a thrown value says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Whether a thrown value is the error with which timers, fetches and Azure SDK calls end when their signal is aborted. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError'
}

/** Whether a failure says that a thing that was asked for is no longer there, so that someone has to create it again. */
export function isGone(code: string): boolean {
  return ['CLUSTER_NOT_FOUND', 'REGISTRY_NOT_FOUND', 'IDENTITY_NOT_FOUND', 'NO_KUBELET_IDENTITY'].includes(code)
}
