import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline'
import { decodeJwt } from 'jose/jwt/decode'
import { advisePermissions } from 'azure'
import {
  briefly,
  answerKind,
  ActionError,
  choices,
  fix,
  messageOf,
  retry,
  startLimit,
  takeIn,
  type Clock,
} from 'kernel'
import { isPullRequestOfFork, mask } from 'runner'
import { createHttpClient } from '../http/client.js'
import { limits } from '../services.js'

/** The claims of a GitHub ID token that a federated credential must match. */
export interface IdTokenClaims {
  issuer: string
  subject: string
  audience: string
  /** The event of the run, such as `pull_request_target`, which credentials can't match. */
  event: string
  /** `OWNER/NAME`, as GitHub spells it; a customised subject may lack it. */
  repository: string
}

// All tries together have no limit by the clock: time in which this process does not run would leave none for the last ones.
const { tryMs, repeats } = limits.idToken

/** The pause before another try, doubled each time. */
const firstPauseMs = 500

/** How long before it expires a token is replaced: requests take time. */
const spareMs = 60_000

/** GitHub's endpoint for ID tokens. Without the permission, both variables are absent (docs.github.com/actions/reference/openid-connect-reference). */
export function findTokenEndpoint(): { url: string; bearer: string } | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
  return url && bearer ? { url, bearer } : undefined
}

/**
 * Requests an ID token now and keeps it. Each call of the returned function gives a token that is valid for at least another minute. Entra accepts one
 * assertion for tokens of several services.
 * @param request gets a new token
 */
export function keepIdToken(request: () => Promise<string>, clock: Clock): () => Promise<string> {
  const begin = () => {
    const token = request()
    token.catch(() => undefined) // it can fail before anyone awaits it; whoever takes it sees the failure
    return { token, isNew: true, requestedAt: clock.now() }
  }
  let kept: ReturnType<typeof begin> | undefined = begin()
  return async function take(): Promise<string> {
    const known = (kept ??= begin())
    const { isNew, requestedAt } = known
    known.isNew = false
    try {
      const token = await known.token
      if (isNew || requestedAt + lifetimeOf(token) - clock.now() > spareMs) return token
    } catch (error) {
      if (kept === known) kept = undefined
      throw error
    }
    // Unless another call has replaced it already.
    if (kept === known) kept = undefined
    return take()
  }
}

/** For how long GitHub issued a token, in ms; 0 if it doesn't say. Its times are by GitHub's clock. */
function lifetimeOf(token: string): number {
  try {
    const { iat = 0, exp = 0 } = decodeJwt(token)
    return iat > 0 ? (exp - iat) * 1000 : 0
  } catch {
    return 0
  }
}

/**
 * Requests an ID token from GitHub and masks it. The token lives about five minutes, so request it right before it is used. Lost connections, 429 and
 * 5xx are retried: three tries of 10 s each. The same request as the toolkit's `getIDToken`, which retries for minutes, has no limit for one
 * try, and brings an HTTP client of its own.
 * @param deps.onRequest called before each try
 * @param deps.onSent called when a try was sent
 * @throws ActionError `OIDC_UNAVAILABLE`, with the YAML to add when the permission is missing; AbortError
 */
export async function requestIdToken(
  audience: string,
  deps: { clock: Clock; signal: AbortSignal; onRequest: () => void; onSent: () => void },
  client = createHttpClient(limits.idToken.maxBytes),
): Promise<string> {
  const { clock, signal, onRequest, onSent } = deps
  const endpoint = findTokenEndpoint()
  if (!endpoint) throw isPullRequestOfFork() ? fromFork() : missingPermission()
  const { url, bearer } = endpoint
  if (!URL.canParse(url)) throw notGiven('ACTIONS_ID_TOKEN_REQUEST_URL is not a URL', 1, false)
  const address = new URL(url)
  address.searchParams.set('audience', audience)
  let tries = 0
  const requestOnce = async (): Promise<string> => {
    tries += 1
    onRequest()
    const late = startLimit(tryMs)
    const request = createPipelineRequest({
      url: address.href,
      requestId: 'id-token', // it is not sent, and a random one would take a millisecond
      allowInsecureConnection: true, // some have no TLS, and the toolkit sends it there, too
      headers: createHttpHeaders({ authorization: `Bearer ${bearer}`, accept: 'application/json' }),
      abortSignal: AbortSignal.any([late.signal, signal]),
      onUploadProgress: onSent,
    })
    const sending = client.sendRequest(request).finally(late.end)
    const { status, bodyAsText } = await sending.catch((error: unknown) => {
      signal.throwIfAborted()
      throw notGiven(late.signal.aborted ? `no answer within ${tryMs / 1000} s` : brief(messageOf(error)), tries)
    })
    const { value, message } = readBody(bodyAsText)
    if (status === 200 && value) return value
    // An answer of 200 without a token was cut on its way.
    if (status === 200) throw notGiven('the answer holds no token', tries)
    const isPassing = ['open', 'misdirected'].includes(answerKind(status)) || status === 429
    throw notGiven(`HTTP ${status}${message ? `: ${message}` : ''}`, tries, isPassing)
  }
  const pauseAfter = (): number => firstPauseMs * 2 ** (tries - 1)
  const token = await retry(requestOnce, { clock, deadline: Infinity, signal, pauseAfter })
  mask(token)
  return token
}

function readBody(text: string | null | undefined): { value?: string; message?: string } {
  try {
    const { value, message } = (JSON.parse(text ?? '') ?? {}) as { value?: unknown; message?: unknown }
    return {
      ...(typeof value === 'string' && { value }),
      ...(typeof message === 'string' && { message: brief(message) }),
    }
  } catch {
    return {} // not JSON: a proxy answered, or the answer was cut
  }
}

/** A text from outside on one line, cut to a readable length. */
function brief(text: string): string {
  return takeIn(text).slice(0, 300).replace(/\s+/g, ' ').trim()
}

/** GitHub gives no token to runs for pull requests from forks, whatever their permissions (docs.github.com/actions/reference/security/oidc). */
function fromFork(): ActionError {
  return new ActionError(
    'OIDC_UNAVAILABLE',
    'This run is for a pull request from a fork, which never gets a GitHub ID token',
    { subject: 'GitHub', fix: fix('Run this step on push, after the merge.') },
  )
}

function missingPermission(): ActionError {
  return new ActionError(
    'OIDC_UNAVAILABLE',
    { what: 'This job has no permission to request a GitHub ID token', why: 'id-token: write is missing' },
    {
      subject: 'GitHub',
      fix: choices(advisePermissions('id-token: write', 'contents: read'), {
        text: 'A reusable workflow only gets it if its caller has it, too. A pull_request run from a fork never gets it: run the step on push.',
        commands: [],
      }),
    },
  )
}

function notGiven(reason: string, tries: number, isPassing = true): ActionError {
  const count = tries > 1 ? ` in ${tries} tries` : ''
  return new ActionError(
    'OIDC_UNAVAILABLE',
    { what: `GitHub's token endpoint returned no ID token${count}`, why: reason },
    {
      subject: 'GitHub',
      recovers: isPassing && tries <= repeats,
      fix: briefly(
        'Run the job again.',
        'If it fails again, check https://www.githubstatus.com and, on a self-hosted runner, its proxy.',
      ),
    },
  )
}

/** Reads the claims of a token without verifying it, because they are only shown. Claims are empty if it isn't a JWT. */
export function readIdTokenClaims(token: string): IdTokenClaims {
  try {
    const claims = decodeJwt<{ event_name?: string; repository?: string }>(token)
    const { iss: issuer = '', sub: subject = '', aud = '', event_name: event = '', repository = '' } = claims
    return { issuer, subject, audience: Array.isArray(aud) ? aud.join(', ') : aud, event, repository }
  } catch {
    return { issuer: '', subject: '', audience: '', event: '', repository: '' }
  }
}
