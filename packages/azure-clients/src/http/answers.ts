import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline'
import { messageOf, present, redact, takeIn, type AzureAnswer } from 'kernel'

/** A step of the SDKs' pipelines. */
export function policy(name: string, sendRequest: PipelinePolicy['sendRequest']): PipelinePolicy {
  return { name: `attachAcr${name}`, sendRequest }
}

interface SdkError {
  statusCode?: number
  /** The body's, whatever it is; so is the message. */
  code?: unknown
  message: unknown
  request?: object & { url?: string }
  response?: { status?: number; bodyAsText?: string | null; headers?: { get(name: string): string | undefined } }
}

/**
 * Reads an Azure SDK error (`RestError`) by its shape, so that this file does not load the SDK. Any other error means that the SDK could not parse
 * the response, which counts as no answer.
 */
export function readAzureAnswer(thrown: unknown): AzureAnswer {
  if (!(thrown instanceof Error) || thrown.name !== 'RestError')
    return { message: oneLine(`the answer could not be read (${messageOf(thrown)})`) }
  const error = thrown as SdkError
  const status = error.statusCode ?? error.response?.status
  const sent = sentBody(error, status)
  const body = readErrorBody(sent)
  const code = body?.code ?? codeOf(error)
  const message = body?.message ?? messageWithout(code, error, sent)
  const isOthers = isFromElsewhere(error, code)
  return {
    message: isOthers && isEmpty(message) ? describeOthers(error, status) : explained(message, status),
    ...present({ status, code, policy: body?.policy, isForeign: isOthers || undefined }),
    ...readHeaders(error),
  }
}

/** The body of the answer, or of the refusal of the same request. */
function sentBody({ request, response }: SdkError, status: number | undefined): string | undefined {
  // What an earlier try was refused with doesn't explain why the last one got no answer.
  const refusal = status === undefined || !request ? undefined : refusedBodies.get(request)
  return response?.bodyAsText ?? refusal
}

/** The SDK's own code for a body that isn't JSON; it makes `[object Object]` of a message that is an object. */
const parseError = 'PARSE_ERROR'

/** The code of an error whose body has none. */
function codeOf({ code }: SdkError): string | undefined {
  return typeof code === 'string' && code !== parseError ? code : undefined
}

/** The message of an error whose body has none. */
function messageWithout(code: string | undefined, error: SdkError, sent = ''): string {
  const said = isRaw(error) ? sent : textOfMessage(error.message)
  // With a code, the message is Azure's.
  if (code !== undefined) return said
  // Without a JSON body it is the raw body, such as a proxy's HTML page: keep the first line.
  const [line = ''] = redact(said).slice(0, 300).split('\n')
  return line
}

/** Whether an error says nothing itself, so that only the body has it. */
function isRaw({ code, message }: SdkError): boolean {
  return code === parseError || message === '[object Object]'
}

function textOfMessage(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message ?? '')
}

/** Whether a message is an object without members, or the SDK's own words for an answer without any. */
function isEmpty(message: string): boolean {
  return message === '' || /^(?:\{\}$|Unexpected status code)/.test(message)
}

function explained(message: string, status: number | undefined): string {
  return oneLine(message) || `an answer without explanation (HTTP ${status ?? 'unknown'})`
}

/** What the headers of an answer say about it. */
function readHeaders({ response }: SdkError): Pick<AzureAnswer, 'correlationId' | 'isGateways' | 'isRepeated'> {
  const valueOf = (name: string): string | undefined => response?.headers?.get(name)
  return present({
    correlationId: valueOf('x-ms-correlation-request-id'),
    isGateways: valueOf('x-ms-failure-cause') === 'gateway' || undefined,
    isRepeated: valueOf(repeatedHeader) ? true : undefined,
  })
}

function describeOthers({ request }: SdkError, status = 0): string {
  const to = request?.url && URL.canParse(request.url) ? ` in place of ${new URL(request.url).host}` : ''
  return `something between the runner and Azure answered${to} (HTTP ${status})`
}

/** Whether an answer lacks both the body and the headers of Azure's answers, as a proxy's web pages and refusals of `CONNECT` do. */
function isFromElsewhere({ response }: SdkError, code: string | undefined): boolean {
  if (!response || code !== undefined) return false
  return !azureHeaders.some(header => response.headers?.get(header) !== undefined)
}

/**
 * ARM wraps errors in `error`, AKS sometimes doesn't (recorded: aks_put_409_etagmismatch_unwrapped), and registries list them in `errors`
 * (github.com/opencontainers/distribution-spec, "Error Codes").
 */
export function readErrorBody(
  text: string | null | undefined,
): Pick<Partial<AzureAnswer>, 'code' | 'message' | 'policy'> | undefined {
  if (!text) return undefined
  try {
    const body = JSON.parse(text) as { error?: unknown; errors?: unknown } | null
    const [first] = Array.isArray(body?.errors) ? (body.errors as unknown[]) : []
    const error = (first ?? body?.error ?? body ?? {}) as {
      code?: unknown
      message?: unknown
      additionalInfo?: unknown
    }
    const { code, message } = error
    const policy = readPolicyDetails(error.additionalInfo)
    return {
      ...(typeof code === 'string' && { code }),
      ...(typeof message === 'string' && { message }),
      ...(policy && { policy }),
    }
  } catch {
    return undefined // not JSON: a proxy or gateway answered
  }
}

/** Reads the first policy in the `additionalInfo` of an error: `[{"type":"PolicyViolation","info":{"policyAssignmentDisplayName":…}}]`. */
function readPolicyDetails(additionalInfo: unknown): AzureAnswer['policy'] {
  const all = Array.isArray(additionalInfo) ? (additionalInfo as ({ type?: unknown; info?: unknown } | null)[]) : []
  const info = all.find(each => each?.type === 'PolicyViolation')?.info
  if (typeof info !== 'object' || info === null) return undefined
  const { policyAssignmentDisplayName, policyAssignmentName, policyAssignmentId } = info as Record<string, unknown>
  const [name = ''] = [policyAssignmentDisplayName, policyAssignmentName].filter(each => typeof each === 'string')
  return { name: oneLine(name), assignmentId: typeof policyAssignmentId === 'string' ? policyAssignmentId : '' }
}

/** The action adds it to an answer if Azure may have carried out an earlier try of the same request. */
export const repeatedHeader = 'x-attach-acr-repeated'

/** Headers that identify an answer as Azure's: Resource Manager and registries send the first two, Microsoft Graph the third (recorded). */
export const azureHeaders = ['x-ms-request-id', 'x-ms-correlation-request-id', 'request-id']

/** Whether an answer is a web page, which no service sends, but a proxy or the login page of a network. */
export function isWebPage({ headers, bodyAsText }: Pick<PipelineResponse, 'headers' | 'bodyAsText'>): boolean {
  return /^text\/html/i.test(headers.get('content-type') ?? '') || /^\s*</.test(bodyAsText ?? '')
}

/** The bodies of refusals by request, because newer SDK packages leave them out of the error. */
export const refusedBodies = new WeakMap<object, string>()

/** Others' text on one line, without secrets that it repeats, and cut: a line that begins with `::` would be a command to the runner. */
export function oneLine(text: string): string {
  return takeIn(text)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(Boolean)
    .join(' ')
}

/** When a server sent an answer, by its own clock, in ms since the epoch; undefined without a Date header (RFC 9110, 6.6.1). */
export function readDate(headers: PipelineResponse['headers']): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : date
}
