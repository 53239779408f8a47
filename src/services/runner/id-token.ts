import { createHttpHeaders, createPipelineRequest, type HttpClient } from '@azure/core-rest-pipeline'
import { decodeJwt } from 'jose/jwt/decode'
import { ActionError, messageOf } from '../../model/error.js'
import { choices, fix } from '../../model/fix.js'
import type { Clock } from '../../model/time.js'
import { advisePermissions } from '../../model/workflow-permissions.js'
import { mask } from './secrets.js'

/** What a GitHub ID token says of the workflow; a federated credential must name exactly these three. */
export interface IdTokenClaims {
  issuer: string
  subject: string
  audience: string
}

/** How often GitHub is asked for a token, at most. */
const mostTries = 3

/** How long one try may take. */
const tryMs = 10_000

/** How long all tries may take. */
const allTriesMs = 30_000

/** The pause before another try, doubled each time. */
const firstPauseMs = 500

/** How long before its end a token is no longer presented to Entra: clocks differ, and requests take their time. */
const spareMs = 60_000

/**
 * Where the job asks GitHub for ID tokens, and with what; undefined without the permission, because both variables are absent then
 * (docs.github.com/actions/reference/openid-connect-reference).
 */
export function findTokenEndpoint(): { url: string; bearer: string } | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
  return url && bearer ? { url, bearer } : undefined
}

/**
 * Asks for an ID token now, and keeps it: each call of the function that it returns gives a token that is valid for another minute at least.
 * Entra accepts one assertion for tokens of several services.
 * @param request gives a new token
 */
export function keepIdToken(request: () => Promise<string>, clock: Clock): () => Promise<string> {
  const ask = (): { token: Promise<string>; isNew: boolean } => {
    const token = request()
    token.catch(() => undefined) // it may fail before anyone waits for it; the one who takes it sees the failure
    return { token, isNew: true }
  }
  let kept: ReturnType<typeof ask> | undefined = ask()
  return async function take(): Promise<string> {
    const known = (kept ??= ask())
    const { isNew } = known
    known.isNew = false
    try {
      const token = await known.token
      if (isNew || readExpiry(token) - clock.now() > spareMs) return token
    } catch (error) {
      if (kept === known) kept = undefined
      throw error
    }
    // Unless another call has found it too old, and asked already.
    if (kept === known) kept = undefined
    return take()
  }
}

/** When a token expires, in ms since the epoch; 0 when it does not say. */
function readExpiry(token: string): number {
  try {
    return (decodeJwt(token).exp ?? 0) * 1000
  } catch {
    return 0
  }
}

/** What a request for a token needs. */
interface Asking {
  client: HttpClient
  clock: Clock
  signal: AbortSignal
  /** Called before each try. */
  onRequest: () => void
}

/**
 * Asks GitHub for an ID token and masks it. The token lives about five minutes, so ask right before it is used. A lost connection, 429 and 5xx
 * are tried again: three tries within 30 s, 10 s each. The same request as the toolkit's `getIDToken`, which tries for minutes, has no limit
 * for one try, and brings an HTTP client of its own.
 * @throws ActionError `OIDC_UNAVAILABLE`, with the YAML to add when the permission is missing; AbortError
 */
export async function requestIdToken(audience: string, { client, clock, signal, onRequest }: Asking): Promise<string> {
  const endpoint = findTokenEndpoint()
  if (!endpoint) throw missingPermission()
  const { url, bearer } = endpoint
  const address = new URL(url)
  address.searchParams.set('audience', audience)
  const deadline = clock.now() + allTriesMs
  for (let tries = 1; ; tries += 1) {
    onRequest()
    const answer = await ask()
    if ('token' in answer) {
      mask(answer.token)
      return answer.token
    }
    const pauseMs = firstPauseMs * 2 ** (tries - 1)
    const mayTryAgain = answer.recovers && tries < mostTries && clock.now() + pauseMs < deadline
    if (!mayTryAgain) throw notGiven(answer.reason, tries)
    await clock.sleep(pauseMs, signal)
  }

  async function ask(): Promise<{ token: string } | { reason: string; recovers: boolean }> {
    // Kept in a variable: on Node 20 a time-out that only `AbortSignal.any` refers to is collected and never fires.
    const late = AbortSignal.timeout(Math.max(1, Math.min(tryMs, deadline - clock.now())))
    const request = createPipelineRequest({
      url: address.href,
      headers: createHttpHeaders({ authorization: `Bearer ${bearer}`, accept: 'application/json' }),
      abortSignal: AbortSignal.any([late, signal]),
    })
    try {
      const { status, bodyAsText } = await client.sendRequest(request)
      const { value, message } = readBody(bodyAsText)
      if (status === 200 && value) return { token: value }
      const said = message ? `: ${message}` : ''
      // An answer of 200 without a token was cut on its way.
      return {
        reason: status === 200 ? 'the answer holds no token' : `HTTP ${status}${said}`,
        recovers: status === 200 || status === 408 || status === 429 || status >= 500,
      }
    } catch (error) {
      signal.throwIfAborted()
      const reason = late.aborted ? `no answer within ${tryMs / 1000} s` : describeError(error)
      return { reason, recovers: true }
    }
  }
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

function describeError(error: unknown): string {
  return brief(messageOf(error))
}

/** A text of others on one line, cut to a readable length. */
function brief(text: string): string {
  return text.slice(0, 300).replace(/\s+/g, ' ').trim()
}

function missingPermission(): ActionError {
  return new ActionError(
    'OIDC_UNAVAILABLE',
    'This job may not ask GitHub for an ID token: the permission id-token: write is missing.',
    {
      subject: 'GitHub',
      fix: choices(advisePermissions('id-token: write', 'contents: read'), {
        text: 'A reusable workflow gets it only when its caller has it too. A pull_request run from a fork does not get it.',
        commands: [],
      }),
    },
  )
}

function notGiven(reason: string, tries: number): ActionError {
  const often = tries > 1 ? ` in ${tries} tries` : ''
  return new ActionError('OIDC_UNAVAILABLE', `GitHub's token endpoint did not give an ID token${often}: ${reason}.`, {
    subject: 'GitHub',
    fix: fix(
      'Run the job again. If it fails again, check https://www.githubstatus.com and the proxy of a self-hosted runner.',
    ),
  })
}

/** Reads the claims of a token without verifying them, because they are only shown to people. Empty claims when it is not a JWT. */
export function readIdTokenClaims(token: string): IdTokenClaims {
  try {
    const { iss = '', sub = '', aud = '' } = decodeJwt(token)
    return { issuer: iss, subject: sub, audience: Array.isArray(aud) ? aud.join(', ') : aud }
  } catch {
    return { issuer: '', subject: '', audience: '' }
  }
}
