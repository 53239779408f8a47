import * as core from '@actions/core'
import { decodeJwt } from 'jose/jwt/decode'
import { ActionError } from '../../model/error.js'

/** What a GitHub ID token says of the workflow; a federated credential must name exactly these three. */
export interface IdTokenClaims {
  issuer: string
  subject: string
  audience: string
}

const permissionYaml = `permissions:
  id-token: write # lets this job ask GitHub for an ID token
  contents: read  # naming any permission drops the defaults, so name what else the job needs`

/**
 * Asks GitHub for an ID token. It lives about five minutes, so ask right before it is used.
 * @param onRequest told when GitHub is asked
 * @throws ActionError `OIDC_UNAVAILABLE`, with the YAML to add when the permission is missing.
 */
export async function requestIdToken(audience: string, onRequest: () => void): Promise<string> {
  // Both variables are absent without the permission (docs.github.com/actions/reference/openid-connect-reference).
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL || !process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    throw new ActionError(
      'OIDC_UNAVAILABLE',
      'This job may not ask GitHub for an ID token: the permission id-token: write is missing.',
      {
        subject: 'GitHub',
        fix:
          `Add to the job (or the workflow):\n${permissionYaml.replace(/^/gm, '  ')}\n` +
          'A reusable workflow gets it only when its caller has it too. A pull_request run from a fork does not get it.',
      },
    )
  }
  onRequest()
  try {
    return await core.getIDToken(audience) // masks the token itself
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ')
    throw new ActionError('OIDC_UNAVAILABLE', `GitHub's token endpoint did not give an ID token. ${reason}`, {
      subject: 'GitHub',
      fix: 'Run the job again; if it stays so, check https://www.githubstatus.com and the proxy of a self-hosted runner.',
      cause: error,
    })
  }
}

/** Reads, without verifying, what a token claims: it is shown to people, nothing is decided by it. Empty claims when it is no JWT. */
export function readIdTokenClaims(token: string): IdTokenClaims {
  try {
    const { iss = '', sub = '', aud = '' } = decodeJwt(token)
    return { issuer: iss, subject: sub, audience: Array.isArray(aud) ? aud.join(', ') : aud }
  } catch {
    return { issuer: '', subject: '', audience: '' }
  }
}
