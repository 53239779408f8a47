import { type Fix, fix } from './fix.js'
import { clauseOf, say, type Said } from './said.js'
import { redact } from './secrets.js'

/** All error codes; docs/troubleshooting.md has a section for each. */
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
  'RUNNING_IMAGE_GONE',
  'NO_PRIVATE_ENDPOINT',
  'PULL_DENIED',
  'REGISTRY_UNREACHABLE',
  'POLICY_DENIED',
  'AZURE_REFUSED',
  'BOOTSTRAP_REGISTRY',
  'SHARED_IDENTITY',
  'PROPAGATION_TIMEOUT',
  'PROBE_FAILED',
  'RESIDUAL_ACCESS',
  'DRIFT',
  'REPORT_MISSING',
  'THROTTLED',
  'AZURE_UNAVAILABLE',
  'CANCELLED',
  'UNEXPECTED',
] as const

type ErrorCode = (typeof errorCodes)[number]

export function isErrorCode(text: string): text is ErrorCode {
  return errorCodes.some(code => code === text)
}

/** Azure's answer to a request that failed. */
export interface AzureAnswer {
  /** HTTP status; absent if there was no answer. */
  status?: number
  /** Azure's own error code (`AuthorizationFailed`) or the system's (`ECONNREFUSED`). */
  code?: string
  message: string
  /** Azure support asks for it. */
  correlationId?: string
  /** The policy that refuses the request, if the answer names it outside the message; each part can be empty. */
  policy?: { name: string; assignmentId: string }
  /** Set if something else answered, most likely a proxy. */
  isForeign?: boolean
  /** Set if Azure Resource Manager itself answered, and not the service behind it. */
  isGateways?: boolean
  /** Set if an earlier try of the same request was sent but not answered: it may have done what this answer reports as done. */
  isRepeated?: boolean
}

/** The only error that the stages throw on purpose: the record of a failure, from the service's answer to the report. */
export class ActionError extends Error {
  readonly code: ErrorCode
  /** What it says, in parts. The message of an `Error` is what JavaScript prints of it. */
  readonly said: Said
  /** Name of the resource that the error is about, for the annotation's title. */
  readonly subject: string | undefined
  /** Its resource ID: several resources may have one name. */
  readonly resource: string | undefined
  /** What to do now. */
  readonly fix: Fix
  readonly azure: AzureAnswer | undefined
  /** Whether waiting may turn the refusal into success. */
  readonly recovers: boolean
  /** Whether it is about what this step can't know, at all or yet: in `check` that is neither drift nor fine. */
  readonly isUnknowable: boolean
  /** Which case of the code it is, for callers that handle one case in their own way. */
  readonly detail: string | undefined
  /** What stopped the pulls, if the error is about pulls and that is known. */
  readonly pullCause: PullCause | undefined

  /** @param said what failed, as a clause, or all parts */
  constructor(code: ErrorCode, said: string | Said, details: ErrorDetails = {}) {
    const parts = typeof said === 'string' ? { what: said } : said
    super(say(parts), details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'ActionError'
    this.code = code
    this.said = parts
    this.subject = details.subject
    this.resource = details.resource
    this.fix = details.fix ?? []
    this.azure = details.azure
    this.recovers = details.recovers ?? false
    this.isUnknowable = details.isUnknowable ?? false
    this.detail = details.detail
    this.pullCause = details.pullCause
  }

  /** What Azure's answer says about the request; undefined if the error is not about an answer. */
  get kind(): ReturnType<typeof answerKind> | undefined {
    return this.azure && answerKind(this.azure.status, this.azure.code)
  }

  /** A copy with some changes, caused by this error. */
  with({
    code = this.code,
    said = this.said,
    ...changes
  }: ErrorDetails & { code?: ErrorCode; said?: Said }): ActionError {
    const { subject, resource, fix: advice, azure, recovers, isUnknowable, detail, pullCause } = this
    const about = { subject, resource, fix: advice, azure, recovers, isUnknowable, detail, pullCause, cause: this }
    return new ActionError(code, said, { ...about, ...changes })
  }
}

/** The fields of an error, of which each can be absent, and what it was made from. */
type ErrorDetails = {
  [Field in Exclude<keyof ActionError, keyof Error | 'code' | 'said' | 'kind' | 'with'>]?:
    ActionError[Field] | undefined
} & { cause?: unknown }

/**
 * What an answer says about its request. `open`: there was no answer, or one that leaves open whether it was carried out. `misdirected`: it was not, and
 * another try can succeed: the server is not responsible for it on this connection, or doesn't want it so early (RFC 9110, section 15.5.20, and RFC 8470,
 * section 5.2). `unauthenticated`: the token was refused, which a gateway can do after the work was done. `forbidden`: the caller lacks a permission, or
 * something on the way blocks the request. `missing`: a resource, or its resource group, does not exist.
 * @param status undefined if there was no answer
 */
export function answerKind(
  status: number | undefined,
  code = '',
): 'open' | 'misdirected' | 'unauthenticated' | 'forbidden' | 'missing' | 'other' {
  if (status === undefined || status === 408 || status >= 500) return 'open'
  if (status === 421 || status === 425) return 'misdirected'
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  return status === 404 && !notAboutResource.includes(code.toLowerCase()) ? 'missing' : 'other'
}

/**
 * Codes of a 404 that is not about a resource: its subscription is unknown, or its type or the api-version is, as in national clouds, which get both later
 * (Azure/azure-rest-api-specs issue 14807).
 */
const notAboutResource = [
  'subscriptionnotfound',
  'invalidresourcetype',
  'invalidresourcenamespace',
  'noregisteredproviderfound',
]

/** Turns any thrown value into an ActionError; unforeseen ones become `UNEXPECTED`. */
export function toActionError(thrown: unknown): ActionError {
  if (thrown instanceof ActionError) return thrown
  if (isAbort(thrown)) return cancelled(thrown)
  const message = clauseOf(messageOf(thrown))
  return new ActionError('UNEXPECTED', message || 'An error without a message was thrown', {
    fix: fix("This is a bug in attach-acr. Please report it, with this log, as an issue of the action's repository."),
    cause: thrown,
  })
}

/** The error of everything that a cancelled job did not finish. */
export function cancelled(cause?: unknown): ActionError {
  return new ActionError('CANCELLED', 'The job was cancelled before this step finished', {
    fix: fix('Run the job again; it keeps everything that was written and writes nothing twice.'),
    cause,
  })
}

/** What was thrown, in its own words, without the step's secrets. */
export function messageOf(thrown: unknown): string {
  return redact(thrown instanceof Error ? thrown.message : String(thrown))
}

/** Whether a thrown value is the error with which timers, fetches and Azure SDK calls end when their signal is aborted. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError'
}

/** Whether a resource of the inputs does not exist, so that someone has to create it again. */
export function isGone(code: string): boolean {
  return ['CLUSTER_NOT_FOUND', 'REGISTRY_NOT_FOUND', 'IDENTITY_NOT_FOUND', 'NO_KUBELET_IDENTITY'].includes(code)
}

/**
 * What stopped a pull, if that is more specific than its verdict. `gone`: the pod was deleted. `kubelet-limit`: the kubelet's own rate limit.
 * `plain-http`: something answers without TLS. `part`: the manifest is there, but one of its layers or its configuration is not. `locked`: somebody has locked the image so that nobody can pull it.
 * `disk`: the node has no room for the image. `format`: the image is none that the node understands. `upstream`: the registry gets nothing from the upstream of a cache
 * rule. `unavailable`: the registry answers with a server error.
 *
 * For a refusal: `stale-credential`: the registry no longer accepts the node's credential, because it was issued before the registry's mode was
 * switched, or in another tenant. `secret`: the registry refuses the ID and secret of the cluster's application: it answers in the same way if the secret
 * is wrong or expired, and if a role is missing. `role`: the credential is good, but no role allows the repository. `no-credential`: the node offers none.
 */
type PullCause =
  | 'stale-credential'
  | 'secret'
  | 'role'
  | 'no-credential'
  | 'dns'
  | 'firewall'
  | 'tls'
  | 'plain-http'
  | 'proxy'
  | 'connection'
  | 'data-endpoint'
  | 'platform'
  | 'part'
  | 'locked'
  | 'gone'
  | 'kubelet-limit'
  | 'disk'
  | 'format'
  | 'upstream'
  | 'streaming'
  | 'unavailable'
