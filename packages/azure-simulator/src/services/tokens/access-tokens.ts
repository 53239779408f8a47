// The claims of Microsoft Entra's access tokens.
import type { JWTPayload } from 'jose'
import { randomBytes } from 'node:crypto'
import type { Cloud } from '../../model/clouds.js'
import { isGuid, sameId } from '../../model/ids.js'
import type { Client } from '../../world/directory.js'

/** Server application of AKS-managed Entra integration, the same in every tenant. */
export const aksServerApplication = '6dae42f8-4368-4678-94ff-3960e28e3630'
export const registryAudience = 'https://containerregistry.azure.net'

const withoutSlash = (resource: string): string => resource.replace(/\/$/, '')

/** Whether the tenant knows a resource, with or without a trailing slash. */
export function knowsResource(cloud: Cloud, resource: string): boolean {
  const known = [...cloud.armAudiences, `https://${cloud.graphHost}`, registryAudience, aksServerApplication]
  return known.some(audience => sameId(audience, withoutSlash(resource)))
}

export interface AccessTokenRequest {
  readonly cloud: Cloud
  readonly tenantId: string
  readonly client: Client
  /** As requested; the token's audience repeats it. */
  readonly resource: string
  /** `appidacr`: 1 for a secret, 2 for an assertion or a managed identity. */
  readonly method: '1' | '2'
  readonly lifetimeSeconds: number
}

/** The claims of a v1.0 application token; the v2.0 endpoint also issues v1.0 tokens for these resources. */
export function accessTokenClaims({
  cloud,
  tenantId,
  client,
  resource,
  method,
  lifetimeSeconds,
}: AccessTokenRequest): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  const issuer = `https://${cloud.tokenIssuerHost}/${tenantId}/`
  const isGraph = sameId(withoutSlash(resource), `https://${cloud.graphHost}`)
  return {
    aud: isGuid(resource) ? resource.toLowerCase() : resource,
    iss: issuer,
    iat: now,
    nbf: now,
    exp: now + lifetimeSeconds,
    aio: randomBytes(24).toString('base64'),
    appid: client.clientId,
    appidacr: method,
    app_displayname: client.displayName,
    ...(isGraph && client.graphPermissions.size > 0 ? { roles: [...client.graphPermissions] } : {}),
    idp: issuer,
    idtyp: 'app',
    oid: client.objectId,
    sub: client.objectId,
    tid: tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
  }
}
