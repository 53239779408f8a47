import { errors, type JWTPayload } from 'jose'
import type { Cloud } from '../../clouds.js'
import { sameId } from '../../ids.js'
import type { SigningKey } from '../../signing-keys.js'
import type { World } from '../../world/world.js'
import { ArmError } from './errors.js'

/** Who asks, as the access token says. */
export interface Caller {
  readonly objectId: string
  readonly clientId: string
  readonly displayName: string
  readonly tenantId: string
}

/**
 * Reads and checks the bearer token. Only an expired token is something that a correct client may send; `problem` hears of the others.
 * Texts: public issues; the codes of the audience error and of a missing header are not documented.
 */
export async function authenticate(
  authorization: string | undefined,
  { world, cloud, key, problem }: { world: World; cloud: Cloud; key: SigningKey; problem: (text: string) => void },
): Promise<Caller> {
  const refuse = (code: string, message: string, error = 'invalid_token'): ArmError =>
    new ArmError(401, code, message, {
      'www-authenticate': `Bearer authorization_uri="https://${cloud.loginHosts[0]}/${world.tenantId}", error="${error}", error_description="${message.replaceAll('"', "'")}"`,
      'x-ms-failure-cause': 'gateway',
    })

  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) {
    problem('no bearer token')
    throw refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.", 'invalid_request')
  }
  let claims: JWTPayload
  try {
    claims = (await key.verify(token)).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      const expiry = armTime((error.payload.exp ?? 0) * 1000)
      throw refuse('ExpiredAuthenticationToken', `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${armTime(Date.now())}'.`)
    }
    problem('the bearer token was not issued by Entra')
    throw refuse('InvalidAuthenticationToken', 'The access token is invalid.')
  }
  const tenantId = String(claims['tid'])
  if (!world.tenants.has(tenantId)) {
    problem('the bearer token is for a tenant of another world')
    throw refuse('InvalidAuthenticationToken', 'The access token is invalid.')
  }
  const audience = String(claims.aud)
  if (!cloud.armAudiences.some((accepted) => sameId(accepted, audience.replace(/\/+$/, '')))) {
    problem(`the bearer token is for ${audience}`)
    const allowed = cloud.armAudiences.flatMap((accepted) => [`'${accepted}/'`, `'${accepted}'`]).join(',')
    throw refuse('InvalidAuthenticationTokenAudience', `The access token has been obtained for wrong audience or resource '${audience}'. It should exactly match with one of the allowed audiences ${allowed}.`)
  }
  return {
    objectId: String(claims['oid']),
    clientId: String(claims['appid']),
    displayName: String(claims['app_displayname']),
    tenantId,
  }
}

/** `8/24/2021 7:43:57 PM` */
const armTime = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '')
